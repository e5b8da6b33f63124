"""The graph of a TensorFlow.js graph model: a GraphDef of TensorFlow written as JSON, and the signature beside it.

What goes in and out is read as tfjs reads it: ``OperationMapper.transformGraph`` in tfjs-converter/src/operations/operation_mapper.ts,
dtypes by ``parseDtypeParam`` there: tfjs knows five, and what has another comes as one of those.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from pocketbench.model import Tensor
from pocketbench.tfjs_reader import NOTHING, T, TfjsModel, decoded
from pocketbench.tfjs_shards import FILE, LONGEST_NAME, unreadable

CONSTANT, PLACEHOLDER = "Const", "Placeholder"
# tfjs' word for each dtype, by TensorFlow's word and number.
_WORDS = {
    "float32": ("DT_FLOAT", "DT_HALF", "DT_DOUBLE", 1, 2, 19), "int32": ("DT_INT32", "DT_INT64", "DT_INT8", "DT_UINT8", 3, 4, 6, 9),
    "bool": ("DT_BOOL", 10), "string": ("DT_STRING", 7), "complex64": ("DT_COMPLEX64", "DT_COMPLEX128", 8, 18),
}  # fmt: skip
DTYPES = {given: word for word, many in _WORDS.items() for given in many}
MOST_SIZE = (1 << 31) - 1


class Size(msgspec.Struct, frozen=True):
    """One size of a shape; Protocol Buffers write 64 bits as text and leave out what is 0."""

    size: int | str = 0


class Shape(msgspec.Struct, frozen=True, rename="camel"):
    """A shape, or that nobody knows even its rank."""

    dim: list[Size] = []
    unknown_rank: bool = False


class Attribute(msgspec.Struct, frozen=True):
    """What is looked at of an attribute: a dtype, a shape, yes or no."""

    type: str | int | None = None
    shape: Shape | None = None
    b: bool = False


class Node(msgspec.Struct, frozen=True):
    """One node."""

    name: str
    op: str
    input: list[str] = []
    attr: dict[str, Attribute] = {}

    def yes(self, name: str) -> bool:
        """Whether an attribute is there and says yes."""
        return name in self.attr and self.attr[name].b


class Function(msgspec.Struct, frozen=True, rename="camel"):
    """A function: a branch or the body of a loop."""

    node_def: list[Node] = []


class Library(msgspec.Struct, frozen=True):
    """The functions."""

    function: list[Function] = []


class GraphDef(msgspec.Struct, frozen=True):
    """A graph and its functions."""

    node: list[Node]
    library: Library = Library()


class Info(msgspec.Struct, frozen=True, rename="camel"):
    """What a signature says of one tensor; one with a ``resource_id`` is filled by tfjs itself."""

    name: str = ""
    dtype: str | int | None = None
    tensor_shape: Shape | None = None
    resource_id: int | str | None = None


class Signature(msgspec.Struct, frozen=True):
    """What goes in and out, by the names that callers use."""

    inputs: dict[str, Info] = {}
    outputs: dict[str, Info] = {}


class Metadata(msgspec.Struct, frozen=True):
    """Where older converters put the signature."""

    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes that see each other, those of the main graph first, then each function's; and what goes in and out."""

    scopes: tuple[tuple[Node, ...], ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def nodes(self) -> Iterable[Node]:
        """All nodes."""
        return (node for scope in self.scopes for node in scope)


def graph_of(model: TfjsModel) -> Graph:
    """Read the graph. Raises Refused (engine-cannot-read) naming the key that is wrong."""
    main = decoded(model.said.model_topology, GraphDef, f"{FILE}: modelTopology")
    scopes = [tuple(main.node), *(tuple(function.node_def) for function in main.library.function)]
    if model.said.model_initializer != NOTHING:
        beginning = decoded(model.said.model_initializer, GraphDef, f"{FILE}: modelInitializer")
        scopes.append(tuple(beginning.node))
    signature = signature_of(model)
    nodes = {node.name: node for node in main.node}
    return Graph(tuple(scopes), _inputs(nodes, signature), _outputs(nodes, signature))


def signature_of(model: TfjsModel) -> Signature:
    """The signature, of which that in the metadata comes first; an empty one where there is none. Raises Refused (engine-cannot-read)."""
    said = model.said
    metadata = _or_nothing(said.user_defined_metadata, Metadata, f"{FILE}: userDefinedMetadata")
    return metadata.signature or _or_nothing(said.signature, Signature, f"{FILE}: signature")


def _or_nothing(text: msgspec.Raw, kind: type[T], where: str) -> T:
    """Read JSON as what it must be, where null says as much as nothing. Raises Refused (engine-cannot-read)."""
    return kind() if text == NOTHING else decoded(text, kind, where)


def node_of(tensor: str) -> str:
    """The name of the node that gives a tensor: "^name", "name:1" and "name:output:1" are all of "name"."""
    return tensor.removeprefix("^").partition(":")[0]


def tensor_of(name: str, info: Info, where: str) -> Tensor:
    """What a signature says of one tensor; of one without a shape nothing is known. Raises Refused for what is no size."""
    return Tensor(name, _sizes(info.tensor_shape, f"{where}.{name[:LONGEST_NAME]}"), DTYPES.get(info.dtype or "DT_FLOAT", str(info.dtype)[:LONGEST_NAME]))


def _inputs(nodes: Mapping[str, Node], signature: Signature) -> tuple[Tensor, ...]:
    """The signature's inputs in its order, else the placeholders; what the signature does not say of one, its placeholder does."""
    given = {name: info for name, info in signature.inputs.items() if info.resource_id is None and info.dtype not in ("DT_RESOURCE", 20)}
    if not signature.inputs:
        given = {node.name: Info(node.name) for node in nodes.values() if node.op.startswith(PLACEHOLDER)}
    _check(nodes, given, "signature.inputs")
    return tuple(tensor_of(name, _filled(info, nodes[node_of(info.name)]), "signature.inputs") for name, info in given.items())


def _outputs(nodes: Mapping[str, Node], signature: Signature) -> tuple[Tensor, ...]:
    """The signature's outputs in its order, else the nodes that no other takes."""
    given: Mapping[str, Info] = signature.outputs
    if not given:
        taken = {node_of(name) for node in nodes.values() for name in node.input}
        given = {node.name: Info(node.name) for node in nodes.values() if node.name not in taken}
    _check(nodes, given, "signature.outputs")
    return tuple(tensor_of(name, info, "signature.outputs") for name, info in given.items())


def _check(nodes: Mapping[str, Node], given: Mapping[str, Info], where: str) -> None:
    """See that there is a node for each. Raises Refused."""
    for name, info in given.items():
        if node_of(info.name) not in nodes:
            raise unreadable(FILE, f"{where}.{name[:LONGEST_NAME]} is {info.name[:LONGEST_NAME]!r}, and the graph has no such node")


def _filled(info: Info, node: Node) -> Info:
    """An input with its placeholder's dtype and shape where the signature has none."""
    dtype, shape = node.attr.get("dtype", Attribute()).type, node.attr.get("shape", Attribute()).shape
    return Info(info.name, dtype if info.dtype is None else info.dtype, info.tensor_shape or shape)


def _sizes(shape: Shape | None, where: str) -> tuple[int, ...]:
    """The sizes, -1 where one is free; one free size where nothing is known. Raises Refused."""
    if shape is None or shape.unknown_rank:
        return (-1,)
    try:
        sizes = tuple(int(each.size) for each in shape.dim)
    except ValueError as error:
        raise unreadable(FILE, f"{where} has a size that is no number") from error
    if any(not (size == -1 or 0 < size <= MOST_SIZE) for size in sizes):
        raise unreadable(FILE, f"{where} has the shape {sizes}"[:200])
    return sizes

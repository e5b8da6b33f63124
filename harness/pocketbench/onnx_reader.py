"""An ONNX file as plain tuples, read with the package ``onnx``: nothing is executed, and no other file is opened.

The file may come from anywhere: its size is bounded, its constants stay as they lie until they are asked for, and what it
keeps in files beside it is refused. The format: onnx/onnx.proto and docs/IR.md of the ONNX project.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import Refused

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# What Protocol Buffers can hold in one message.
MAX_BYTES = (1 << 31) - 1
MAX_NAME = 1000
# Of one tensor; a sparse one may claim any number.
MAX_ELEMENTS = 1 << 40
# The two ways to write the domain of ONNX's own operations.
OWN = ("", "ai.onnx")
ONE_FILE = "save it as one file: onnx.save(onnx.load('model.onnx'), 'one.onnx', save_as_external_data=False)"
# ONNX's words for dtypes, where numpy has others.
_WORDS = {"float": "float32", "double": "float64", "float8e4m3fn": "float8_e4m3fn", "float8e5m2": "float8_e5m2"}


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant: numpy's word for its dtype, its shape, and ``left_out`` zeros that a sparse encoding does not hold."""

    dtype: str
    shape: tuple[int, ...]
    stored: Any = field(repr=False)
    left_out: int = 0

    def values(self) -> "Array":
        """The elements as numpy knows them, in its shape; those of a sparse tensor as a list. Raises ValueError for a tensor that is not whole."""
        import numpy as np
        from onnx import numpy_helper

        values: Array = numpy_helper.to_array(self.stored)
        if values.dtype.kind != "V" and values.dtype.name == self.dtype:
            return values
        small = {"bfloat16": np.float32, "int4": np.int8, "int2": np.int8, "uint4": np.uint8, "uint2": np.uint8}
        return values.astype(small[self.dtype]) if self.dtype in small else values.view(np.uint8)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: its name, with its domain unless that is ONNX's own, its version here, its tensors ("" for one left out), its whole numbers."""

    name: str
    version: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output: -1 where a dimension is free, no shape where none is given; numpy's word for its dtype, ONNX's for what is no tensor."""

    name: str
    shape: tuple[int, ...] | None
    dtype: str


@dataclass(slots=True)
class Graph:
    """Operations and constants that see each other: the main graph with those of its branches and loops, or one function."""

    operations: list[Operation] = field(default_factory=list)
    constants: dict[str, Constant] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """What is in a file: its main graph first, then its functions."""

    graphs: tuple[Graph, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]


def read(path: Path) -> OnnxFile:
    """Read a file. Raises Refused (engine-cannot-read) when it is not a whole ONNX file, or not all in one file."""
    from google.protobuf.message import DecodeError
    from onnx import ModelProto

    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Refused("engine-cannot-read", f"{path.name} has {size} bytes; an ONNX file in one piece has {MAX_BYTES} at most")
    try:
        return _file(ModelProto.FromString(path.read_bytes()), path.name)
    except (DecodeError, ValueError, RuntimeError, TypeError, RecursionError) as error:
        first = str(error).strip().partition("\n")[0]
        raise Refused("engine-cannot-read", f"{path.name} is not a whole ONNX file: {first}"[:300], hint="copy or export it again") from error


def _file(model: Any, name: str) -> OnnxFile:
    """Everything of a model. Raises ValueError for one without operations."""
    if not model.graph.node and not model.graph.output:
        raise ValueError("there is no graph in it")
    reading = _Reading(name, _versions(model.opset_import), {(function.domain, function.name) for function in model.functions})
    main = Graph()
    reading.graph(model.graph, main)
    functions = [reading.function(function) for function in model.functions]
    own = {each.name for each in model.graph.initializer}
    inputs = tuple(_value(each) for each in model.graph.input if each.name not in own)
    return OnnxFile((main, *functions), inputs, tuple(map(_value, model.graph.output)))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is known of the whole file while its graphs are read: its name, the version of each domain, its functions."""

    name: str
    versions: Mapping[str, int]
    functions: set[tuple[str, str]]

    def function(self, function: Any) -> Graph:
        """One function, with the versions that it asks for itself."""
        found = Graph()
        own = _Reading(self.name, {**self.versions, **_versions(function.opset_import)}, self.functions)
        for node in function.node:
            own.node(node, found)
        return found

    def graph(self, graph: Any, found: Graph) -> None:
        """Add a graph's constants and operations, and those of the graphs inside it."""
        for tensor in graph.initializer:
            found.constants[tensor.name] = self.constant(tensor)
        for sparse in graph.sparse_initializer:
            found.constants[sparse.values.name] = self.sparse(sparse)
        for node in graph.node:
            self.node(node, found)

    def node(self, node: Any, found: Graph) -> None:
        """Add one node: a constant is one, a call of a function is what the function does, anything else is an operation."""
        for attribute in node.attribute:
            self.attribute(attribute, found, node.output[0] if node.op_type == "Constant" and node.output else "")
        if node.op_type != "Constant" and (node.domain, node.op_type) not in self.functions:
            found.operations.append(self.operation(node))

    def attribute(self, attribute: Any, found: Graph, name: str) -> None:
        """Add the graphs that an attribute holds; its tensor too where it is that of the constant ``name``."""
        for graph in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
            self.graph(graph, found)
        if attribute.HasField("t") and (constant := self.constant(attribute.t)) and name:
            found.constants[name] = constant
        if attribute.HasField("sparse_tensor") and name:
            found.constants[name] = self.sparse(attribute.sparse_tensor)

    def operation(self, node: Any) -> Operation:
        """One operation."""
        domain = "" if node.domain in OWN else node.domain
        kind = node.op_type[:MAX_NAME]
        name = f"{domain[:MAX_NAME]}.{kind}" if domain else kind
        numbers = {attribute.name: int(attribute.i) for attribute in node.attribute if attribute.HasField("i")}
        return Operation(name, _since(kind, self.versions.get(domain, 1), domain), tuple(node.input), tuple(node.output), numbers)

    def constant(self, tensor: Any) -> Constant:
        """One constant. Raises Refused for one that lies in another file, ValueError for a size below 0."""
        from onnx import TensorProto

        if tensor.data_location == TensorProto.EXTERNAL:
            raise Refused("engine-cannot-read", f"tensor {tensor.name[:MAX_NAME]!r} lies in another file"[:300], hint=ONE_FILE)
        if min(tensor.dims, default=0) < 0:
            raise ValueError("a tensor has a size below 0")
        return Constant(_word(tensor.data_type), tuple(tensor.dims), tensor)

    def sparse(self, tensor: Any) -> Constant:
        """One constant that holds what is not zero. Raises ValueError for one that claims to be larger than anything."""
        kept, elements = self.constant(tensor.values), math.prod(tensor.dims)
        if not 0 <= elements <= MAX_ELEMENTS or elements < math.prod(kept.shape):
            raise ValueError("a sparse tensor holds more than its shape has, or claims too much")
        return Constant(kept.dtype, tuple(tensor.dims), kept.stored, elements - math.prod(kept.shape))


def _versions(imports: Any) -> dict[str, int]:
    """The version that is asked for of each domain, ONNX's own as ""."""
    return {("" if each.domain in OWN else each.domain): int(each.version) for each in imports}


def _value(value: Any) -> Value:
    """An input or output of the main graph."""
    kind = value.type.WhichOneof("value") or "untyped"
    if kind != "tensor_type":
        return Value(value.name, None, kind.removesuffix("_type"))
    tensor = value.type.tensor_type
    shape = tuple(int(size.dim_value) if size.HasField("dim_value") else -1 for size in tensor.shape.dim)
    return Value(value.name, shape if tensor.HasField("shape") else None, _word(tensor.elem_type))


@cache
def _word(number: int) -> str:
    """Numpy's word for a dtype, or the format's own where numpy has none."""
    from onnx import TensorProto

    known: dict[int, str] = {value: name.lower() for name, value in TensorProto.DataType.items()}
    word = known.get(number, "unknown")
    return _WORDS.get(word, word)


@cache
def _since(kind: str, version: int, domain: str) -> int:
    """The version that an operation has in a file of that version of its domain: the latest up to it; the file's own for one that ONNX does not know."""
    from onnx import defs

    try:
        return int(defs.get_schema(kind, version, domain).since_version)
    except defs.SchemaError:
        return version

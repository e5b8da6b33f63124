"""The layers of a TensorFlow.js layers model: the configuration of a Keras model, as Keras up to version 2 wrote it.

Of a layer no more is read than its class, its name and the layers inside it; nothing is built. What goes in is read as tfjs reads it:
tfjs-layers/src/models.ts and engine/container.ts. What comes out has no shape there: it is known where a signature lies beside the topology.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from pocketbench.model import Tensor
from pocketbench.tfjs_graph import signature_of, tensor_of
from pocketbench.tfjs_reader import NOTHING, TfjsModel, decoded
from pocketbench.tfjs_shards import FILE, LONGEST_NAME, unreadable

INPUT = "InputLayer"
SEQUENTIAL, GRAPHS = "Sequential", ("Model", "Functional")
# Where layers hold others.
_WRAPPERS = ("Bidirectional", "TimeDistributed", "RNN", "StackedRNNCells")
# Layers inside layers, more than anybody nests.
MAX_DEPTH = 64


class Layer(msgspec.Struct, frozen=True):
    """One layer, its configuration not yet read."""

    class_name: str
    config: msgspec.Raw = msgspec.Raw(b"{}")
    name: str = ""


class Named(msgspec.Struct, frozen=True):
    """What every configuration has, and whether the layer carries a state from one call to the next."""

    name: str = ""
    stateful: bool = False


class Config(Named, frozen=True):
    """What is looked at of the configuration of a class that holds others, or that a model begins with."""

    dtype: msgspec.Raw = NOTHING
    batch_input_shape: list[int | None] | None = None
    batch_shape: msgspec.Raw = NOTHING
    layers: list[Layer] = []
    layer: Layer | None = None
    backward_layer: Layer | None = None
    cell: Layer | None = None
    cells: list[Layer] = []
    input_layers: list[tuple[str, int, int]] = []
    output_layers: list[tuple[str, int, int]] = []


class Topology(msgspec.Struct, frozen=True):
    """A model, or what Keras writes around one."""

    model_config: Layer | None = None
    class_name: str = ""
    config: msgspec.Raw = msgspec.Raw(b"{}")


@dataclass(frozen=True, slots=True)
class Layers:
    """Every layer as (name, class), those inside others too, what goes in and out, and whether a layer remembers."""

    layers: tuple[tuple[str, str], ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    stateful: bool = False


def layers_of(model: TfjsModel) -> Layers:
    """Read the layers. Raises Refused (engine-cannot-read) naming the key that is wrong."""
    topology = decoded(model.said.model_topology, Topology, f"{FILE}: modelTopology")
    top = topology.model_config or Layer(topology.class_name, topology.config)
    if top.class_name not in (SEQUENTIAL, *GRAPHS):
        raise unreadable(FILE, f"modelTopology is of class {top.class_name[:LONGEST_NAME]!r}, which is no model")
    signature = signature_of(model)
    inputs = tuple(tensor_of(name, info, "signature.inputs") for name, info in signature.inputs.items())
    outputs = tuple(tensor_of(name, info, "signature.outputs") for name, info in signature.outputs.items())
    found = tuple(_all(top, 0))
    return Layers(
        layers=tuple((_name(each), each.class_name) for each in found), inputs=inputs or _inputs(top, 0),
        outputs=outputs or tuple(Tensor(name, (-1,), "float32") for name in _outputs(top)), stateful=any(_named(each).stateful for each in found),
    )  # fmt: skip


def config_of(layer: Layer) -> Config:
    """A layer's configuration; a Sequential model's may be the list of its layers. Raises Refused (engine-cannot-read)."""
    where = f"{FILE}: the config of {layer.class_name[:LONGEST_NAME]}"
    if layer.class_name == SEQUENTIAL and bytes(layer.config).lstrip().startswith(b"["):
        return Config(layers=decoded(layer.config, list[Layer], where))
    return decoded(layer.config, Config, where)


def _all(layer: Layer, depth: int) -> Iterator[Layer]:
    """The layers inside a model, in their order, and those inside them. Raises Refused."""
    for inner in _inside(layer, depth):
        model = inner.class_name in (SEQUENTIAL, *GRAPHS)
        if not model:
            yield inner
        if model or inner.class_name in _WRAPPERS:
            yield from _all(inner, depth + 1)


def _inside(layer: Layer, depth: int) -> list[Layer]:
    """The layers that one holds itself. Raises Refused where they are nested deeper than anybody does."""
    if depth > MAX_DEPTH:
        raise unreadable(FILE, f"modelTopology nests layers more than {MAX_DEPTH} times")
    config = config_of(layer)
    if layer.class_name in (SEQUENTIAL, *GRAPHS):
        return config.layers
    return [*config.cells, *(each for each in (config.layer, config.backward_layer, config.cell) if each)]


def _name(layer: Layer) -> str:
    """A layer's name."""
    return layer.name or _named(layer).name


def _named(layer: Layer) -> Named:
    """What every configuration has; nothing where it cannot be read, as of classes that nobody knows."""
    try:
        return msgspec.json.decode(layer.config, type=Named)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Named()


def _inputs(model: Layer, depth: int) -> tuple[Tensor, ...]:
    """The inputs of a model in their order. Raises Refused where a layer of that name or its shape is not there."""
    config = config_of(model)
    if model.class_name != SEQUENTIAL:
        named = {_name(each): each for each in config.layers}
        return tuple(_input(named.get(name), name, name) for name, _, _ in config.input_layers)
    if not config.layers or depth > MAX_DEPTH:
        raise unreadable(FILE, "modelTopology has a Sequential model without layers")
    first = config.layers[0]
    if first.class_name in (SEQUENTIAL, *GRAPHS):
        return _inputs(first, depth + 1)
    name = _name(first)
    return (_input(first, name, name if first.class_name == INPUT else f"{name}_input"),)


def _input(layer: Layer | None, label: str, name: str) -> Tensor:
    """An input ``name`` by the layer ``label`` that begins with it. Raises Refused."""
    where = repr(label[:LONGEST_NAME])
    if layer is None:
        raise unreadable(FILE, f"modelTopology has no layer {where} that its input_layers speak of")
    config = config_of(layer)
    if config.batch_input_shape is None:
        why = "says batch_shape, as Keras 3 does, and tfjs reads batch_input_shape" if config.batch_shape != NOTHING else "has no batch_input_shape"
        raise unreadable(FILE, f"layer {where} {why}")
    sizes = tuple(-1 if size is None else size for size in config.batch_input_shape)
    if any(size != -1 and not 0 < size < 1 << 31 for size in sizes):
        raise unreadable(FILE, f"batch_input_shape of layer {where} is {sizes}"[:200])
    dtype = bytes(config.dtype).decode(errors="replace").strip('"')
    return Tensor(name, sizes, dtype if dtype in ("int32", "bool", "string", "complex64") else "float32")


def _outputs(model: Layer) -> tuple[str, ...]:
    """The names of the layers that outputs come from, in their order."""
    config = config_of(model)
    if model.class_name != SEQUENTIAL:
        return tuple(name for name, _, _ in config.output_layers)
    return tuple(_name(each) for each in config.layers[-1:])

"""What is inside a model of TensorFlow.js: its weights, operations or layers, inputs and outputs."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import anatomy, kernels, tfjs_reader
from pocketbench.anatomy import Weights
from pocketbench.kernels import Count
from pocketbench.model import DEPTHWISE, KERNEL, MATRIX, TABLE, Anatomy, Kernel
from pocketbench.tfjs_graph import CONSTANT, PLACEHOLDER, Graph, Node, graph_of, node_of
from pocketbench.tfjs_layers import INPUT, Layers, layers_of
from pocketbench.tfjs_reader import GRAPH, Entry, TfjsModel

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# The inputs of an operation that hold its weights, whatever their shape. The order of inputs: tensorflow/core/ops.
WEIGHTS_AT: Mapping[str, tuple[int, ...]] = {
    "Conv1D": (1,), "Conv2D": (1,), "_FusedConv2D": (1,), "Conv3D": (1,), "Conv2DBackpropInput": (1,), "DepthwiseConv2d": (1,),
    "DepthwiseConv2dNative": (1,), "FusedDepthwiseConv2dNative": (1,), "Dilation2D": (1,), "MatMul": (0, 1), "_FusedMatMul": (0, 1),
    "BatchMatMul": (0, 1), "BatchMatMulV2": (0, 1), "Einsum": (0, 1, 2, 3), "Gather": (0,), "GatherV2": (0,), "GatherNd": (0,),
}  # fmt: skip
# Operations with no weights among their constants: those that normalise or move, and the slope of a ReLU.
NO_WEIGHTS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "BiasAdd", "Prelu", "LRN")
# Operations that hand a constant on as it is, and those that lay it out in another way.
HANDS_ON = ("Identity", "Cast", "StopGradient")
LAYS_OUT = ("Reshape", "Transpose", "Squeeze", "ExpandDims")
# What computes nothing.
NOTHING = (CONSTANT, "Identity", "IdentityN", "NoOp", INPUT)
_CONVOLUTIONS = ("Conv1D", "Conv2D", "_FusedConv2D", "Conv3D")
_DEPTHWISE = ("DepthwiseConv2d", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative")
_TABLES = ("Gather", "GatherV2", "GatherNd")
_TRANSPOSED = ("transpose_a", "transpose_b"), ("adj_x", "adj_y")
# The words that weights of layers end with, and the classes of layers whose kernels lie otherwise.
_KERNELS, _LAYER_TABLES = ("kernel", "recurrent_kernel", "pointwise_kernel"), ("embeddings",)
_LAYERS_BACK, _LAYERS_DEPTHWISE = ("Conv2DTranspose", "Conv3DTranspose"), ("DepthwiseConv2D",)
WEIGHT_DTYPES = ("float32", "float16", "uint16", "uint8")
MATRIX_RANK = 2
# How near a number must come to what stands for 0 to be it, in steps of the scale.
NEAR = 1e-3
# What a record keeps of the weight tensors: the largest, and the end of their names, where they differ.
MAX_KERNELS = 1000
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Use:
    """What a weight is for. ``laid``: as the axes of its elements lie, "io" (…, inputs, outputs), "oi" (…, outputs, inputs), "" nobody knows."""

    kind: str = MATRIX
    laid: str = ""


def anatomy_of(path: Path) -> Anatomy:
    """Look inside a folder that holds ``model.json``. Raises Refused (engine-cannot-read), naming file and key, when it is not whole."""
    model = tfjs_reader.read(path)
    inside = graph_of(model) if model.kind == GRAPH else layers_of(model)
    found = _weights(model, _of_graph(model, inside) if isinstance(inside, Graph) else _of_layers(model, inside))
    return Anatomy(
        size_bytes=anatomy.size_bytes(model.files), zip_bytes=anatomy.zip_bytes(model.files), parameters=found.elements,
        parameters_quantized=found.quantized, parameters_by_dtype=dict(found.by_dtype), zeros=found.zeros, unique_values=found.unique,
        operations=_operations(inside), inputs=inside.inputs, outputs=inside.outputs, about={"model": model.kind},
        stateful=isinstance(inside, Layers) and inside.stateful,
        kernels=tuple(sorted(found.kernels, key=lambda one: -one.elements)[:MAX_KERNELS]),
    )  # fmt: skip


def _operations(inside: Graph | Layers) -> dict[str, int]:
    """How many there are of each operation, or of each class of layers, the most frequent first."""
    names = (node.op for node in inside.nodes) if isinstance(inside, Graph) else (kind for _, kind in inside.layers)
    counted = Counter(name[:LONGEST_NAME] for name in names if name not in NOTHING and not name.startswith(PLACEHOLDER))
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _weights(model: TfjsModel, used: Iterable[tuple[Entry, Use]]) -> Weights:
    """Count the weights, each by the dtype that it is kept in."""
    found = Weights()
    for entry, use in used:
        count = _counted(model.values(model.weights[entry.name]), use, _zero(entry))
        found.count(entry.kept, count)
        found.kernels.append(_kernel(entry, use, count))
    return found


def _of_graph(model: TfjsModel, graph: Graph) -> Iterator[tuple[Entry, Use]]:
    """The constants of a graph that are weights.

    Those are the constants where an operation has its weights and any other number with two dimensions or more, unless an
    operation with weights, or one without any, has it elsewhere: as a bias, a scale, a statistic.
    """
    at_work: dict[str, Use] = {}
    elsewhere: set[str] = set()
    for scope in graph.scopes:
        _look(scope, model, at_work, elsewhere)
    for name, stored in model.weights.items():
        entry = stored.entry
        rank = sum(size != 1 for size in entry.shape)
        if _number(entry) and (name in at_work or (rank >= MATRIX_RANK and name not in elsewhere)):
            yield entry, at_work.get(name, Use())


def _look(scope: Iterable[Node], model: TfjsModel, at_work: dict[str, Use], elsewhere: set[str]) -> None:
    """Note the constants that reach an operation's weights, also through operations that hand them on, and those that reach its other inputs."""
    nodes = {node.name: node for node in scope}
    for node in nodes.values():
        knows = node.op in WEIGHTS_AT or node.op in NO_WEIGHTS
        for at, tensor in enumerate(node.input if knows else ()):
            name, plain = _origin(tensor, nodes)
            if name not in model.weights:
                continue
            if at in WEIGHTS_AT.get(node.op, ()):
                at_work.setdefault(name, _use(node, at, plain=plain))
            else:
                elsewhere.add(name)


def _origin(tensor: str, nodes: Mapping[str, Node]) -> tuple[str, bool]:
    """The node that a tensor comes from, behind what only hands it on, and whether it comes as it lies there."""
    name, plain = node_of(tensor), True
    for _ in range(len(nodes)):
        node = nodes.get(name)
        if node is None or node.op not in (*HANDS_ON, *LAYS_OUT) or not node.input:
            break
        name, plain = node_of(node.input[0]), plain and node.op in HANDS_ON
    return name, plain


def _use(node: Node, at: int, *, plain: bool) -> Use:
    """What an operation does with a constant."""
    if node.op in _TABLES:
        return Use(TABLE)
    if node.op in _DEPTHWISE:
        return Use(DEPTHWISE, "io" if plain else "")
    if node.op in _CONVOLUTIONS:
        return Use(KERNEL, "io" if plain else "")
    if node.op == "Conv2DBackpropInput":
        return Use(KERNEL, "oi" if plain else "")
    turned = any(node.yes(names[at]) for names in _TRANSPOSED if at < len(names))
    return Use(KERNEL, ("oi" if (at == 0) != turned else "io") if plain and "MatMul" in node.op else "")


def _of_layers(model: TfjsModel, inside: Layers) -> Iterator[tuple[Entry, Use]]:
    """The weights of layers that are kernels or tables, by the last words of their names and the classes of their layers."""
    classes = dict(inside.layers)
    for name, stored in model.weights.items():
        rank = len(stored.entry.shape)
        if _number(stored.entry) and anatomy.is_weight(name, rank):
            parts = name.split("/")
            yield stored.entry, _layer_use(parts[-1], {classes[part] for part in parts if part in classes})


def _layer_use(word: str, classes: set[str]) -> Use:
    """What a layer does with a weight."""
    if word in _LAYER_TABLES:
        return Use(TABLE)
    if word == "depthwise_kernel" or classes.intersection(_LAYERS_DEPTHWISE):
        return Use(DEPTHWISE, "io")
    return Use(KERNEL, "oi" if classes.intersection(_LAYERS_BACK) else "io") if word in _KERNELS else Use()


def _number(entry: Entry) -> bool:
    """Whether a weight may be one that counts: of floats, kept in any way, and not empty."""
    return entry.dtype == "float32" and entry.kept in WEIGHT_DTYPES and entry.elements > 0


def _zero(entry: Entry) -> int:
    """The stored number that stands for 0; -1 where none does."""
    kept = entry.quantization
    if kept is None or kept.scale is None or kept.min is None:
        return 0
    steps = -kept.min / kept.scale if kept.scale else 0.0
    nearest = round(steps) if math.isfinite(steps) else -1
    return nearest if abs(steps - nearest) < NEAR and (kept.scale or not kept.min) else -1


def _counted(values: "Array", use: Use, zero: int) -> Count:
    """Count one weight; a kernel by its output channels, with the input axis innermost."""
    import numpy as np

    if not use.laid or values.ndim < MATRIX_RANK:
        return kernels.counted_stored(values, zero=zero)
    if use.kind == DEPTHWISE:
        return kernels.counted(kernels.pieces(values.reshape(-1, values.shape[-2] * values.shape[-1]).T), zero=zero)
    outputs = values.ndim - (1 if use.laid == "io" else 2)
    turned = np.moveaxis(values, outputs, 0)
    return kernels.counted(kernels.pieces(turned.reshape(len(turned), -1)), zero=zero, inner=turned.shape[-1])


def _kernel(entry: Entry, use: Use, count: Count) -> Kernel:
    """What a record keeps of a weight tensor."""
    return Kernel(
        name=entry.name[-LONGEST_NAME:], kind=use.kind, shape=entry.shape, dtype=entry.kept, elements=count.elements, zeros=count.zero_share,
        unique_values=count.values, channel_values=count.channel_values, two_of_four=count.two_of_four, scales=int(entry.kept in ("uint8", "uint16")),
    )  # fmt: skip

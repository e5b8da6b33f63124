"""What is inside an ONNX file: its weights, operations, inputs and outputs."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import anatomy, kernels, onnx_reader
from pocketbench.anatomy import Weights
from pocketbench.errors import Refused
from pocketbench.kernels import Count
from pocketbench.model import DEPTHWISE, KERNEL, MATRIX, TABLE, Anatomy, Kernel, Tensor
from pocketbench.onnx_reader import Constant, Graph, OnnxFile, Operation, Value

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_MICROSOFT = "com.microsoft."
# The inputs of an operation that hold its weights, each with the input of their zero points (-1: none), whatever their shape.
# The order of inputs: docs/Operators.md of the ONNX project, docs/ContribOperators.md of ONNX Runtime.
WEIGHTS_AT: dict[str, tuple[tuple[int, int], ...]] = {
    "Conv": ((1, -1),), "ConvTranspose": ((1, -1),), "DeformConv": ((1, -1),), "ConvInteger": ((1, 3),), "QLinearConv": ((3, 5),),
    "Gemm": ((0, -1), (1, -1)), "MatMul": ((0, -1), (1, -1)), "MatMulInteger": ((0, 2), (1, 3)), "QLinearMatMul": ((0, 2), (3, 5)),
    "Gather": ((0, -1),), "GatherND": ((0, -1),), "GatherElements": ((0, -1),),
    "LSTM": ((1, -1), (2, -1)), "GRU": ((1, -1), (2, -1)), "RNN": ((1, -1), (2, -1)),
    f"{_MICROSOFT}DynamicQuantizeLSTM": ((1, 9), (2, 11)), f"{_MICROSOFT}DynamicQuantizeMatMul": ((1, 3),), f"{_MICROSOFT}QGemm": ((3, 5),),
    f"{_MICROSOFT}MatMulIntegerToFloat": ((1, 5),), f"{_MICROSOFT}FusedConv": ((1, -1),), f"{_MICROSOFT}FusedGemm": ((1, -1),),
    f"{_MICROSOFT}FusedMatMul": ((0, -1), (1, -1)), f"{_MICROSOFT}Attention": ((1, -1),), f"{_MICROSOFT}QAttention": ((1, 7),),
}  # fmt: skip
# Operations with no weights among their constants: those that normalise, and those that only change how a number is written.
NO_WEIGHTS = ("BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization",
              f"{_MICROSOFT}SkipLayerNormalization", "QuantizeLinear", "DequantizeLinear")  # fmt: skip
# Operations that hand a constant on in another encoding, and those that lay it out in another way.
HANDS_ON = ("DequantizeLinear", "QuantizeLinear", "Cast", "Identity")
LAYS_OUT = ("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten")
_TABLES = ("Gather", "GatherND", "GatherElements")
_CONVOLUTIONS = ("Conv", "ConvInteger", "QLinearConv", "DeformConv", f"{_MICROSOFT}FusedConv")
_RECURRENT = ("LSTM", "GRU", "RNN")
_DYNAMIC_LSTM = f"{_MICROSOFT}DynamicQuantizeLSTM"
_PRODUCTS = ("MatMul", "MatMulInteger", "QLinearMatMul", f"{_MICROSOFT}DynamicQuantizeMatMul", f"{_MICROSOFT}MatMulIntegerToFloat")
_GEMMS = ("Gemm", f"{_MICROSOFT}QGemm", f"{_MICROSOFT}FusedGemm")
WEIGHT_DTYPES = ("float64", "float32", "float16", "bfloat16", "int16", "uint16", "int8", "uint8", "int4", "uint4", "int2", "float8_e4m3fn", "float8_e5m2")
MATRIX_RANK = 2
# What a record keeps of the weight tensors: the largest, and the end of their names, where they differ.
MAX_KERNELS = 1000
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Use:
    """Where a constant is at work: the operation, at which of its inputs, whether it came there as it lies, and the names of its scales and zero points."""

    operation: Operation
    at: int
    plain: bool = True
    scales: str = ""
    zero_points: str = ""


def anatomy_of(path: Path) -> Anatomy:
    """Look inside a file. Raises Refused (engine-cannot-read) when it is not a whole ONNX file in one piece."""
    file = onnx_reader.read(path)
    found = weights_of(file, path.name)
    return Anatomy(
        size_bytes=anatomy.size_bytes((path,)), zip_bytes=anatomy.zip_bytes((path,)), parameters=found.elements,
        parameters_quantized=found.quantized, parameters_by_dtype=dict(found.by_dtype), zeros=found.zeros, unique_values=found.unique,
        operations=_operations(file), inputs=tuple(map(_tensor, file.inputs)), outputs=tuple(map(_tensor, file.outputs)),
        kernels=tuple(sorted(found.kernels, key=lambda one: -one.elements)[:MAX_KERNELS]), sparse_tensors=sum(one.sparse for one in found.kernels),
    )  # fmt: skip


def weights_of(file: OnnxFile, name: str) -> Weights:
    """Count the weights of a file, each constant once. Raises Refused for one that is not whole; ``name`` is for the message."""
    found = Weights()
    for graph in file.graphs:
        for label, constant, use in _weights(graph):
            try:
                zero = _zero(graph, use)
                count = _counted(constant, use, zero)
            except (ValueError, TypeError, OverflowError) as error:
                first = str(error).partition("\n")[0]
                message = f"{name}: tensor {label[-LONGEST_NAME:]} of shape {constant.shape} is not whole: {first}"[:300]
                raise Refused("engine-cannot-read", message, hint="copy or export it again") from error
            found.count(constant.dtype, count)
            found.kernels.append(_kernel(label, constant, use, count, _scales(graph, constant, use)))
    return found


def _weights(graph: Graph) -> Iterator[tuple[str, Constant, Use | None]]:
    """The constants that are weights, each with where it is at work.

    Those are the constants where an operation has its weights and any other number with two dimensions or more, unless an
    operation with weights, or one without any, has it elsewhere: as a bias, a scale, a statistic or a beginning.
    """
    at_work, elsewhere = _uses(graph)
    for name, constant in graph.constants.items():
        if constant.dtype in WEIGHT_DTYPES and 0 not in constant.shape:
            rank = sum(size != 1 for size in constant.shape)
            if name in at_work or (rank >= MATRIX_RANK and name not in elsewhere):
                yield name, constant, at_work.get(name)


def _uses(graph: Graph) -> tuple[dict[str, Use], set[str]]:
    """The constants that reach an operation's weights, also through operations that hand them on; and those that reach its other inputs."""
    origin = {name: (name, True, "", "") for name in graph.constants}
    at_work: dict[str, Use] = {}
    elsewhere: set[str] = set()
    for operation in graph.operations:
        weights = dict(WEIGHTS_AT.get(operation.name, ()))
        knows = operation.name in WEIGHTS_AT or operation.name in NO_WEIGHTS
        for at, tensor in enumerate(operation.inputs):
            if tensor not in origin:
                continue
            name, plain, scales, zero_points = origin[tensor]
            if at in weights and not _beginning(operation, at, graph.constants[name]):
                at_work.setdefault(name, Use(operation, at, plain, scales, zero_points or _named(operation, weights[at])))
            elif knows and not (at == 0 and operation.name in HANDS_ON):
                elsewhere.add(name)
        if operation.name in (*HANDS_ON, *LAYS_OUT) and operation.outputs and (given := origin.get(_named(operation, 0))):
            origin[operation.outputs[0]] = _handed_on(operation, given)
    return at_work, elsewhere


def _beginning(operation: Operation, at: int, constant: Constant) -> bool:
    """Whether a constant is what a product begins with, a vector as its left side, as the first state of a recurrent layer that was unrolled."""
    return at == 0 and operation.name in (*_PRODUCTS, *_GEMMS) and sum(size != 1 for size in constant.shape) < MATRIX_RANK


def _handed_on(operation: Operation, given: tuple[str, bool, str, str]) -> tuple[str, bool, str, str]:
    """What is known of a constant behind an operation that hands it on."""
    name, plain, scales, zero_points = given
    if operation.name == "DequantizeLinear":
        scales, zero_points = _named(operation, 1), _named(operation, 2)
    return name, plain and operation.name in HANDS_ON, scales, zero_points


def _named(operation: Operation, at: int) -> str:
    """The name of an operation's input, "" where it has none there."""
    return operation.inputs[at] if 0 <= at < len(operation.inputs) else ""


def _zero(graph: Graph, use: Use | None) -> int:
    """The stored number that means 0: the zero point, where all channels have the same one."""
    given = graph.constants.get(use.zero_points) if use else None
    points = set(given.values().reshape(-1).tolist()) if given else set()
    return int(points.pop()) if len(points) == 1 else 0


def _scales(graph: Graph, constant: Constant, use: Use | None) -> int:
    """How many scales a constant has: 0 not quantised, 1 one for all. Where an operation applies the scale itself, there are as many as zero points."""
    given = graph.constants.get(use.scales or use.zero_points) if use else None
    if given:
        return math.prod(given.shape)
    return int(bool(use) and anatomy.bits(constant.dtype) <= anatomy.QUANTIZED_BITS)


def _kernel(name: str, constant: Constant, use: Use | None, count: Count, scales: int) -> Kernel:
    """What a record keeps of a weight tensor."""
    return Kernel(
        name=name[-LONGEST_NAME:], kind=_kind(constant, use), shape=constant.shape, dtype=constant.dtype, elements=count.elements, zeros=count.zero_share,
        unique_values=count.values, channel_values=count.channel_values, two_of_four=count.two_of_four, scales=scales, sparse=constant.left_out > 0,
    )  # fmt: skip


def _kind(constant: Constant, use: Use | None) -> str:
    """What a weight tensor is for. A depthwise convolution has as many groups as input channels."""
    if use is None:
        return MATRIX
    if use.operation.name in _TABLES:
        return TABLE
    depthwise = use.operation.name in _CONVOLUTIONS and use.operation.numbers.get("group", 1) > 1 and constant.shape[1:2] == (1,)
    return DEPTHWISE if depthwise else KERNEL


def _counted(constant: Constant, use: Use | None, zero: int) -> Count:
    """Count one weight tensor: by channels where it comes to its operation as it lies."""
    values = constant.values()
    rows = _by_channel(values, use) if use and use.plain and not constant.left_out else None
    if rows is None:
        return kernels.counted_stored(values, zero=zero, left_out=constant.left_out)
    channels, inner = rows
    return kernels.counted(kernels.pieces(channels), zero=zero, inner=inner)


def _by_channel(values: "Array", use: Use) -> "tuple[Array, int] | None":
    """The weights as (output channels, weights of each) with the input axis innermost, and its length (0: nobody knows); None where there are no such channels.

    A convolution has (O, I, H, W), a transposed one (I, O, H, W), a product (I, O), Gemm that or (O, I), a recurrent layer
    (directions, O, I), a dynamically quantised LSTM (directions, I, O).
    """
    import numpy as np

    name, rank = use.operation.name, values.ndim
    if name in _CONVOLUTIONS and rank > MATRIX_RANK:
        return np.moveaxis(values, 1, -1).reshape(len(values), -1), values.shape[1]
    if name == "ConvTranspose" and rank > MATRIX_RANK and use.operation.numbers.get("group", 1) == 1:
        return np.moveaxis(values, 0, -1).reshape(values.shape[1], -1), values.shape[0]
    if name in _RECURRENT and rank > MATRIX_RANK:
        return values.reshape(-1, values.shape[-1]), values.shape[-1]
    if name == _DYNAMIC_LSTM and rank > MATRIX_RANK:
        return values.swapaxes(1, 2).reshape(-1, values.shape[1]), values.shape[1]
    if rank == MATRIX_RANK and name in (*_PRODUCTS, *_GEMMS):
        first = (use.at == 0) != bool(name in _GEMMS and use.operation.numbers.get("transA" if use.at == 0 else "transB", 0))
        return (values, values.shape[1]) if first else (values.T, values.shape[0])
    return None


def _operations(file: OnnxFile) -> dict[str, int]:
    """How many there are of each "NAME vVERSION", over all graphs, the most frequent first; the version is the one that the file's opset has."""
    counted = Counter(f"{operation.name} v{operation.version}" for graph in file.graphs for operation in graph.operations)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _tensor(value: Value) -> Tensor:
    """An input or output; one of which nothing is said may have any shape."""
    return Tensor(value.name, (-1,) if value.shape is None else value.shape, value.dtype)

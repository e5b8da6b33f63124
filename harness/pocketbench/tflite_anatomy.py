"""What is inside a TensorFlow Lite file: its weights, operations, inputs and outputs."""

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import anatomy, kernels, tflite_reader, tflite_sparse
from pocketbench.anatomy import Weights
from pocketbench.errors import Refused
from pocketbench.kernels import Count
from pocketbench.model import DEPTHWISE, KERNEL, MATRIX, TABLE, Anatomy, Kernel, Tensor
from pocketbench.tflite_reader import Graph, Stored, TfliteFile

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# The inputs of an operation that hold its weights, whatever their shape. The order of inputs: the kernels in
# tensorflow/lite/kernels.
WEIGHTS_AT = {
    "CONV_2D": (1,), "DEPTHWISE_CONV_2D": (1,), "CONV_3D": (1,), "FULLY_CONNECTED": (1,), "TRANSPOSE_CONV": (1,), "CONV_3D_TRANSPOSE": (1,),
    "BATCH_MATMUL": (0, 1), "GATHER": (0,), "EMBEDDING_LOOKUP": (1,), "EMBEDDING_LOOKUP_SPARSE": (4,), "SVDF": (1, 2), "RNN": (1, 2),
    "UNIDIRECTIONAL_SEQUENCE_RNN": (1, 2), "LSTM": (*range(1, 9), 16), "UNIDIRECTIONAL_SEQUENCE_LSTM": (*range(1, 9), 16),
    "BIDIRECTIONAL_SEQUENCE_RNN": (1, 2, 5, 6), "BIDIRECTIONAL_SEQUENCE_LSTM": (*range(1, 9), 16, *range(18, 26), 33),
}  # fmt: skip
_TABLES = ("GATHER", "EMBEDDING_LOOKUP", "EMBEDDING_LOOKUP_SPARSE")
_DEPTHWISE = "DEPTHWISE_CONV_2D"
# Whose weights have their output channels first and their inputs last, as (O, H, W, I) or (O, I). The others: (1, H, W, O) in a
# depthwise convolution, (D, H, W, I, O) in CONV_3D, (D, H, W, O, I) in CONV_3D_TRANSPOSE; those of BATCH_MATMUL lie as its options say.
_OUTPUTS_FIRST = ("CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED", "SVDF", "RNN", "UNIDIRECTIONAL_SEQUENCE_RNN", "BIDIRECTIONAL_SEQUENCE_RNN",
                  "LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_LSTM")  # fmt: skip
_OUTPUTS_LAST = (_DEPTHWISE, "CONV_3D")
# Operations that hand a constant on in another encoding.
HANDS_ON = ("DEQUANTIZE", "DENSIFY")
STATEFUL = ("VAR_HANDLE", "SVDF", "RNN", "LSTM", "UNIDIRECTIONAL_SEQUENCE_RNN", "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "BIDIRECTIONAL_SEQUENCE_RNN", "BIDIRECTIONAL_SEQUENCE_LSTM")  # fmt: skip
WEIGHT_DTYPES = ("float64", "float32", "float16", "bfloat16", "int16", "uint16", "int8", "uint8", "int4", "uint4", "int2", "float8_e4m3fn", "float8_e5m2")
MATRIX_RANK = 2
# Of one tensor; a sparse one may claim any number.
MAX_ELEMENTS = 1 << 40
# What a record keeps of the weight tensors: the largest, and the end of their names, where they differ.
MAX_KERNELS = 1000
LONGEST_NAME = 120


def anatomy_of(path: Path) -> Anatomy:
    """Look inside a file. Raises Refused (engine-cannot-read) when it is not a whole TensorFlow Lite file."""
    file = tflite_reader.read(path)
    main, found = file.graphs[0], weights_of(file, path.name)
    return Anatomy(
        size_bytes=anatomy.size_bytes((path,)), zip_bytes=anatomy.zip_bytes((path,)), parameters=found.elements,
        parameters_quantized=found.quantized, parameters_by_dtype=dict(found.by_dtype), zeros=found.zeros, unique_values=found.unique,
        operations=_operations(file), inputs=_described(main, main.inputs), outputs=_described(main, main.outputs), stateful=_stateful(file),
        unset_variables=_unset_variables(file), kernels=tuple(sorted(found.kernels, key=lambda one: -one.elements)[:MAX_KERNELS]),
        sparse_tensors=sum(one.sparse for one in found.kernels),
    )  # fmt: skip


def weights_of(file: TfliteFile, name: str) -> Weights:
    """Count the weights of a file, each buffer once. Raises Refused for one that is shorter than its tensor; ``name`` is for the message."""
    found, seen = Weights(), set()
    for graph in file.graphs:
        for tensor, operation in _weight_tensors(graph, file):
            if tensor.buffer not in seen:
                seen.add(tensor.buffer)
                count = _counted(tensor, operation, file.buffers[tensor.buffer], name)
                found.count(tensor.dtype, count)
                found.kernels.append(_kernel(tensor, operation, count))
    return found


def _kernel(tensor: Stored, operation: str, count: Count) -> Kernel:
    """What a record keeps of a weight tensor."""
    kind = TABLE if operation in _TABLES else DEPTHWISE if operation == _DEPTHWISE else KERNEL if operation else MATRIX
    return Kernel(
        name=tensor.name[-LONGEST_NAME:], kind=kind, shape=tensor.shape, dtype=tensor.dtype, elements=count.elements, zeros=count.zero_share,
        unique_values=count.values, channel_values=count.channel_values, two_of_four=count.two_of_four, scales=len(tensor.scales), sparse=tensor.sparse,
    )  # fmt: skip


def _weight_tensors(graph: Graph, file: TfliteFile) -> Iterator[tuple[Stored, str]]:
    """The constants that are weights, each with the operation that works with it.

    Those are the constants where an operation has its weights and, with no operation, any other number with two dimensions or
    more. Biases, scales and statistics have one dimension; shapes and indices are int32 or int64.
    """
    at_work = _constants_at_weights(graph, file)
    for index, tensor in enumerate(graph.tensors):
        if len(file.buffers[tensor.buffer]) and tensor.dtype in WEIGHT_DTYPES:
            rank = sum(size != 1 for size in tensor.shape)
            if index in at_work or rank >= MATRIX_RANK:
                yield tensor, at_work.get(index, "")


def _constants_at_weights(graph: Graph, file: TfliteFile) -> dict[int, str]:
    """The constants that reach an operation's weights, also through operations that hand them on, and the first such operation."""
    origin = {index: index for index, tensor in enumerate(graph.tensors) if len(file.buffers[tensor.buffer])}
    found: dict[int, str] = {}
    for operation in graph.operations:
        inputs = operation.inputs
        if operation.name in HANDS_ON and inputs and inputs[0] in origin:
            origin |= dict.fromkeys(operation.outputs, origin[inputs[0]])
        for at in WEIGHTS_AT.get(operation.name, ()):
            if at < len(inputs) and inputs[at] in origin:
                found.setdefault(origin[inputs[at]], operation.name)
    return found


def _counted(tensor: Stored, operation: str, raw: "Array", name: str) -> Count:
    """Count one weight tensor. A sparse one stores fewer elements than it has; the others are zeros."""
    elements = math.prod(tensor.shape)
    bits = anatomy.bits(tensor.dtype)
    stored = min(elements, len(raw) * 8 // bits) if tensor.sparse else elements
    needed = -(-stored * bits // 8)
    if not 0 <= needed <= len(raw) or elements > MAX_ELEMENTS:
        raise Refused("engine-cannot-read", f"{name}: tensor {tensor.name} needs {needed} bytes, its buffer has {len(raw)}", hint="copy or export it again")
    zero = tensor.zero_points[0] if len(set(tensor.zero_points)) == 1 else 0
    values = _values(raw[:needed], tensor.dtype, stored)
    if tensor.sparse:
        return _counted_sparse(tensor, operation, values, zero)
    channels = _by_channel(values, tensor.shape, operation)
    inner = tensor.shape[-1] if operation in _OUTPUTS_FIRST and tensor.shape else 0
    if channels is None:
        return kernels.counted_stored(values, zero=zero)
    return kernels.counted(kernels.pieces(channels), zero=zero, inner=inner)


def _by_channel(values: "Array", shape: tuple[int, ...], operation: str) -> "Array | None":
    """A view of shape (output channels, weights of each); None where an operation has no output channels or nobody knows them."""
    if operation in _OUTPUTS_FIRST and shape:
        return values.reshape(shape[0], -1)
    return values.reshape(-1, shape[-1]).T if operation in _OUTPUTS_LAST and shape else None


def _counted_sparse(tensor: Stored, operation: str, values: "Array", zero: int) -> Count:
    """Count a sparse tensor as it is with its zeros; where it cannot be laid out again, by what it stores, without groups and channels."""
    first = operation in _OUTPUTS_FIRST
    try:
        pieces = tflite_sparse.laid_out(tensor, values, zero)
    except ValueError:
        return kernels.counted_stored(values, zero=zero, left_out=math.prod(tensor.shape) - values.size)
    return kernels.counted(pieces, zero=zero, inner=tensor.shape[-1] if first else 0, channels=first)


def _values(raw: "Array", dtype: str, count: int) -> "Array":
    """The elements of a buffer as numpy knows them: views, but for elements smaller than a byte and bfloat16."""
    import numpy as np

    if anatomy.bits(dtype) < 8:
        return anatomy.unpacked(raw, dtype, count)
    if dtype == "bfloat16":  # the upper half of a float32
        return (raw.view("<u2").astype("<u4") << 16).view("<f4")
    return raw.view("<u1" if dtype.startswith("float8") else np.dtype(dtype).newbyteorder("<"))


def _operations(file: TfliteFile) -> dict[str, int]:
    """How many there are of each "NAME vVERSION", over all graphs, the most frequent first."""
    counted = Counter(f"{operation.name} v{operation.version}" for graph in file.graphs for operation in graph.operations)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _described(graph: Graph, indices: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Inputs or outputs, in the file's order and under its names."""
    return tuple(_tensor(graph.tensors[index]) for index in indices)


def _tensor(tensor: Stored) -> Tensor:
    """One input or output; quantised by one scale or not at all."""
    scale = tensor.scales[0] if len(tensor.scales) == 1 else 0.0
    zero_point = tensor.zero_points[0] if scale and len(tensor.zero_points) == 1 else 0
    return Tensor(tensor.name, tensor.signature, tensor.dtype, scale, zero_point)


def _stateful(file: TfliteFile) -> bool:
    """Whether it keeps something from one inference to the next."""
    variables = any(tensor.variable for graph in file.graphs for tensor in graph.tensors)
    return variables or any(operation.name in STATEFUL for graph in file.graphs for operation in graph.operations)


def _unset_variables(file: TfliteFile) -> bool:
    """Whether it reads variables and no operation of it fills any.

    TFLiteConverter.from_concrete_functions leaves Keras 3's weights behind so. A whole file fills its variables once, by an
    ASSIGN_VARIABLE in a graph of their own.
    """
    names = {operation.name for graph in file.graphs for operation in graph.operations}
    return "READ_VARIABLE" in names and "ASSIGN_VARIABLE" not in names

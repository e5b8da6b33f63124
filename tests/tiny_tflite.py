"""TensorFlow Lite files of one operation, written with the schema alone: small, quick to make, the same bytes every time."""

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

Array = np.ndarray[Any, Any]


def linear(weights: Array, bias: Array, *, free_rows: bool = False) -> bytes:
    """Return a file that computes ``x @ weights + bias`` (FULLY_CONNECTED, float32).

    ``weights`` is (in, out), ``bias`` (out,). The input ``x`` is (1, in), the output ``y`` (1, out); with ``free_rows``
    their first dimension is -1.
    """
    size_in, size_out = weights.shape
    tensors = [
        _tensor("x", (1, size_in), signature=(-1, size_in) if free_rows else None),
        _tensor("weights", (size_out, size_in), data=np.ascontiguousarray(weights.T)),
        _tensor("bias", (size_out,), data=bias),
        _tensor("y", (1, size_out), signature=(-1, size_out) if free_rows else None),
    ]
    options = schema.FullyConnectedOptionsT()
    return _file(tensors, schema.BuiltinOperator.FULLY_CONNECTED, (schema.BuiltinOptions.FullyConnectedOptions, options), [0, 1, 2], [3])


def versioned(file: bytes, version: int) -> bytes:
    """Return a file whose operations say that they are of another version."""
    model = schema.ModelT.InitFromPackedBuf(file, 0)
    for operator in model.operatorCodes:
        operator.version = version
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def sparse_linear(weights: Array) -> bytes:
    """Return a file that computes ``x @ weights`` (FULLY_CONNECTED, float32) and leaves the zeros of its weights out; shapes as in :func:`linear`."""
    size_in, size_out = weights.shape
    kernel = np.ascontiguousarray(weights.T)
    rows, columns = np.nonzero(kernel)
    tensor, data = _tensor("weights", (size_out, size_in), data=kernel[rows, columns])
    tensor.sparsity = _row_by_row(size_out, np.searchsorted(rows, np.arange(size_out + 1)), columns)
    given = (schema.BuiltinOptions.FullyConnectedOptions, schema.FullyConnectedOptionsT())
    return _file([_tensor("x", (1, size_in)), (tensor, data), _tensor("y", (1, size_out))], schema.BuiltinOperator.FULLY_CONNECTED, given, [0, 1, -1], [2])


def quantized_linear(weights: Array, zero_point: int) -> bytes:
    """Return a file of quantised weights (in, out), integers as they are stored, whose ``zero_point`` means 0; its input and output are float32."""
    size_in, size_out = weights.shape
    tensor, _ = _tensor("weights", (size_out, size_in))
    tensor.type = schema.TensorType.INT8
    tensor.quantization = schema.QuantizationParametersT()
    tensor.quantization.scale, tensor.quantization.zeroPoint = [0.5], [zero_point]
    tensors = [_tensor("x", (1, size_in)), (tensor, np.ascontiguousarray(weights.T).astype("i1").tobytes()), _tensor("y", (1, size_out))]
    given = (schema.BuiltinOptions.FullyConnectedOptions, schema.FullyConnectedOptionsT())
    return _file(tensors, schema.BuiltinOperator.FULLY_CONNECTED, given, [0, 1, -1], [2])


def running_sum(size: int) -> bytes:
    """Return a file with a state (RNN, float32): the output ``y`` (1, size) is the sum of every ``x`` since its last reset."""
    eye = np.eye(size, dtype=np.float32)
    tensors = [
        _tensor("x", (1, size)),
        _tensor("weights", (size, size), data=eye),
        _tensor("recurrent", (size, size), data=eye),
        _tensor("bias", (size,), data=np.zeros(size)),
        _tensor("state", (1, size), variable=True),
        _tensor("y", (1, size)),
    ]
    return _file(tensors, schema.BuiltinOperator.RNN, (schema.BuiltinOptions.RNNOptions, schema.RNNOptionsT()), [0, 1, 2, 3, 4], [5])


def linear_then_sum(size: int) -> bytes:
    """Return a file of two operations: twice its input ``x`` (1, size), which every delegate takes (FULLY_CONNECTED), and of that the sum, which few do."""
    eye, zeros = np.eye(size, dtype=np.float32), np.zeros(size)
    tensors = [
        _tensor("x", (1, size)),
        _tensor("twice", (size, size), data=2 * eye),
        _tensor("bias", (size,), data=zeros),
        _tensor("doubled", (1, size)),
        _tensor("weights", (size, size), data=eye),
        _tensor("recurrent", (size, size), data=eye),
        _tensor("state", (1, size), variable=True),
        _tensor("y", (1, size)),
    ]
    dense = (schema.BuiltinOptions.FullyConnectedOptions, schema.FullyConnectedOptionsT())
    recurrent = (schema.BuiltinOptions.RNNOptions, schema.RNNOptionsT())
    first = _operation(schema.BuiltinOperator.FULLY_CONNECTED, dense, [0, 1, 2], [3])
    return _packed(tensors, [first, _operation(schema.BuiltinOperator.RNN, recurrent, [3, 4, 5, 2, 6], [7])], [7])


def flattened(size: int) -> bytes:
    """Return a file that hands its input ``x`` (1, size) on as ``y`` (size,): an output without a batch dimension (RESHAPE, float32)."""
    options = schema.ReshapeOptionsT()
    options.newShape = [size]
    given = (schema.BuiltinOptions.ReshapeOptions, options)
    return _file([_tensor("x", (1, size)), _tensor("y", (size,))], schema.BuiltinOperator.RESHAPE, given, [0], [1])


def joined_both_ways(dtype: str, size: int) -> bytes:
    """Return a file that puts rows beside each other in both ways (CONCATENATION): ``a`` and ``b``, (-1, size) each, to ``ab`` and ``ba``, (-1, 2 * size)."""
    tensors = [_tensor(name, (1, size), signature=(-1, size)) for name in ("a", "b")]
    tensors += [_tensor(name, (1, 2 * size), signature=(-1, 2 * size)) for name in ("ab", "ba")]
    for tensor, _ in tensors:
        tensor.type = getattr(schema.TensorType, dtype.upper())
    options = schema.ConcatenationOptionsT()
    options.axis = 1
    given = (schema.BuiltinOptions.ConcatenationOptions, options)
    both = [_operation(schema.BuiltinOperator.CONCATENATION, given, [one, 1 - one], [2 + one]) for one in (0, 1)]
    return _packed(tensors, both, [2, 3], [0, 1])


def custom(name: str) -> bytes:
    """Return a file of one custom operation, x (1, 4) to y (1, 4) in float32, that only a runtime with a kernel of that name loads."""
    return _file([_tensor("x", (1, 4)), _tensor("y", (1, 4))], schema.BuiltinOperator.CUSTOM, None, [0], [1], name)


def _tensor(
    name: str, shape: tuple[int, ...], *, signature: tuple[int, ...] | None = None, data: Array | None = None, variable: bool = False
) -> tuple[Any, bytes]:
    """One float32 tensor and the bytes of its buffer, none where it holds no constant."""
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type = name, list(shape), schema.TensorType.FLOAT32
    tensor.shapeSignature = list(signature) if signature else None
    tensor.isVariable = variable
    return tensor, b"" if data is None else data.astype("<f4").tobytes()


def _row_by_row(rows: int, segments: Array, indices: Array) -> Any:
    """An encoding that goes over every row and, in each, over the columns that are stored."""
    dense, listed, found = schema.DimensionMetadataT(), schema.DimensionMetadataT(), schema.SparsityParametersT()
    dense.format, dense.denseSize = schema.DimensionType.DENSE, rows
    listed.format = schema.DimensionType.SPARSE_CSR
    listed.arraySegmentsType, listed.arraySegments = schema.SparseIndexVector.Int32Vector, schema.Int32VectorT()
    listed.arrayIndicesType, listed.arrayIndices = schema.SparseIndexVector.Uint8Vector, schema.Uint8VectorT()
    listed.arraySegments.values, listed.arrayIndices.values = segments.astype(np.int32), indices.astype(np.uint8)
    found.traversalOrder, found.dimMetadata = [0, 1], [dense, listed]
    return found


def _file(tensors: list[tuple[Any, bytes]], code: int, options: tuple[int, Any] | None, inputs: list[int], outputs: list[int], name: str = "") -> bytes:
    """Pack one operation over ``tensors``; the file's input is the first tensor, its output the last."""
    return _packed(tensors, [_operation(code, options, inputs, outputs, name)], outputs)


def _operation(code: int, options: tuple[int, Any] | None, inputs: list[int], outputs: list[int], name: str = "") -> tuple[Any, Any]:
    """One operation and what it is, in its first version."""
    operator, operation = schema.OperatorCodeT(), schema.OperatorT()
    operator.builtinCode, operator.deprecatedBuiltinCode, operator.version = code, min(code, 127), 1
    operator.customCode = name or None
    operation.inputs, operation.outputs = inputs, outputs
    if options:
        operation.builtinOptionsType, operation.builtinOptions = options
    return operator, operation


def _packed(tensors: list[tuple[Any, bytes]], operations: list[tuple[Any, Any]], outputs: list[int], inputs: Sequence[int] = (0,)) -> bytes:
    """Pack operations over ``tensors``, in the order in which they run; the file's input is the first tensor unless ``inputs`` says otherwise."""
    model, graph = schema.ModelT(), schema.SubGraphT()
    for index, (_, operation) in enumerate(operations):
        operation.opcodeIndex = index
    graph.tensors, graph.operators = [tensor for tensor, _ in tensors], [operation for _, operation in operations]
    graph.inputs, graph.outputs = list(inputs), outputs
    model.version, model.description, model.subgraphs, model.operatorCodes = 3, "tiny", [graph], [operator for operator, _ in operations]
    model.buffers = [_buffer(b"")]
    for tensor, data in tensors:
        tensor.buffer = len(model.buffers) if data else 0
        model.buffers += [_buffer(data)] if data else []
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _buffer(data: bytes) -> Any:
    """One buffer of the file."""
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(data, np.uint8) if data else None
    return buffer

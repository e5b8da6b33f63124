"""What counts as a weight of a TensorFlow Lite file, on graphs written out by hand."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import tiny_tflite
from pocketbench import tflite_anatomy
from pocketbench.anatomy import Weights
from pocketbench.errors import Refused
from pocketbench.model import Anatomy, Kernel
from pocketbench.tflite_anatomy import _unset_variables, anatomy_of, weights_of
from pocketbench.tflite_reader import Graph, Operation, Stored, TfliteFile

Array = np.ndarray[Any, Any]


def test_kernels_count_and_biases_do_not() -> None:
    """A convolution's kernel of 2x3x3x4 counts, its bias of two elements does not."""
    found = _weights([("w", (2, 3, 3, 4), np.ones(72, "f4")), ("b", (2,), np.ones(2, "f4"))], [("CONV_2D", (-1, 0, 1))])
    assert found.by_dtype == {"float32": 72}


def test_a_weight_of_one_row_counts_where_an_operation_has_its_weights() -> None:
    """The (1, 4) weights of a linear regression count, though a (1, 4) constant that is added does not."""
    row = ("w", (1, 4), np.ones(4, "f4"))
    assert _weights([row], [("FULLY_CONNECTED", (-1, 0, -1))]).elements == 4
    assert _weights([row], [("ADD", (-1, 0))]).elements == 0


def test_halved_weights_count_through_what_turns_them_back() -> None:
    """A float16 constant that reaches a depthwise convolution through DEQUANTIZE counts as float16, the bias beside it does not."""
    tensors = [("w", (1, 1, 1, 8), np.ones(8, "f2")), ("w32", (1, 1, 1, 8), None), ("b", (8,), np.ones(8, "f2")), ("b32", (8,), None)]
    operations = [("DEQUANTIZE", (0,), (1,)), ("DEQUANTIZE", (2,), (3,)), ("DEPTHWISE_CONV_2D", (-1, 1, 3))]
    assert _weights(tensors, operations).by_dtype == {"float16": 8}


def test_tables_count_and_shapes_do_not() -> None:
    """The table that rows are gathered from counts; an int32 constant of any shape is a shape or an index."""
    tensors = [("table", (5,), np.ones(5, "f4")), ("shape", (2, 2), np.ones(4, "i4"))]
    assert _weights(tensors, [("GATHER", (0, 1)), ("RESHAPE", (-1, 1))]).elements == 5


def test_any_other_matrix_counts_once_a_buffer() -> None:
    """A constant matrix counts whoever reads it, once though two tensors and two graphs share its buffer."""
    buffers = (np.empty(0, np.uint8), np.ones(6, "f4").view(np.uint8))
    graph = Graph((_stored("a", (2, 3), "float32", 1), _stored("b", (3, 2), "float32", 1)), (Operation("MUL", 1, (0, 1), ()),), (), ())
    assert weights_of(TfliteFile((graph, graph), buffers), "model.tflite").elements == 6


def test_four_bit_weights_are_unpacked() -> None:
    """Seven int4 elements lie in four bytes: they count as seven, -8 to 7, and those that are 0 are found."""
    packed = np.array([0x80, 0x7F, 0x00, 0xF3], np.uint8)
    found = _weights([("w", (1, 7), packed, "int4")], [("FULLY_CONNECTED", (-1, 0))])
    assert (found.elements, found.quantized, found.zero, found.unique) == (7, 7, 3, 5)


def test_the_zero_point_is_the_zero_of_quantised_weights() -> None:
    """With a zero point of 128, the stored 128 is what counts as zero."""
    tensor = Stored("w", (2, 2), (2, 2), "uint8", 1, variable=False, sparse=False, scales=(0.1,), zero_points=(128,))
    buffers = (np.empty(0, np.uint8), np.array([128, 128, 128, 0], np.uint8))
    assert weights_of(TfliteFile((Graph((tensor,), (), (), ()),), buffers), "model.tflite").zeros == 0.75


def test_what_a_sparse_tensor_leaves_out_is_zero() -> None:
    """A sparse 4x4 matrix that stores four elements has sixteen, twelve of them zeros."""
    tensor = Stored("w", (4, 4), (4, 4), "float32", 1, variable=False, sparse=True, scales=(), zero_points=())
    buffers = (np.empty(0, np.uint8), np.array([1, 2, 3, 4], "f4").view(np.uint8))
    found = weights_of(TfliteFile((Graph((tensor,), (), (), ()),), buffers), "model.tflite")
    assert (found.elements, found.zeros, found.unique) == (16, 0.75, 5)


def test_a_bfloat16_is_half_a_float32() -> None:
    """1.0, 0.0, -0.0 and 1.0 in bfloat16 are two different values, half of them zeros."""
    found = _weights([("w", (2, 2), np.array([0x3F80, 0, 0x8000, 0x3F80], "u2"), "bfloat16")], [])
    assert (found.by_dtype, found.zeros, found.unique) == ({"bfloat16": 4}, 0.5, 2)


def test_a_buffer_shorter_than_its_tensor_is_refused() -> None:
    """A tensor of six floats over a buffer of four is refused by its name."""
    with pytest.raises(Refused, match="tensor w needs 24 bytes, its buffer has 16"):
        _weights([("w", (2, 3), np.ones(4, "f4"))], [])


def test_a_linear_file_is_described(tmp_path: Path) -> None:
    """Sizes, weights, operations, inputs and outputs of a small file are those it was written with."""
    path = tmp_path / "model.tflite"
    path.write_bytes(tiny_tflite.linear(np.array([[0, 1], [2, 2]], np.float32), np.ones(2, np.float32)))
    seen = anatomy_of(path)
    assert (seen.size_bytes, seen.parameters, seen.zeros, seen.unique_values, seen.stateful) == (path.stat().st_size, 4, 0.25, 3, False)
    assert seen.zip_bytes < seen.size_bytes
    assert (seen.operations, seen.parameters_by_dtype, seen.parameters_quantized) == ({"FULLY_CONNECTED v1": 1}, {"float32": 4}, 0)
    assert [(each.name, each.shape, each.dtype, each.scale) for each in (*seen.inputs, *seen.outputs)] == [
        ("x", (1, 2), "float32", 0.0),
        ("y", (1, 2), "float32", 0.0),
    ]


def test_each_kernel_is_described(tmp_path: Path) -> None:
    """Its share of zeros, its values, those of an output channel, and how many groups of four neighbouring inputs have two zeros."""
    weights = np.array([[0, 0, 3, 4, 5, 6, 0, 0], [1, 2, 3, 4, 1, 2, 3, 4]], np.float32).T
    (kernel,) = _anatomy(tmp_path, tiny_tflite.linear(weights, np.ones(2, np.float32))).kernels
    assert kernel == Kernel("weights", "kernel", (2, 8), "float32", 16, 0.25, 7, 5, 0.5)


def test_zero_points_are_the_zeros_of_groups(tmp_path: Path) -> None:
    """With a zero point of -7, the stored -7 is what two of every four must be."""
    weights = np.array([[-7, 0, -7, 0, -7, 3, 4, 5]]).T
    (kernel,) = _anatomy(tmp_path, tiny_tflite.quantized_linear(weights, -7)).kernels
    assert (kernel.dtype, kernel.zeros, kernel.two_of_four, kernel.unique_values, kernel.scales) == ("int8", 3 / 8, 0.5, 5, 1)


def test_a_sparse_file_is_described_as_its_dense_twin(tmp_path: Path) -> None:
    """All but its bytes, and that it leaves zeros out."""
    weights = np.array([[0, 0, 3, 4, 5, 6, 0, 0], [0] * 8, [1, 0, 3, 0, 1, 0, 3, 4]], np.float32).T
    sparse, dense = (_anatomy(tmp_path, content) for content in (tiny_tflite.sparse_linear(weights), tiny_tflite.linear(weights, np.ones(3, np.float32))))
    assert (sparse.sparse_tensors, dense.sparse_tensors) == (1, 0)
    assert (sparse.parameters, sparse.zeros, sparse.unique_values) == (dense.parameters, dense.zeros, dense.unique_values) == (24, 15 / 24, 6)
    assert [msgspec.structs.replace(kernel, sparse=False) for kernel in sparse.kernels] == list(dense.kernels)
    assert dense.kernels[0].two_of_four == 5 / 6


@pytest.mark.parametrize(
    ("operation", "shape", "kind", "channel_values", "groups"),
    [
        ("CONV_2D", (2, 1, 1, 8), "kernel", 8, True),
        ("FULLY_CONNECTED", (2, 8), "kernel", 8, True),
        ("FULLY_CONNECTED", (8, 2), "kernel", 2, False),
        ("DEPTHWISE_CONV_2D", (1, 2, 2, 4), "depthwise", 4, False),
        ("CONV_3D", (1, 2, 2, 2, 2), "kernel", 8, False),
        ("GATHER", (2, 8), "table", 16, False),
        ("BATCH_MATMUL", (2, 8), "kernel", 16, False),
        ("MUL", (2, 8), "matrix", 16, False),
    ],
)
def test_the_operation_tells_what_the_axes_of_a_kernel_are(operation: str, shape: tuple[int, ...], kind: str, channel_values: int, groups: bool) -> None:
    """Output channels come first, or last as in a depthwise convolution; groups of four lie along the inputs, where that axis is the last."""
    place = (0, 1) if operation in ("GATHER", "MUL") else (-1, 0)
    (kernel,) = _weights([("w", shape, np.arange(16, dtype="f4"))], [(operation, place)]).kernels
    assert (kernel.kind, kernel.channel_values, kernel.two_of_four is not None) == (kind, channel_values, groups)


def test_a_record_keeps_the_largest_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file makes a record of any length: so many, the largest first, and the ends of their names."""
    monkeypatch.setattr(tflite_anatomy, "MAX_KERNELS", 1)
    monkeypatch.setattr(tflite_anatomy, "LONGEST_NAME", 3)
    path = tmp_path / "model.tflite"
    path.write_bytes(tiny_tflite.running_sum(3))
    assert [kernel.name for kernel in anatomy_of(path).kernels] == ["hts"]


def test_a_file_that_remembers_is_stateful(tmp_path: Path) -> None:
    """A recurrent operation with a variable tensor makes the file stateful."""
    path = tmp_path / "model.tflite"
    path.write_bytes(tiny_tflite.running_sum(3))
    assert anatomy_of(path).stateful


@pytest.mark.parametrize(
    ("names", "unset"),
    [(("VAR_HANDLE", "READ_VARIABLE", "CONV_2D"), True), (("VAR_HANDLE", "READ_VARIABLE", "CALL_ONCE", "ASSIGN_VARIABLE"), False), (("CONV_2D",), False)],
)
def test_variables_that_nothing_fills_are_told(names: tuple[str, ...], unset: bool) -> None:
    """Reading without any writing, in whichever graph; a file without variables has none unset."""
    graphs = tuple(Graph((), (Operation(name, 1, (), ()),), (), ()) for name in names)
    assert _unset_variables(TfliteFile(graphs, ())) is unset


def _weights(tensors: list[tuple[Any, ...]], operations: list[tuple[Any, ...]]) -> Weights:
    """Tally a graph of (name, shape, values[, dtype]) tensors and (name, inputs[, outputs]) operations."""
    buffers = [np.empty(0, np.uint8)]
    stored = []
    for name, shape, values, *dtype in tensors:
        stored.append(_stored(name, shape, dtype[0] if dtype else "float32" if values is None else values.dtype.name, 0 if values is None else len(buffers)))
        buffers += [] if values is None else [values.view(np.uint8)]
    listed = [Operation(name, 1, inputs, outputs[0] if outputs else ()) for name, inputs, *outputs in operations]
    return weights_of(TfliteFile((Graph(tuple(stored), tuple(listed), (), ()),), tuple(buffers)), "model.tflite")


def _anatomy(folder: Path, content: bytes) -> Anatomy:
    """What is inside a file of those bytes."""
    path = folder / "model.tflite"
    path.write_bytes(content)
    return anatomy_of(path)


def _stored(name: str, shape: tuple[int, ...], dtype: str, buffer: int) -> Stored:
    """A tensor without quantisation."""
    return Stored(name, shape, shape, dtype, buffer, variable=False, sparse=False, scales=(), zero_points=())

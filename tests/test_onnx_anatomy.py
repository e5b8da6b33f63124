"""ONNX files looked into: weights counted by hand, whatever operation, encoding or branch they stand in; files that are not whole."""

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

import tiny_onnx
from pocketbench.errors import Refused
from pocketbench.model import Anatomy, Kernel, Tensor
from pocketbench.onnx_anatomy import anatomy_of
from tiny_onnx import floats

Array = np.ndarray[Any, Any]
WEIGHTS = np.arange(12.0).reshape(4, 3)


def seen(folder: Path, content: bytes) -> Anatomy:
    """Write a file and look into it."""
    (folder / "given.onnx").write_bytes(content)
    return anatomy_of(folder / "given.onnx")


def of(folder: Path, nodes: list[Any], constants: dict[str, Array], domains: dict[str, int] | None = None) -> Anatomy:
    """Look into a model of some nodes from x to y; shapes are not looked at."""
    return seen(folder, tiny_onnx.model(nodes, [floats("x", 1, 4)], [floats("y", 1, 3)], constants, domains).SerializeToString())


def test_a_file_is_described(tmp_path: Path) -> None:
    """Weights without biases, operations with their versions, inputs and outputs with open sizes; a product's channels are its columns."""
    found = seen(tmp_path, tiny_onnx.linear(WEIGHTS, np.ones(3), rows="batch"))
    assert (found.parameters, found.parameters_by_dtype, found.operations) == (12, {"float32": 12}, {"Gemm v13": 1})
    assert (found.inputs, found.outputs) == ((Tensor("x", (-1, 4), "float32"),), (Tensor("y", (-1, 3), "float32"),))
    assert found.kernels == (Kernel("w", "kernel", (4, 3), "float32", 12, 1 / 12, 12, 4, 0.0),)


@pytest.mark.parametrize(
    ("node", "shape", "kind", "channels", "inner"),
    [
        (helper.make_node("Conv", ["x", "w"], ["y"]), (2, 8, 3, 3), "kernel", 2, 8),
        (helper.make_node("Conv", ["x", "w"], ["y"], group=8), (8, 1, 3, 3), "depthwise", 8, 0),
        (helper.make_node("ConvTranspose", ["x", "w"], ["y"]), (8, 2, 3, 3), "kernel", 2, 8),
        (helper.make_node("Gemm", ["x", "w"], ["y"], transB=1), (3, 4), "kernel", 3, 4),
        (helper.make_node("MatMul", ["x", "w"], ["y"]), (4, 3), "kernel", 3, 4),
        (helper.make_node("MatMul", ["w", "x"], ["y"]), (3, 4), "kernel", 3, 4),
        (helper.make_node("LSTM", ["x", "w", "r", "b"], ["y"]), (1, 8, 4), "kernel", 8, 4),
    ],
)
def test_channels_and_groups_of_four_follow_the_operation(tmp_path: Path, node: Any, shape: tuple[int, ...], kind: str, channels: int, inner: int) -> None:
    """Of four neighbours along the input axis two are zeros, and every channel has as many values as its row of inputs makes."""
    size = int(np.prod(shape))
    rows = (np.arange(size).reshape(channels, size // channels // max(inner, 1), max(inner, 1)) + 1.0) * (np.arange(max(inner, 1)) % 4 < 2)
    stored = {
        "Conv": lambda: np.moveaxis(rows.reshape(channels, 3, 3, -1), -1, 1),
        "ConvTranspose": lambda: np.moveaxis(rows.reshape(channels, 3, 3, -1), -1, 0),
    }.get(node.op_type, lambda: rows.reshape(channels, -1) if node.op_type == "LSTM" or shape == (3, 4) else rows.reshape(channels, -1).T)()
    found = of(tmp_path, [node], {"w": stored.reshape(shape).astype(np.float32)})
    [kernel] = found.kernels
    assert (kernel.kind, kernel.shape, kernel.two_of_four) == (kind, shape, 1.0 if inner else None)
    assert kernel.channel_values == len(np.unique(rows[0]))


def test_weights_are_found_through_what_quantises_them(tmp_path: Path) -> None:
    """8 bits with a scale a channel, through DequantizeLinear; scales and zero points are no weights, and zeros are what stands for zero."""
    nodes = [helper.make_node("DequantizeLinear", ["q", "s", "z"], ["w"], axis=1), helper.make_node("MatMul", ["x", "w"], ["y"])]
    constants = {"q": np.array([[3, 4, 3], [4, 4, 4], [3, 4, 4], [4, 4, 4]], np.uint8), "s": np.ones(3, np.float32), "z": np.full(3, 3, np.uint8)}
    found = of(tmp_path, nodes, constants)
    assert (found.parameters, found.parameters_quantized, found.parameters_by_dtype) == (12, 12, {"uint8": 12})
    assert dataclasses.astuple(_short(found.kernels[0])) == ("q", "kernel", 3, 3 / 12)


def test_an_lstm_that_is_quantised_as_it_runs_counts_its_two_kernels(tmp_path: Path) -> None:
    """Its scales and zero points have two dimensions when it goes both ways, and are no weights."""
    names = ["x", "w", "r", "b", "", "", "", "", "ws", "wz", "rs", "rz"]
    node = helper.make_node("DynamicQuantizeLSTM", names, ["y"], domain="com.microsoft")
    sizes = {"w": (2, 5, 8), "r": (2, 2, 8), "wz": (2, 8), "rz": (2, 8)}
    constants = {name: np.ones(shape, np.int8) for name, shape in sizes.items()}
    constants |= {"b": np.ones((2, 16), np.float32), "ws": np.ones((2, 8), np.float32), "rs": np.ones((2, 8), np.float32)}
    found = of(tmp_path, [node], constants, {"com.microsoft": 1})
    assert (found.parameters_by_dtype, found.operations) == ({"int8": 2 * 5 * 8 + 2 * 2 * 8}, {"com.microsoft.DynamicQuantizeLSTM v1": 1})
    assert [(kernel.name, kernel.scales) for kernel in found.kernels] == [("w", 16), ("r", 16)]


def test_tables_and_other_matrices_count_and_vectors_do_not(tmp_path: Path) -> None:
    """A table that is looked up, a matrix that is added; no vector that is added, no scale of a norm, no beginning of a product, no whole numbers."""
    nodes = [
        helper.make_node("Gather", ["table", "places"], ["a"]),
        helper.make_node("Add", ["a", "matrix"], ["c"]),
        helper.make_node("Add", ["c", "vector"], ["d"]),
        helper.make_node("LayerNormalization", ["d", "scale"], ["e"]),
        helper.make_node("MatMul", ["begin", "e"], ["y"]),
    ]
    constants = {
        "table": np.ones((5, 4), np.float32), "places": np.ones((3, 2), np.int64), "matrix": np.ones((2, 4), np.float32),
        "vector": np.ones((1, 4), np.float32), "scale": np.ones((2, 4), np.float32), "begin": np.ones((1, 2), np.float32),
    }  # fmt: skip
    assert {kernel.name: kernel.kind for kernel in of(tmp_path, nodes, constants).kernels} == {"table": "table", "matrix": "matrix"}


def test_constants_inside_branches_count(tmp_path: Path) -> None:
    """Both branches have weights of their own, made by operations; what is in a branch is counted with the operations."""
    found = seen(tmp_path, tiny_onnx.branching(WEIGHTS))
    assert (found.parameters, found.operations) == (24, {"MatMul v13": 2, "Greater v13": 1, "If v19": 1, "ReduceSum v13": 1})


def test_a_function_counts_as_what_it_does(tmp_path: Path) -> None:
    """A call is no operation; those inside are, once."""
    body = helper.make_function("own", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 20)])
    whole = tiny_onnx.model([helper.make_node("Twice", ["x"], ["y"], domain="own")], [floats("x", 1, 4)], [floats("y", 1, 4)], domains={"own": 1})
    whole.functions.append(body)
    assert seen(tmp_path, whole.SerializeToString()).operations == {"Add v14": 1}


def test_halves_of_a_float_and_halves_of_a_byte_count_element_by_element(tmp_path: Path) -> None:
    """bfloat16 as the floats they are, int4 as whole numbers, each under its own word."""
    whole = tiny_onnx.model([helper.make_node("MatMul", ["x", "w"], ["y"])], [floats("x", 1, 4)], [floats("y", 1, 3)])
    whole.graph.initializer.append(helper.make_tensor("w", TensorProto.BFLOAT16, (4, 3), [0.0, 1.0, 2.0] * 4))
    found = seen(tmp_path, whole.SerializeToString())
    assert (found.parameters_by_dtype, found.unique_values, round(found.zeros, 3)) == ({"bfloat16": 12}, 3, 0.333)
    whole.graph.initializer[0].CopyFrom(helper.make_tensor("w", TensorProto.INT4, (4, 3), [0, 1, -2] * 4))
    found = seen(tmp_path, whole.SerializeToString())
    assert (found.parameters_by_dtype, found.parameters_quantized, found.unique_values) == ({"int4": 12}, 12, 3)


def test_a_tensor_in_another_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """No other file is opened, wherever it is said to lie."""
    with pytest.raises(Refused, match="'w' lies in another file") as caught:
        seen(tmp_path, tiny_onnx.external(WEIGHTS))
    assert (caught.value.reason, "save_as_external_data=False" in caught.value.hint) == ("engine-cannot-read", True)


@pytest.mark.parametrize("shape", [[4, 4], [1 << 40, 1 << 40], [-1, 12]])
def test_a_tensor_that_is_not_as_large_as_it_says_is_refused(tmp_path: Path, shape: list[int]) -> None:
    """Whatever it claims, nothing of that size is made."""
    from onnx import ModelProto

    whole = ModelProto.FromString(tiny_onnx.linear(WEIGHTS, np.ones(3)))
    del whole.graph.initializer[0].dims[:]
    whole.graph.initializer[0].dims.extend(shape)
    with pytest.raises(Refused) as caught:
        seen(tmp_path, whole.SerializeToString())
    assert caught.value.reason == "engine-cannot-read"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 400), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_file_is_refused_or_read(tmp_path: Path, place: int, byte: int, cut: bool) -> None:
    """Cut short or with another byte somewhere: never an error of another kind."""
    content = bytearray(tiny_onnx.branching(np.ones((8, 8))))
    place %= len(content)
    content[place] = byte
    with contextlib.suppress(Refused):
        assert seen(tmp_path, bytes(content[:place] if cut else content)).size_bytes


@dataclasses.dataclass(frozen=True)
class Short:
    """What a test looks at."""

    name: str
    kind: str
    scales: int
    zeros: float


def _short(kernel: Kernel) -> Short:
    """That of a kernel."""
    return Short(kernel.name, kernel.kind, kernel.scales, kernel.zeros)

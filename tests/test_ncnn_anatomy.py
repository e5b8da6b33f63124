"""Models of ncnn looked into: weights counted by hand, layer by layer; files that are not whole."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tiny_ncnn
from pocketbench.errors import Refused
from pocketbench.model import Kernel, Tensor
from pocketbench.ncnn_anatomy import anatomy_of
from tiny_ncnn import HALVES, PLAIN

WEIGHTS = np.arange(12.0).reshape(4, 3)


@pytest.mark.parametrize(("halves", "dtype"), [(False, "float32"), (True, "float16")])
def test_a_model_is_described(tmp_path: Path, halves: bool, dtype: str) -> None:
    """Weights without biases, in the dtype that they are written in; layers; inputs and outputs as the folder says."""
    found = anatomy_of(tiny_ncnn.linear(tmp_path, WEIGHTS, np.ones(3), halves=halves))
    assert (found.parameters_by_dtype, found.operations) == ({dtype: 12}, {"InnerProduct": 1})
    assert (found.inputs, found.outputs) == ((Tensor("x", (1, 4), "float32"),), (Tensor("y", (1, 3), "float32"),))
    assert found.kernels == (Kernel("dense.weight", "kernel", (3, 4), dtype, 12, 1 / 12, 12, 4, 0.0),)
    assert found.size_bytes == sum(file.stat().st_size for file in (tmp_path / "model.ncnn").iterdir())


@pytest.mark.parametrize(
    ("line", "loads", "kernels"),
    [
        ("Convolution c 1 1 in0 out0 0=2 1=3 5=1 6=144", [(PLAIN, 144), (b"", 2)], [("kernel", (2, 8, 3, 3))]),
        ("ConvolutionDepthWise c 1 1 in0 out0 0=8 1=3 11=1 6=24 7=8", [(HALVES, 24)], [("depthwise", (8, 1, 1, 3))]),
        ("Deconvolution1D c 1 1 in0 out0 0=2 1=3 6=24", [(PLAIN, 24)], [("kernel", (2, 4, 3))]),
        ("Convolution3D c 1 1 in0 out0 0=2 1=2 6=64", [(PLAIN, 64)], [("kernel", (2, 4, 2, 2, 2))]),
        ("Embed e 1 1 in0 out0 0=4 1=7 2=0 3=28", [(PLAIN, 28)], [("table", (7, 4))]),
        ("LSTM l 1 1 in0 out0 0=2 1=48 2=0 3=2", [(PLAIN, 48), (PLAIN, 8), (PLAIN, 16)], [("kernel", (8, 6)), ("kernel", (8, 2))]),
        ("LSTM l 1 1 in0 out0 0=2 1=96 2=2 3=2", [(HALVES, 96), (HALVES, 16), (HALVES, 32)], [("kernel", (16, 6)), ("kernel", (16, 2))]),
        ("GRU g 1 1 in0 out0 0=2 1=36 2=0", [(PLAIN, 36), (PLAIN, 8), (PLAIN, 12)], [("kernel", (6, 6)), ("kernel", (6, 2))]),
        ("Gemm g 1 1 in0 out0 5=1 6=1 8=3 9=4 10=4", [(PLAIN, 12), (PLAIN, 3)], [("kernel", (4, 3))]),
        ("Gemm g 1 1 in0 out0 3=1 5=1 6=1 8=3 9=4 10=-1", [(HALVES, 12)], [("kernel", (3, 4))]),
        ("BatchNorm b 1 1 in0 out0 0=5", [(b"", 20)], []),
        ("LayerNorm n 1 1 in0 out0 0=5 1=0.001 2=0", [], []),
        ("MemoryData m 0 1 out0 0=3 1=4", [(b"", 12)], [("matrix", (4, 3))]),
        ("MemoryData m 0 1 out0 0=3", [(b"", 3)], []),
        ('Reshape r 1 1 in0 out0 6="0w,0h"', [], []),
    ],
)
def test_every_layer_loads_what_its_numbers_say(tmp_path: Path, line: str, loads: list[tuple[bytes, int]], kernels: list[tuple[str, tuple[int, ...]]]) -> None:
    """To the byte: kernels and tables count, biases, statistics and vectors do not."""
    sizes = [(tag, count * (2 if tag == HALVES else 4)) for tag, count in loads]
    found = anatomy_of(tiny_ncnn.model(tmp_path, [line], b"".join(tag + bytes(size + -size % 4) for tag, size in sizes)))
    assert sorted((kernel.kind, kernel.shape) for kernel in found.kernels) == sorted(kernels)


def test_a_constant_that_is_multiplied_with_is_a_kernel(tmp_path: Path) -> None:
    """Also a column of it, and behind a copy; its channels are its columns."""
    lines = ["MemoryData w 0 1 w 0=1 1=8", "Split s 1 2 w w0 w1", "MatMul m 2 1 in0 w1 out0"]
    content = np.array([1, 2, 0, 0, 3, 4, 0, 0], "<f4").tobytes()
    [kernel] = anatomy_of(tiny_ncnn.model(tmp_path, lines, content)).kernels
    assert (kernel.kind, kernel.shape, kernel.elements, kernel.channel_values, kernel.two_of_four) == ("kernel", (8, 1), 8, 5, 1.0)


@pytest.mark.parametrize("change", [-4, -1, 4])
def test_weights_that_end_early_or_late_are_refused(tmp_path: Path, change: int) -> None:
    """A file cut short, and one with bytes that no layer loads."""
    path = tiny_ncnn.linear(tmp_path, WEIGHTS, np.ones(3))
    content = (path / "model.ncnn.bin").read_bytes()
    (path / "model.ncnn.bin").write_bytes(content[:change] if change < 0 else content + bytes(change))
    with pytest.raises(Refused, match=r"model\.ncnn\.bin is not whole") as caught:
        anatomy_of(path)
    assert caught.value.reason == "engine-cannot-read"


@pytest.mark.parametrize("name", ["model.ncnn.param", "model.ncnn.bin", "tensors.json"])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    """By its name."""
    path = tiny_ncnn.linear(tmp_path, WEIGHTS, np.ones(3))
    (path / name).unlink()
    with pytest.raises(Refused, match=name):
        anatomy_of(path)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=st.sampled_from(["model.ncnn.param", "model.ncnn.bin", "tensors.json"]), place=st.integers(0, 400), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_file_is_refused_or_read(tmp_path: Path, file: str, place: int, byte: int, cut: bool) -> None:
    """Cut short or with another byte somewhere: never an error of another kind."""
    path = tiny_ncnn.linear(tmp_path, WEIGHTS, np.ones(3)) / file
    content = bytearray(path.read_bytes())
    place %= len(content)
    content[place] = byte
    path.write_bytes(content[:place] if cut else content)
    with contextlib.suppress(Refused):
        assert anatomy_of(path.parent).size_bytes

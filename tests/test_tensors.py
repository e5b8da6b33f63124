"""Rows to raw tensors and back."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketbench import tensors
from pocketbench.errors import Refused
from pocketbench.model import Tensor


def tensor(name: str, *shape: int, dtype: str = "float32", scale: float = 0.0, zero_point: int = 0) -> Tensor:
    """A tensor of one row."""
    return Tensor(name, (1, *shape), dtype, scale, zero_point)


def test_numbers_outside_an_integer_tensors_range_are_clipped() -> None:
    """Quantisation saturates, it does not wrap around."""
    int8 = tensor("x", 3, dtype="int8", scale=0.5, zero_point=10)

    assert tensors.stored(np.array([[-1000.0, 0.0, 1000.0]]), int8).tolist() == [[-128, 10, 127]]


@given(st.floats(-60, 58), st.sampled_from(["int8", "uint8", "int16"]))
def test_a_number_comes_back_within_half_a_step(value: float, dtype: str) -> None:
    """real(stored(x)) differs from x by half a scale at most while x is in range."""
    quantised = tensor("x", 1, dtype=dtype, scale=0.5, zero_point=121 if dtype == "uint8" else 0)

    assert abs(tensors.real(tensors.stored(np.array([[value]]), quantised), quantised)[0, 0] - value) <= 0.25


def test_rows_go_through_files_unchanged(tmp_path: Path) -> None:
    """What is written for a float input is what a runner's output file of the same bytes says."""
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)

    tensors.write_inputs([rows], (tensor("x", 3),), tmp_path)
    (tmp_path / "input0.bin").rename(tmp_path / "output0.bin")

    assert np.array_equal(tensors.read_outputs((tensor("y", 3),), 4, tmp_path)[0], rows)


def test_rows_of_another_shape_are_refused(tmp_path: Path) -> None:
    """The message names the input and both shapes."""
    with pytest.raises(Refused, match=r"input x takes rows of shape \(3,\), the data has \(2,\)"):
        tensors.write_inputs([np.zeros((4, 2))], (tensor("x", 3),), tmp_path)


@pytest.mark.parametrize("size", [0, 11, 13])
def test_an_output_file_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    """A cut or swollen file from a device is never reshaped into something plausible."""
    (tmp_path / "output0.bin").write_bytes(bytes(size))

    with pytest.raises(Refused, match=f"holds {size} bytes, 1 rows"):
        tensors.read_outputs((tensor("y", 3),), 1, tmp_path)

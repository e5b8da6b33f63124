"""Bytes and weights, whatever the format."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketbench import anatomy
from pocketbench.anatomy import Weights


def test_zipped_bytes_are_those_of_deflate_level_nine(tmp_path: Path) -> None:
    """A file over a piece long, and two files, cost what zlib makes of each at level 9 without headers."""
    contents = [np.random.default_rng(0).integers(0, 9, anatomy.CHUNK_BYTES + 17, np.uint8).tobytes(), b"a" * 1000]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    wanted = sum(len(zlib.compress(content, 9)) - 6 for content in contents)
    assert anatomy.zip_bytes(anatomy.files(tmp_path)) == wanted
    assert anatomy.size_bytes(anatomy.files(tmp_path)) == anatomy.CHUNK_BYTES + 1017


def test_a_large_file_is_deflated_in_pieces_that_are_one_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the pieces give, one after another, is the file again, and zipped bytes are counted of it."""
    monkeypatch.setattr(anatomy, "PIECE_BYTES", 100_000)
    content = np.random.default_rng(0).integers(0, 9, 250_000, np.uint8).tobytes()
    (tmp_path / "large").write_bytes(content)
    stream = b"".join(part for start in (0, 100_000, 200_000) for part in anatomy.deflated(tmp_path / "large", start))
    assert zlib.decompress(stream, -zlib.MAX_WBITS) == content
    assert anatomy.zip_bytes((tmp_path / "large",)) == len(stream)


def test_the_files_of_a_folder_are_all_that_lie_under_it(tmp_path: Path) -> None:
    """A folder's files come sorted, those in folders of it too; a file is its own only file."""
    for name in ("b.bin", "a/c.bin"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert anatomy.files(tmp_path) == (tmp_path / "a" / "c.bin", tmp_path / "b.bin")
    assert anatomy.files(tmp_path / "b.bin") == (tmp_path / "b.bin",)


@given(st.lists(st.integers(-8, 7), min_size=1, max_size=33))
def test_four_bit_integers_come_out_as_they_were_packed(values: list[int]) -> None:
    """Two to a byte, the first in the low half, with their signs."""
    nibbles = np.array([*values, 0][: len(values) + len(values) % 2], np.int64) & 15
    packed = (nibbles[::2] | nibbles[1::2] << 4).astype(np.uint8)
    assert anatomy.unpacked(packed, "int4", len(values)).tolist() == values


def test_two_bit_integers_come_out_as_they_were_packed() -> None:
    """Four to a byte, -2 to 1, the first in the lowest bits."""
    assert anatomy.unpacked(np.array([0b10_01_11_00], np.uint8), "int2", 4).tolist() == [0, -1, 1, -2]


@pytest.mark.parametrize(("dtype", "bits"), [("float32", 32), ("float16", 16), ("bfloat16", 16), ("int8", 8), ("int4", 4), ("int2", 2)])
def test_every_dtype_has_its_bits(dtype: str, bits: int) -> None:
    """Numpy's words and those it has not."""
    assert anatomy.bits(dtype) == bits


def test_weights_add_up_over_tensors() -> None:
    """Elements, dtypes and zeros are added; the largest number of different values of one tensor is kept."""
    weights = Weights()
    for values, dtype in ((np.array([0.0, -0.0, 1.0, 2.0], "f4"), "float32"), (np.array([3, 0], "i1"), "int8"), (np.array([1, 1], "i1"), "int4")):
        weights.add(values, dtype)
    assert (weights.elements, weights.quantized, weights.unique) == (8, 4, 3)
    assert (weights.zeros, dict(weights.by_dtype)) == (3 / 8, {"float32": 4, "int8": 2, "int4": 2})


def test_no_weights_have_no_zeros() -> None:
    """A file without weights has a share of 0, not a division by zero."""
    assert (Weights().elements, Weights().zeros, Weights().unique) == (0, 0.0, 0)


@pytest.mark.parametrize(("stored", "unstored", "zero", "zeros", "unique"), [([1, 2], 2, 0, 2, 3), ([0, 2], 2, 0, 3, 2), ([7, 2], 0, 7, 1, 2)])
def test_zeros_left_out_and_zero_points_count(stored: list[int], unstored: int, zero: int, zeros: int, unique: int) -> None:
    """Elements that a sparse encoding left out are zeros and one value; a zero point is the stored number that means 0."""
    weights = Weights()
    weights.add(_bytes(stored), "int8", zero=zero, unstored=unstored)
    assert (weights.zero, weights.unique, weights.elements) == (zeros, unique, len(stored) + unstored)


def _bytes(values: list[int]) -> "np.ndarray[Any, Any]":
    """Values as int8."""
    return np.array(values, "i1")

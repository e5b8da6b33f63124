"""Weight tensors counted a piece at a time, held against plain Python over the whole."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketbench import kernels

Array = np.ndarray[Any, Any]
FLOATS = st.lists(st.sampled_from([0.0, -0.0, 1.5, -2.0, 3.25]), min_size=1, max_size=60)
MATRICES = st.integers(1, 9).flatmap(lambda inner: st.lists(st.lists(st.integers(-2, 2), min_size=inner, max_size=inner), min_size=1, max_size=8))


@given(FLOATS, st.sampled_from(["f2", "f4", "f8"]))
def test_unique_values_of_floats_are_those_of_a_set(values: list[float], dtype: str) -> None:
    """As many as a Python set of them holds, in which 0.0 and -0.0 are one."""
    assert kernels.unique_values(np.array(values, dtype)) == len(set(values))


@given(st.lists(st.integers(-128, 127), min_size=1, max_size=60), st.sampled_from(["i1", "i2", "i4"]))
def test_unique_values_of_integers_are_those_of_a_set(values: list[int], dtype: str) -> None:
    """As many as a Python set of them holds, in any width."""
    assert kernels.unique_values(np.array(values, dtype)) == len(set(values))


def test_nothing_has_no_values() -> None:
    """An empty array counts as nothing, not as an error."""
    assert kernels.unique_values(np.empty(0, "f4")) == 0
    assert kernels.counted([]).two_of_four is None
    assert kernels.counted([]).zero_share == 0.0


def test_a_signalling_nan_is_one_value() -> None:
    """Bits that make the processor complain are counted like others."""
    assert kernels.unique_values(np.array([0x7F800001, 0, 0x3F800000], "u4").view("f4")) == 3


@given(MATRICES, st.integers(-2, 2), st.integers(1, 20))
def test_a_matrix_in_pieces_counts_as_plain_python_counts_the_whole(matrix: list[list[int]], zero: int, piece: int) -> None:
    """Zeros (the zero point), values, values of a row, and groups of four of each row without its rest, however small the pieces are."""
    rows = np.array(matrix, "i1")
    found = kernels.counted(_cut(rows, piece), zero=zero, inner=rows.shape[1])
    groups = [row[at : at + 4] for row in matrix for at in range(0, len(row) - len(row) % 4, 4)]

    assert (found.elements, found.zeros) == (rows.size, sum(row.count(zero) for row in matrix))
    assert found.values == len({value for row in matrix for value in row})
    assert found.channel_values == max(len(set(row)) for row in matrix)
    assert (found.groups, found.thinned) == (len(groups), sum(group.count(zero) >= 2 for group in groups))


def test_groups_begin_anew_in_each_row_of_the_innermost_axis() -> None:
    """A channel of two rows of six has a group at the beginning of each row; the rest of two is in none."""
    channel = np.array([[0, 0, 1, 1, 9, 9, 0, 1, 1, 1, 0, 0]], "f4")
    assert kernels.counted([channel], inner=6).two_of_four == 0.5
    assert kernels.counted([channel], inner=3).two_of_four is None


def test_pieces_are_whole_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as fit into a piece, and one where it alone is larger; together they are the array."""
    monkeypatch.setattr(kernels, "PIECE", 10)
    rows = np.arange(5 * 4).reshape(5, 4)
    assert [len(piece) for piece in kernels.pieces(rows)] == [2, 2, 1]
    assert [len(piece) for piece in kernels.pieces(rows.reshape(1, 20))] == [1]
    assert np.array_equal(np.concatenate(list(kernels.pieces(rows))), rows)


def test_values_of_different_pieces_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that lie in different pieces of a long array are one."""
    monkeypatch.setattr(kernels, "PIECE", 3)
    assert kernels.unique_values(np.array([5, 1, 5, 2, 2, 2, 2, 7], "i4")) == 4
    assert kernels.unique_values(np.array([5, 1, 5, 2, 2, 2, 2, 7], "i1")) == 4


def test_counting_values_ends_where_nobody_shares_so_many() -> None:
    """65,536 in a tensor and 257 in a channel stand for so many and more."""
    many = np.arange(100_000, dtype="f4").reshape(2, -1)
    found = kernels.counted(kernels.pieces(many))
    assert (found.values, found.channel_values) == (kernels.MOST_VALUES, kernels.MOST_CHANNEL_VALUES)


@pytest.mark.parametrize(
    ("stored", "left_out", "zero", "counts"), [([1, 2], 2, 0, (4, 2, 3)), ([0, 2], 1, 0, (3, 2, 2)), ([7, 2], 5, 7, (7, 6, 2)), ([], 3, 0, (3, 3, 1))]
)
def test_zeros_left_out_count_as_zeros(stored: list[int], left_out: int, zero: int, counts: tuple[int, int, int]) -> None:
    """They are elements and one value more, unless that value is stored as well."""
    found = kernels.counted_stored(np.array(stored, "i1"), zero=zero, left_out=left_out)
    assert (found.elements, found.zeros, found.values) == counts


def test_billions_of_zeros_left_out_take_no_memory() -> None:
    """A file may claim any number of them."""
    found = kernels.counted_stored(np.ones(2, "f4"), left_out=1 << 40)
    assert (found.elements, found.zeros) == ((1 << 40) + 2, 1 << 40)


def _cut(rows: Array, piece: int) -> list[Array]:
    """The rows in pieces of a few."""
    few = max(1, piece // rows.shape[1])
    return [rows[start : start + few] for start in range(0, len(rows), few)]

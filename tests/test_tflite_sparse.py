"""Sparse tensors laid out again, against matrices that were encoded here by hand."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketbench import tflite_sparse
from pocketbench.tflite_reader import Encoding, Level, Stored

Array = np.ndarray[Any, Any]
SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=4)
KINDS = st.lists(st.booleans(), min_size=4, max_size=4)


@given(SHAPES, KINDS, st.integers(0, 99), st.randoms(use_true_random=False), st.integers(1, 40))
def test_what_was_encoded_comes_out_again(shape: list[int], sparse: list[bool], seed: int, random: Any, piece: int) -> None:
    """Whatever axes are sparse and in whatever order they are gone over, in pieces of any size, each index of the first axis whole."""
    dense = np.random.default_rng(seed).integers(-1, 3, shape).astype("i1")
    order = random.sample(range(len(shape)), len(shape))
    tensor, stored = _encoded(dense, tuple(order), tuple(sparse[: len(shape)]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tflite_sparse, "PIECE", piece)
        pieces = list(tflite_sparse.laid_out(tensor, stored, 0))

    assert {each.shape[1] for each in pieces} == {math.prod(shape[1:])}
    assert np.array_equal(np.concatenate(pieces).reshape(shape), dense)


def test_blocks_come_out_where_they_belong() -> None:
    """Of a 4x4 matrix in blocks of 2x2 only two are stored: above left and below right."""
    levels = (Level(2), Level(0, np.array([0, 1, 2]), np.array([0, 1])), Level(2), Level(2))
    tensor = _tensor((4, 4), Encoding((0, 1, 2, 3), (0, 1), levels))
    (found,) = tflite_sparse.laid_out(tensor, np.arange(1, 9, dtype="f4"), 0)
    assert found.tolist() == [[1, 2, 0, 0], [3, 4, 0, 0], [0, 0, 5, 6], [0, 0, 7, 8]]


def test_what_was_left_out_is_the_zero_point() -> None:
    """Quantised zeros are the number that stands for 0."""
    tensor, stored = _encoded(np.array([[0, 5]], "i1"), (0, 1), (False, True))
    assert next(tflite_sparse.laid_out(tensor, stored, -3)).tolist() == [[-3, 5]]


@pytest.mark.parametrize(
    ("encoding", "complaint"),
    [
        (Encoding((0, 0), (), (Level(2), Level(4))), "each axis once"),
        (Encoding((0,), (), (Level(2),)), "each axis once"),
        (Encoding((0, 1), (), (Level(2),)), "each axis once"),
        (Encoding((0, 1, 2), (7,), (Level(2), Level(4), Level(1))), "along an axis that is not there"),
        (Encoding((0, 1, 2), (1,), (Level(2), Level(1), Level(3))), "do not fill their axis"),
        (Encoding((0, 1), (), (Level(3), Level(4))), "another size than its axis"),
        (Encoding((0, 1), (), (Level(2), Level(0, np.array([0, 2, 1]), np.array([0])))), "out of order"),
        (Encoding((0, 1), (), (Level(2), Level(0, np.array([0, 2]), np.array([0, 1])))), "other segments"),
        (Encoding((0, 1), (), (Level(2), Level(0, np.array([0, 1, 2]), np.array([0, 4])))), "outside its axis"),
        (Encoding((0, 1), (), (Level(2), Level(0, np.array([0, 1, 2]), np.array([-1, 0])))), "outside its axis"),
        (Encoding((0, 1), (), (Level(2), Level(0, np.array([0, 1, 1]), np.array([0])))), "more or fewer elements"),
        (None, "nothing says"),
    ],
)
def test_an_encoding_that_does_not_fit_is_refused(encoding: Encoding | None, complaint: str) -> None:
    """Before anything is laid out: such a file says nothing of where its two elements belong."""
    with pytest.raises(ValueError, match=complaint):
        tflite_sparse.laid_out(_tensor((2, 4), encoding), np.ones(2, "f4"), 0)


def test_a_tensor_that_claims_too_much_is_not_laid_out() -> None:
    """One element of a row of a billion would take gigabytes."""
    levels = (Level(1), Level(0, np.array([0, 1]), np.array([5])))
    with pytest.raises(ValueError, match="too large"):
        tflite_sparse.laid_out(_tensor((1, 1 << 30), Encoding((0, 1), (), levels)), np.ones(1, "f4"), 0)


def _tensor(shape: tuple[int, ...], encoding: Encoding | None) -> Stored:
    """A sparse tensor."""
    return Stored("w", shape, shape, "float32", 1, variable=False, sparse=True, scales=(), zero_points=(), encoding=encoding)


def _encoded(dense: Array, order: tuple[int, ...], sparse: tuple[bool, ...]) -> tuple[Stored, Array]:
    """Encode an array axis by axis, those that are ``sparse`` by their indices that hold anything."""
    nodes: list[tuple[int, ...]] = [()]
    levels = []
    for depth, axis in enumerate(order):
        children = [[index for index in range(dense.shape[axis]) if not sparse[axis] or _holds(dense, order, (*node, index))] for node in nodes]
        ends = [0, *itertools.accumulate(map(len, children))]
        flat = np.array([index for each in children for index in each], np.uint8)
        levels.append(Level(0, np.array(ends, np.int32), flat) if sparse[axis] else Level(dense.shape[axis]))
        nodes = [(*node, index) for node, each in zip(nodes, children, strict=True) for index in each]
        assert all(len(node) == depth + 1 for node in nodes)
    stored = np.array([_at(dense, order, node) for node in nodes], dense.dtype)
    return _tensor(dense.shape, Encoding(order, (), tuple(levels))), stored


def _at(dense: Array, order: tuple[int, ...], node: tuple[int, ...]) -> Any:
    """What an array holds under the first few axes of an order: an element, or the rest of it."""
    index: list[Any] = [slice(None)] * dense.ndim
    for axis, place in zip(order, node, strict=False):
        index[axis] = place
    return dense[tuple(index)]


def _holds(dense: Array, order: tuple[int, ...], node: tuple[int, ...]) -> bool:
    """Whether there is anything but zeros."""
    return bool(np.any(_at(dense, order, node)))

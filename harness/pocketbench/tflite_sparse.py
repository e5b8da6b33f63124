"""Sparse tensors of TensorFlow Lite files, laid out again with their zeros, a piece at a time.

The encoding (``SparsityParameters`` in ``tensorflow/lite/schema/schema.fbs``) is a tree: each level goes over one axis, all of
it where the level is dense, else the indices that it lists; an axis cut into blocks has a second level for the place in
the block. The last level's nodes are the stored elements, in order. A level may come from anywhere and is checked.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pocketbench.kernels import PIECE
from pocketbench.tflite_reader import Encoding, Level, Stored

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# Elements of one index of the outermost axis: more are not laid out.
MOST = 1 << 22


@dataclass(frozen=True, slots=True)
class _Step:
    """A level and how far apart, in elements of the whole tensor, its neighbouring indices lie."""

    level: Level
    far: int


def laid_out(tensor: Stored, stored: "Array", zero: int) -> "Iterator[Array]":
    """Yield the tensor in pieces of shape (indices of its first axis, elements of each), what was left out as ``zero``.

    ``stored`` are the elements that the file has, one axis. Raises ValueError, before the first piece, for an encoding that
    does not fit the tensor, and for one too large to be laid out.
    """
    if tensor.encoding is None or not tensor.shape or not all(size > 0 for size in tensor.shape):
        raise ValueError("nothing says where the stored elements belong")
    steps = _steps(tensor.encoding, tensor.shape)
    if not (tensor.encoding.order[0] == 0 and steps[0].level.segments is None):
        steps = [_Step(Level(1), math.prod(tensor.shape)), *steps]
    if steps[0].far > MOST:
        raise ValueError("it is too large to be laid out")
    if _nodes(steps) != len(stored):
        raise ValueError("it stores more or fewer elements than it says")
    return _pieces(steps, stored, zero, math.prod(tensor.shape[1:]))


def _pieces(steps: "list[_Step]", stored: "Array", zero: int, each: int) -> "Iterator[Array]":
    """Lay out a few indices of the first level at a time."""
    import numpy as np

    outer, span = steps[0].level.size, steps[0].far
    few = max(1, PIECE // span)
    for first in range(0, outer, few):
        last = min(first + few, outer)
        node, places = _places(steps, first, last)
        piece = np.full((last - first) * span, zero, stored.dtype)
        piece[places - first * span] = stored[node : node + len(places)]
        yield piece.reshape(-1, each)


def _places(steps: "list[_Step]", first: int, last: int) -> "tuple[int, Array]":
    """Where the elements under some indices of the first level belong, and which stored element is the first of them."""
    import numpy as np

    places, node = np.arange(first, last, dtype=np.int64) * steps[0].far, first
    for level, far in ((step.level, step.far) for step in steps[1:]):
        if level.segments is None or level.indices is None:
            places, node = (places[:, None] + np.arange(level.size) * far).reshape(-1), node * level.size
        else:
            ends = level.segments[node : node + len(places) + 1].astype(np.int64)
            places = np.repeat(places, np.diff(ends)) + level.indices[ends[0] : ends[-1]].astype(np.int64) * far
            node = int(ends[0])
    return node, places


def _steps(encoding: Encoding, shape: tuple[int, ...]) -> list[_Step]:
    """The levels with their distances. Raises ValueError where they do not go over each axis, and each block, once and whole."""
    axes, blocks = len(shape), encoding.blocks
    if sorted(encoding.order) != list(range(axes + len(blocks))) or len(encoding.levels) != len(encoding.order) or len(set(blocks)) != len(blocks):
        raise ValueError("its levels do not go over each axis once")
    if not all(0 <= axis < axes for axis in blocks):
        raise ValueError("it has blocks along an axis that is not there")
    level = dict(zip(encoding.order, encoding.levels, strict=True))
    cut = {axis: level[axes + place].size for place, axis in enumerate(blocks)}
    if not all(size > 0 and shape[axis] % size == 0 for axis, size in cut.items()):
        raise ValueError("its blocks do not fill their axis")
    found = []
    for index in encoding.order:
        axis = index if index < axes else blocks[index - axes]
        within = math.prod(shape[axis + 1 :])
        size, far = (shape[axis] // cut.get(axis, 1), within * cut.get(axis, 1)) if index < axes else (cut[axis], within)
        found.append(_Step(_checked(level[index], size), far))
    return found


def _checked(level: Level, size: int) -> Level:
    """A level that goes over ``size`` indices. Raises ValueError when it does not."""
    import numpy as np

    if level.segments is None or level.indices is None:
        if level.size != size:
            raise ValueError("a level has another size than its axis")
        return level
    segments, indices = level.segments, level.indices
    if not len(segments) or segments[0] != 0 or segments[-1] != len(indices) or np.any(segments[1:] < segments[:-1]):
        raise ValueError("the segments of a level are out of order")
    if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < size:
        raise ValueError("an index lies outside its axis")
    return level


def _nodes(steps: list[_Step]) -> int:
    """How many stored elements the levels have places for. Raises ValueError where a level does not fit the one before."""
    nodes = 1
    for level in (step.level for step in steps):
        if level.segments is None or level.indices is None:
            nodes *= level.size
        elif len(level.segments) != nodes + 1:
            raise ValueError("a level has other segments than the one before has nodes")
        else:
            nodes = len(level.indices)
    return nodes

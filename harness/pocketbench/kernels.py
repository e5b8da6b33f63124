"""One weight tensor, counted a piece at a time: its zeros, its different values, its groups of four.

A tensor is looked at as rows, one an output channel where there are such, so that neither a model of half a gigabyte nor
one large tensor needs memory: a few times PIECE elements, or a few times one channel where that is more.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

PIECE = 1 << 18
# Counted up to here, for nobody shares so many: this number stands for itself and more.
MOST_VALUES = 1 << 16
MOST_CHANNEL_VALUES = 257
# 2:4, as NVIDIA's sparse tensor cores read it: of four neighbours two are zeros, or more.
GROUP, KEPT = 4, 2


@dataclass(slots=True)
class Count:
    """What was counted in the pieces of one tensor so far.

    ``groups`` are the whole groups of four neighbours in rows of the innermost axis, ``thinned`` those of them with two zeros
    or more; ``channel_values`` the most different values in one channel. ``seen`` holds the different values as bits.
    """

    elements: int = 0
    zeros: int = 0
    groups: int = 0
    thinned: int = 0
    channel_values: int = 0
    seen: "Array | None" = field(default=None, repr=False)

    @property
    def values(self) -> int:
        """How many different values there are, MOST_VALUES at most; 0.0 and -0.0 are one, NaNs of the same bits are one."""
        return 0 if self.seen is None else min(len(self.seen), MOST_VALUES)

    @property
    def zero_share(self) -> float:
        """The share that is zero; 0 where there is nothing."""
        return self.zeros / self.elements if self.elements else 0.0

    @property
    def two_of_four(self) -> float | None:
        """The share of groups of four with two zeros or more; None where there is no such group."""
        return self.thinned / self.groups if self.groups else None

    def add(self, rows: "Array", *, zero: int, inner: int = 0, channels: bool = True) -> None:
        """Add a piece of shape (channels, elements of each), channels whole; without ``channels`` rows mean nothing.

        ``zero`` is the stored number that means 0. Groups are counted along the last axis of ``inner`` elements, which a row
        is a multiple of; 0 counts none.
        """
        import numpy as np

        other = rows != zero
        self.elements += rows.size
        self.zeros += rows.size - int(np.count_nonzero(other))
        if inner >= GROUP:
            self._count_groups(other, inner)
        stored = _bits(rows)
        if self.values < MOST_VALUES:
            different = np.unique(stored)
            self.seen = different if self.seen is None else np.union1d(self.seen, different)
        if channels and self.channel_values < MOST_CHANNEL_VALUES:
            ordered = np.sort(stored, axis=1)
            most = 1 + int(np.count_nonzero(ordered[:, 1:] != ordered[:, :-1], axis=1).max(initial=0))
            self.channel_values = max(self.channel_values, min(most, MOST_CHANNEL_VALUES))

    def _count_groups(self, other: "Array", inner: int) -> None:
        """Count groups of four: each row of the innermost axis begins one, and a rest of fewer than four is none.

        As in ``generate_m_by_n_mask`` of TensorFlow's model optimisation toolkit, which may leave such a rest as it is.
        """
        import numpy as np

        whole = np.ascontiguousarray(other.reshape(-1, inner)[:, : inner - inner % GROUP]).reshape(-1, GROUP).view(np.uint8)
        kept = whole[:, 0] + whole[:, 1] + whole[:, 2] + whole[:, 3]
        self.groups += len(kept)
        self.thinned += int(np.count_nonzero(kept <= KEPT))


def counted(pieces: "Iterable[Array]", *, zero: int = 0, inner: int = 0, channels: bool = True) -> Count:
    """Count the pieces of one tensor; see :meth:`Count.add`. Without ``channels`` the tensor counts as one."""
    count = Count()
    for piece in pieces:
        if piece.size:
            count.add(piece, zero=zero, inner=inner, channels=channels)
    if not channels:
        count.channel_values = min(count.values, MOST_CHANNEL_VALUES)
    return count


def counted_stored(values: "Array", *, zero: int = 0, left_out: int = 0) -> Count:
    """Count an array of any shape, and ``left_out`` zeros that it does not hold, without channels and groups."""
    import numpy as np

    rest = [np.full((1, 1), zero, values.dtype)] if left_out else []
    count = counted(itertools.chain(stretches(values), rest), zero=zero, channels=False)
    further = max(0, left_out - 1)
    count.elements, count.zeros = count.elements + further, count.zeros + further
    return count


def pieces(rows: "Array") -> "Iterator[Array]":
    """Cut an array of shape (channels, elements of each) into pieces of whole channels, each of PIECE elements or one channel."""
    step = max(1, PIECE // max(1, rows.shape[1]))
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


def stretches(values: "Array") -> "Iterator[Array]":
    """Cut an array of any shape into rows of PIECE elements, whatever its axes mean."""
    flat = values.reshape(-1)
    for start in range(0, flat.size, PIECE):
        yield flat[start : start + PIECE].reshape(1, -1)


def unique_values(values: "Array") -> int:
    """How many different values an array of any shape holds, counted as :attr:`Count.values` counts."""
    return counted_stored(values).values


def _bits(rows: "Array") -> "Array":
    """The elements as unsigned integers of their bits, -0.0 as 0.0."""
    import numpy as np

    with np.errstate(invalid="ignore"):  # a signalling NaN becomes a quiet one
        plain = rows + rows.dtype.type(0) if rows.dtype.kind == "f" else np.ascontiguousarray(rows)
    return plain.view(np.dtype(f"u{rows.dtype.itemsize}"))

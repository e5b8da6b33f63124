"""Data sets: rows that score, calibrate and train. One file a kind; each registers itself in ``DATASETS``.

``identity`` answers at once; ``open_rows`` runs in a worker process, checks the rows against the model and writes each part
as arrays. All kinds are shuffled by one fixed order: scoring rows come from its start, calibration rows next, training
rows from its end.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from pocketbench.errors import DataError
from pocketbench.model import Rows, Source
from pocketbench.registry import Registry, nearest
from pocketbench.suite import Data

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class Table(Protocol):
    """A data set that was opened: rows in its own order.

    ``rows`` is None when there are as many as are wanted. ``labels`` has one entry a row, or is None; ``classes`` names the
    labels 0, 1, … where they have names; ``random`` says that the rows are made up.
    """

    @property
    def rows(self) -> int | None:
        """How many rows there are."""

    @property
    def labels(self) -> "Array | None":
        """All labels or targets, or None."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the labels."""

    @property
    def random(self) -> bool:
        """Whether the rows are made up."""

    def inputs(self, rows: "Array") -> "list[Array]":
        """One array of shape (len(rows), …) for each input of the model, real numbers. Raises DataError."""


class DataKind(Protocol):
    """One kind of data set. Paths in ``data`` are relative to ``base``."""

    @property
    def name(self) -> str:
        """The word for messages: ".npz file"."""

    @property
    def looks_like(self) -> str:
        """How its sources look, for messages."""

    def reads(self, source: str, base: Path) -> bool:
        """Whether this is the kind that ``source`` speaks of."""

    def identity(self, data: Data, base: Path) -> str:
        """A sha256 of what the data is, without opening it. Raises DataError when it is not there."""

    def open(self, data: Data, base: Path, model: Source) -> Table:
        """Open it for a model. Raises DataError naming the file."""


DATASETS: Registry[DataKind] = Registry("kind of data set")


def find(source: str, base: Path) -> DataKind:
    """Return the kind that a source is of. Raises DataError naming the nearest right answer."""
    for kind in DATASETS:
        if kind.reads(source, base):
            return kind
    known = "; ".join(kind.looks_like for kind in DATASETS if kind.looks_like)
    raise DataError(f"data.source {source!r} is no data set that is known or there; known: {known}", hint=_meant(source, base))


def identity(data: dict[str, Any], base: Path) -> str:
    """A sha256 of what the data is: file bytes, or the code and versions of what makes it. Raises DataError."""
    wished = msgspec.convert(data, Data)
    return find(wished.source, base).identity(wished, base)


def open_rows(*, data: dict[str, Any], base: str, train_rows: int, source: dict[str, Any], folder: str) -> dict[str, Any]:
    """Write the rows of each part into ``folder`` in a worker process and return Rows as builtins.

    Files are ``<part>-x<input>.npy`` (float32, or the input's own type where it takes integers) and, where there are labels,
    ``<part>-y.npy``; a part without rows has none. Raises DataError naming the data, the numbers and what to change.
    """
    from pocketbench.datasets import labels, parts, writing

    wished, model = msgspec.convert(data, Data), msgspec.convert(source, Source)
    kind = find(wished.source, Path(base))
    table = kind.open(wished, Path(base), model)
    named = wished.source or "a suite without data"
    chosen = parts.chosen(table.rows, wished, train_rows, model.trained_on)
    known = labels.checked(table, wished, model, named)
    for part, rows in chosen.items():
        if len(rows):
            writing.write(part, rows, table, known, model.inputs, Path(folder), named)
    return msgspec.to_builtins(  # type: ignore[no-any-return]
        Rows(
            key=kind.identity(wished, Path(base)), folder=folder, labelled=known is not None, random=table.random, classes=table.classes,
            **{part: len(rows) for part, rows in chosen.items()},
        )
    )  # fmt: skip


def _meant(source: str, base: Path) -> str:
    """Say which file of the same folder, or zoo data set, is nearest."""
    from pocketbench import paths, zoo

    if close := nearest(source, zoo.DATA.names()):
        return close.replace("'", "'zoo:", 1)
    return paths.neighbour(paths.path_of(source, base, DataError))


from pocketbench.datasets import array_files as _array_files  # noqa: E402, F401
from pocketbench.datasets import images as _images  # noqa: E402, F401
from pocketbench.datasets import made_up as _made_up  # noqa: E402, F401
from pocketbench.datasets import zoo as _zoo  # noqa: E402, F401

"""``zoo:NAME``: a data set that comes with Pocketbench."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import cache, toolchains, zoo
from pocketbench.datasets import DATASETS
from pocketbench.errors import DataError, UnknownName
from pocketbench.model import Source
from pocketbench.suite import Data
from pocketbench.zoo import ZooData

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

PREFIX = "zoo:"


@dataclass(frozen=True, slots=True)
class Whole:
    """A data set held in memory: one array for each of the model's inputs."""

    arrays: "Sequence[Array]"
    labels: "Array | None"
    classes: tuple[str, ...] = ()
    random: bool = False

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.arrays[0])

    def inputs(self, rows: "Array") -> "list[Array]":
        """The rows asked for."""
        return [array[rows] for array in self.arrays]


@dataclass(frozen=True, slots=True)
class ZooKind:
    """A zoo data set."""

    name: str = "zoo data set"
    looks_like: str = "zoo:NAME"

    def reads(self, source: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the source begins with ``zoo:``."""
        return source.startswith(PREFIX)

    def identity(self, data: Data, base: Path) -> str:  # noqa: ARG002
        """Hash the file that loads it and the version of what carries it."""
        found = _found(data.source)
        code = cache.sha256_of(Path(inspect.getfile(found.load)))
        return cache.key_of({"name": data.source, "code": code, "kind": cache.code_of(self), "versions": toolchains.versions((found.package,))})

    def open(self, data: Data, base: Path, model: Source) -> Whole:  # noqa: ARG002
        """Load it. Raises DataError when the model has several inputs."""
        if len(model.inputs) != 1:
            raise DataError(f"{data.source} has one input, the model {len(model.inputs)}")
        rows = _found(data.source).load()
        return Whole([rows.x], rows.y, rows.classes)


def _found(source: str) -> ZooData:
    """Return the zoo's data set. Raises DataError naming the nearest."""
    try:
        return zoo.DATA.get(source.removeprefix(PREFIX))
    except UnknownName as error:
        raise DataError(error.message, hint=error.hint.replace("'", f"'{PREFIX}", 1)) from error


DATASETS.add(ZooKind())

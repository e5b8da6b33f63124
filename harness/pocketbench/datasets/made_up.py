"""No data: seeded random rows. Sizes and latency are real, nothing can be scored."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import cache
from pocketbench.datasets import DATASETS
from pocketbench.model import Source, Tensor
from pocketbench.suite import Data

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SEED = 0
# Most integer inputs are tokens or categories; small ones are in every vocabulary.
LARGEST_INTEGER = 9


@dataclass(frozen=True, slots=True)
class RandomTable:
    """As many rows as are wanted, each made from its own seed."""

    tensors: tuple[Tensor, ...]
    rows: None = None
    labels: None = None
    classes: tuple[str, ...] = ()
    random: bool = True

    def inputs(self, rows: "Array") -> "list[Array]":
        """Make the rows asked for."""
        import numpy as np

        return [np.stack([_row(tensor, index, int(row)) for row in rows]) for index, tensor in enumerate(self.tensors)]


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What stands in where the suite names no data."""

    name: str = "random rows"
    looks_like: str = ""

    def reads(self, source: str, base: Path) -> bool:  # noqa: ARG002
        """Whether no source is given."""
        return source == ""

    def identity(self, data: Data, base: Path) -> str:  # noqa: ARG002
        """Hash the code that makes them."""
        return cache.key_of({"random": SEED, "code": cache.code_of(self)})

    def open(self, data: Data, base: Path, model: Source) -> RandomTable:  # noqa: ARG002
        """Rows for the model's inputs."""
        return RandomTable(model.inputs)


def _row(tensor: Tensor, index: int, row: int) -> "Array":
    """One row of one input: real numbers uniform in 0 to 1, or over what a quantised input can hold; small integers."""
    import numpy as np

    random, shape = np.random.Generator(np.random.PCG64((SEED, index, row))), tensor.shape[1:]
    if tensor.scale:
        limits = np.iinfo(tensor.dtype)
        low, high = ((limit - tensor.zero_point) * tensor.scale for limit in (limits.min, limits.max))
        return random.uniform(low, high, shape)
    if "float" in tensor.dtype:
        return random.random(shape)
    highest = {"bool": 1, "uint8": 255}.get(tensor.dtype, LARGEST_INTEGER)
    return random.integers(0, highest, shape, endpoint=True)


DATASETS.add(MadeUp())

"""What a suite says of a source besides its text: weights, shapes, trust."""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pocketbench import cache
from pocketbench.errors import SourceError
from pocketbench.model import Tensor
from pocketbench.sources import specs
from pocketbench.sources.files import path_of

_SHAPE = re.compile(r"(\d{1,9}(?:x\d{1,9})*)(?::([a-z]+\d*))?")


class Asked(msgspec.Struct, frozen=True):
    """``weights`` is a file of a state dict, ``shapes`` one text an input, "1x3x224x224" or "1x128:int64", ``trust`` that a pickle may be opened."""

    weights: str = ""
    shapes: tuple[str, ...] = ()
    trust: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The keys that a suite gave."""
        return tuple(name for name in ("weights", "shapes") if getattr(self, name))

    def identity(self, base: Path, takes: Sequence[str]) -> dict[str, object]:
        """What the opened model depends on: the bytes of the weights, the shapes and, where the kind of source ``takes`` it, the trust."""
        weights = cache.sha256_of(path_of(self.weights, base)) if self.weights else ""
        return {"weights": weights, "shapes": self.shapes, "trust": self.trust and "trust" in takes}

    def inputs(self) -> tuple[Tensor, ...]:
        """The inputs that the shapes speak of, named by their place. Raises SourceError."""
        return tuple(_tensor(text, place) for place, text in enumerate(self.shapes))


NOTHING = Asked()


def _tensor(text: str, place: int) -> Tensor:
    """Read one shape."""
    found = _SHAPE.fullmatch(text.strip())
    if not found or (found[2] or "float32") not in specs.NUMBERS:
        raise SourceError(f"shapes: {text[:40]!r} is no shape", hint='write shapes = ["1x3x224x224"], or "1x128:int64" for integers')
    return Tensor(f"input_{place}", tuple(map(int, found[1].split("x"))), found[2] or "float32")

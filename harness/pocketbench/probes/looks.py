"""What ``cool.sh`` prints while it waits: a line a look."""

from collections.abc import Iterable
from dataclasses import dataclass

from pocketbench.probes import lines
from pocketbench.probes.thermal import STATUSES
from pocketbench.probes.values import Facts, decimal, known, whole

# What its last line may say.
ENDS = ("cool", "late", "unknown")
MAX_S = 100_000


@dataclass(frozen=True, slots=True)
class Look:
    """One look: seconds since the first, and what could be read of ``thermal``, ``body_celsius`` and ``temperature_celsius``."""

    seconds: int
    conditions: Facts


@dataclass(frozen=True, slots=True)
class Cooling:
    """A wait: its looks in order, and how it ended: cool, late, unknown (nothing could be read), or "" where it was broken off."""

    looks: tuple[Look, ...]
    ended: str


def read(text: str | bytes) -> Cooling:
    """Read what cool.sh printed. Raises ProtocolError for what is not its text."""
    sections = lines.read(text, "cool")
    ended = next(iter(sections.get(lines.END, ())), "")
    return Cooling(tuple(_looks(sections.get("look", ()))), ended if ended in ENDS else "")


def _looks(said: Iterable[str]) -> Iterable[Look]:
    """Each look whose seconds can be read."""
    for line in said:
        first, *rest = line.split()[:10] or [""]
        seconds = whole(first, 0, MAX_S)
        if seconds is not None:
            yield Look(seconds, _conditions(dict(zip(rest[::2], rest[1::2], strict=False))))


def _conditions(found: dict[str, str]) -> Facts:
    """The words and degrees of one look."""
    thermal = found.get("thermal", "")
    return known(
        thermal=thermal if thermal in STATUSES else None,
        body_celsius=decimal(found.get("body_celsius", ""), -30, 150),
        temperature_celsius=decimal(found.get("temperature_celsius", ""), -30, 150),
    )

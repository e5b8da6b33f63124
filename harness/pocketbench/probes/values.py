"""One value out of a device's text: a number within bounds or a short word, else nothing. Never an exception."""

import re
from collections.abc import Iterable, Iterator

Value = str | int | float
Facts = dict[str, Value]

MAX_WORD = 120
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?")


def whole(text: str, least: int, most: int) -> int | None:
    """Read a whole number in ASCII digits from ``least`` to ``most``; None for anything else."""
    found = _WHOLE.fullmatch(text.strip())
    number = int(found[0]) if found else None
    return number if number is not None and least <= number <= most else None


def decimal(text: str, least: float, most: float) -> float | None:
    """Read a number as Java and C print it, from ``least`` to ``most``; None for anything else, NaN and infinity too."""
    found = _DECIMAL.fullmatch(text.strip())
    number = float(found[0]) if found else None
    return number if number is not None and least <= number <= most else None


def word(text: str) -> str:
    """Give a text without what cannot be printed, on one line, spaces at its ends gone, at most 120 characters."""
    return "".join(" " if letter.isspace() else letter for letter in text if letter.isprintable() or letter.isspace()).strip()[:MAX_WORD].strip()


def known(**values: Value | None) -> Facts:
    """Keep those values that are known: no None, no empty text."""
    return {name: value for name, value in values.items() if value is not None and value != ""}


def fields(lines: Iterable[str], separator: str = ":") -> dict[str, str]:
    """Read lines of ``name: value``; of a name that comes twice the first counts."""
    found: dict[str, str] = {}
    for name, value in _pairs(lines, separator):
        found.setdefault(name, value)
    return found


def rows(lines: Iterable[str]) -> dict[str, dict[str, str]]:
    """Read lines of ``folder file value`` as the probes write them; of a file that comes twice the first counts."""
    found: dict[str, dict[str, str]] = {}
    for line in lines:
        folder, _, rest = line.strip().partition(" ")
        file, _, value = rest.partition(" ")
        if value:
            found.setdefault(folder, {}).setdefault(file, value.strip())
    return found


def _pairs(lines: Iterable[str], separator: str) -> Iterator[tuple[str, str]]:
    """Names and values, spaces around them gone."""
    for line in lines:
        name, there, value = line.partition(separator)
        if there:
            yield name.strip(), value.strip()

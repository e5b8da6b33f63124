"""Quantities as people type them: sizes, rates, times."""

import re

MAX_VALUE = 1e15
_UNITS = {
    "": 1.0,
    "B": 1.0,
    "KB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "K": 1024.0,
    "M": 1024.0**2,
    "G": 1024.0**3,
    "S": 1.0,
    "MS": 1e-3,
    "MIN": 60.0,
    "H": 3600.0,
    "C": 1.0,
    "%": 1.0,
}
_QUANTITY = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?)\s*([A-Za-z/%]*)")


def quantity(text: str) -> float:
    """A number with a unit: 8MB (8,000,000), 64K (65,536), 20ms, 3s. Raises ValueError."""
    found = _QUANTITY.fullmatch(text.strip())
    unit = found[2].upper().removesuffix("/S") if found else ""
    if not found or unit not in _UNITS:
        raise ValueError(f"{text[:40]!r} is no quantity such as 8MB, 64K, 20ms or 3s")
    value = float(found[1]) * _UNITS[unit]
    if abs(value) > MAX_VALUE:
        raise ValueError(f"{text[:40]!r} is too much")
    return value


def positive(text: str) -> float:
    """A quantity above nothing."""
    value = quantity(text)
    if value <= 0:
        raise ValueError(f"{text!r} is not above 0")
    return value

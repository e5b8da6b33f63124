"""Processors: ``/proc/cpuinfo``, and the kernel's list of cores.

ARM's numbers of parts: the Main ID Registers of the cores' manuals, as gathered in util-linux's lscpu-arm.c.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from pocketbench.probes.values import Facts, fields, known, whole, word

MAX_CORES = 4096
_RANGE = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
_PARTS = {
    "0x41": {
        "0xc07": "Cortex-A7", "0xc09": "Cortex-A9", "0xc0f": "Cortex-A15", "0xd03": "Cortex-A53", "0xd04": "Cortex-A35", "0xd05": "Cortex-A55",
        "0xd07": "Cortex-A57", "0xd08": "Cortex-A72", "0xd09": "Cortex-A73", "0xd0a": "Cortex-A75", "0xd0b": "Cortex-A76", "0xd0c": "Neoverse-N1",
        "0xd0d": "Cortex-A77", "0xd41": "Cortex-A78", "0xd44": "Cortex-X1", "0xd46": "Cortex-A510", "0xd47": "Cortex-A710", "0xd48": "Cortex-X2",
        "0xd4b": "Cortex-A78C", "0xd4c": "Cortex-X1C", "0xd4d": "Cortex-A715", "0xd4e": "Cortex-X3", "0xd80": "Cortex-A520", "0xd81": "Cortex-A720",
        "0xd82": "Cortex-X4", "0xd85": "Cortex-X925", "0xd87": "Cortex-A725",
    },
    "0x51": {
        "0x06f": "Krait", "0x205": "Kryo", "0x211": "Kryo", "0x800": "Kryo 2xx Gold", "0x801": "Kryo 2xx Silver", "0x802": "Kryo 3xx Gold",
        "0x803": "Kryo 3xx Silver", "0x804": "Kryo 4xx Gold", "0x805": "Kryo 4xx Silver", "0x001": "Oryon",
    },
    "0x53": {"0x001": "Exynos M1", "0x002": "Exynos M3", "0x003": "Exynos M4", "0x004": "Exynos M5"},
}  # fmt: skip


def read(cpuinfo: Iterable[str], possible: Iterable[str]) -> Facts:
    """Read ``processor`` ("4 × Cortex-A55, 2 × Cortex-X1", or the model's name) and ``cores``; old phones list only those that are awake."""
    lines = tuple(cpuinfo)
    listed = sum(line.partition(":")[0].strip() == "processor" for line in lines)
    return known(processor=_kinds(lines) or _named(lines), cores=_cores(possible) or listed or None)


def _kinds(lines: Iterable[str]) -> str:
    """How many of which ARM cores, in the order they are listed."""
    counted = Counter(_parts(lines))
    return ", ".join(f"{number} × {name}" for name, number in list(counted.items())[:8])


def _parts(lines: Iterable[str]) -> Iterator[str]:
    """The name of each core's part, or its two numbers."""
    maker = ""
    for line in lines:
        name, _, value = (part.strip() for part in line.partition(":"))
        if name == "CPU implementer":
            maker = word(value)[:10]
        elif name == "CPU part":
            yield _PARTS.get(maker, {}).get(value) or f"{maker}:{word(value)[:10]}"


def _named(lines: Iterable[str]) -> str:
    """The model's own name."""
    found = fields(lines)
    return word(found.get("model name", "") or found.get("Hardware", "") or found.get("Model", ""))


def _cores(lines: Iterable[str]) -> int | None:
    """How many cores a list such as "0-3,6" names."""
    text = next(iter(lines), "").strip()
    ranges = [_RANGE.fullmatch(part) for part in text.split(",")[:64]]
    if not all(ranges):
        return None
    counted = sum(int(found[2] or found[1]) - int(found[1]) + 1 for found in ranges if found)
    return whole(str(counted), 1, MAX_CORES)

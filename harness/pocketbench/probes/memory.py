"""Memory, pages, disk: ``/proc/meminfo``, ``getconf``, ``smaps``, ``df``."""

import re
from collections.abc import Iterable

from pocketbench.probes.values import Facts, fields, known, whole

MAX_KIB = 1 << 50
# Used and available 1-KiB blocks, the share used, and where it is mounted: toybox, busybox and GNU alike.
_DISK = re.compile(r"\s[0-9]+\s+[0-9]+\s+([0-9]+)\s+(?:[0-9]+%|-)\s+/")


def total(lines: Iterable[str]) -> Facts:
    """Read ``memory_bytes`` from ``/proc/meminfo``."""
    return known(memory_bytes=_bytes(fields(lines).get("MemTotal", "")))


def available(lines: Iterable[str]) -> Facts:
    """Read ``available_bytes`` from ``/proc/meminfo``; kernels before 3.14 do not say it, so free and cached memory are added there."""
    found = fields(lines)
    said = _bytes(found.get("MemAvailable", ""))
    free, cached = _bytes(found.get("MemFree", "")), _bytes(found.get("Cached", ""))
    return known(available_bytes=free + cached if said is None and free is not None and cached is not None else said)


def page(getconf: Iterable[str], smaps: Iterable[str]) -> Facts:
    """Read ``page_bytes`` from ``getconf PAGESIZE`` or, on Android 8, which has none, from a line of ``/proc/self/smaps``."""
    said = next((size for line in getconf if (size := whole(line, 1024, 1 << 21))), None)
    return known(page_bytes=said or _bytes(fields(smaps).get("KernelPageSize", "")))


def disk(lines: Iterable[str]) -> Facts:
    """Read ``disk_free_bytes`` from ``df -P -k``: the first file system that it lists."""
    found = (_DISK.search(line) for line in lines)
    blocks = next((whole(one[1], 0, MAX_KIB) for one in found if one), None)
    return known(disk_free_bytes=None if blocks is None else blocks * 1024)


def _bytes(text: str) -> int | None:
    """Bytes of a text such as "7654321 kB"."""
    number, _, unit = text.partition(" ")
    blocks = whole(number, 0, MAX_KIB) if unit.strip() == "kB" else None
    return None if blocks is None else blocks * 1024

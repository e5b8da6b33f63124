"""The form of what the probes in ``device_scripts/probes`` print: "NAME: LINE" between a first line and a last one."""

import re
from collections.abc import Mapping

from pocketbench.errors import ProtocolError

VERSION = 1
MAX_BYTES = 1 << 20
MAX_LINES = 1000
# Shells and linkers may say something before a script begins.
MAX_BEFORE = 100
END = "end"

Sections = Mapping[str, tuple[str, ...]]

_FIRST = re.compile(r"pocketbench-probe ([0-9]{1,6}) ([a-z]{1,20})")
_LINE = re.compile(r"([a-z][a-z_]{0,20}): ?(.*)", re.DOTALL)


def read(text: str | bytes, script: str) -> Sections:
    """Give what ``script`` (probe, sample or cool) printed, by name: the lines of the system, word for word, at most 1,000 of each.

    A line that was broken off and lines of another form are left out. Raises ProtocolError for a text over 1 MiB, without
    the first line of that script among its first hundred, or of another version.
    """
    if len(text) > MAX_BYTES:
        raise ProtocolError(f"{script}: the device says {len(text):,} bytes, more than the {MAX_BYTES:,} that a probe may")
    lines = _whole_lines(text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text)
    found: dict[str, list[str]] = {}
    for line in lines[_first(lines, script) + 1 :]:
        if matched := _LINE.fullmatch(line):
            section = found.setdefault(matched[1], [])
            if len(section) < MAX_LINES:
                section.append(matched[2])
    return {name: tuple(section) for name, section in found.items()}


def _whole_lines(text: str) -> list[str]:
    """The lines that have an end, which an old adb makes a carriage return and a line feed."""
    return [line.rstrip("\r") for line in text.split("\n")[:-1]]


def _first(lines: list[str], script: str) -> int:
    """Where the script's first line is."""
    for index, line in enumerate(lines[:MAX_BEFORE]):
        found = _FIRST.fullmatch(line)
        if found and found[2] == script:
            if int(found[1]) != VERSION:
                raise ProtocolError(f"{script}: the device speaks version {found[1]} of the probes, this is version {VERSION}")
            return index
    said = lines[0][:100] if lines else ""
    raise ProtocolError(f"{script}: the device's answer has no first line of that probe; it begins with {said!r}")

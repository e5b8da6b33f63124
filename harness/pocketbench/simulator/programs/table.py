"""The phone's processes, as /proc has them."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One process.

    Sizes in KiB; ``share`` percent of one core since its start, ``started`` seconds after the kernel's, ``cpu`` seconds used; ``command``
    with null bytes between words.
    """

    pid: int
    parent: int
    name: str
    command: str
    state: str
    virtual: int
    resident: int
    started: float
    cpu: float
    share: float
    threads: int
    nice: int


def processes() -> Iterator[Row]:
    """Every process, by number."""
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    for pid in sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()):
        with suppress(OSError, IndexError):  # gone meanwhile
            yield _row(pid, uptime)


def _row(pid: int, uptime: float) -> Row:
    """One process; its name is what it calls itself, and in full where its command begins with a path."""
    text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0")
    cpu, started = (int(rest[11]) + int(rest[12])) / _TICKS, int(rest[19]) / _TICKS
    first = command.split("\0")[0].rsplit("/", 1)[-1]
    return Row(
        pid=pid,
        parent=int(rest[1]),
        name=first if first.startswith(name) else name,
        command=command,
        state=rest[0],
        virtual=int(rest[20]) // 1024,
        resident=int(rest[21]) * _PAGE_KIB,
        started=started,
        cpu=cpu,
        share=100 * cpu / max(uptime - started, 0.01),
        threads=int(rest[17]),
        nice=int(rest[16]),
    )

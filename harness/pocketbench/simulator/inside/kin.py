"""An app's processes: the one that was started and all that it started, whatever group or session they went into. A mark in their environment tells them."""

import contextlib
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

MARK = "POCKETBENCH_APP"
PASSES = 20  # one may start another while it is looked for


def mark() -> str:
    """A mark that nothing else has."""
    return secrets.token_hex(16)


def end(marked: str) -> None:
    """Kill all that carry a mark, as Android kills all of an app's group."""
    for _ in range(PASSES):
        found = tuple(_found(f"{MARK}={marked}".encode()))
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _found(line: bytes) -> Iterator[int]:
    """The processes with a line in their environment; one that has ended has none."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with contextlib.suppress(OSError), (process / "environ").open("rb") as file:
                if line in file.read(1 << 20).split(b"\0"):
                    yield int(process.name)

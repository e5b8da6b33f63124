"""Runs in a process of its own: goes into a cell and says, as JSON, what can be done in there."""

import json
import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pocketbench.simulator.world import cell, layout


def main(shown: str, folder: str, hidden: str) -> None:
    """Try what a stranger's file might have a program do."""
    cell.enter([*layout.seen(), Path(shown)], Path(folder))
    Path(folder, "made").write_text("made")
    tried: dict[str, Callable[[], object]] = {
        "read_shown": Path(shown, "file").read_text,
        "write_shown": lambda: Path(shown, "file").write_text("changed"),
        "read_hidden": Path(hidden).read_text,
        "write_root": lambda: Path("/file").write_text("x"),
        "write_programs": lambda: Path("/usr/file").write_text("x"),
        "network": lambda: socket.create_connection(("127.0.0.1", 9), timeout=2),
        "others": lambda: os.kill(os.getppid() or -1, 0),
        "large_file": lambda: os.truncate(Path(folder, "made"), cell.MAX_FILE + 1),
        "much_memory": lambda: len(bytearray(cell.MAX_DATA)),
        "limit": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1)),
        "be_root": lambda: os.setuid(0),
        "mount": lambda: os.chroot(folder),
    }
    sys.stdout.write(json.dumps({name: _tried(what) for name, what in tried.items()}) + "\n")
    sys.stdout.flush()
    if len(sys.argv) > 4:
        time.sleep(600)


def _tried(what: Callable[[], object]) -> str:
    """What comes of it."""
    try:
        return str(what())
    except (OSError, MemoryError, ValueError) as error:
        return type(error).__name__


if __name__ == "__main__":
    main(*sys.argv[1:4])

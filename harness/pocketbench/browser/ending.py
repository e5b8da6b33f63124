"""The end of a browser and all it started, whatever became of the process that started it.

Chromium leaves its parent's session, its crash handlers leave it again, and a driver that was killed ends nothing. What all of
them keep is the folder of their profile on their command line, and nobody else has that one.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

PATIENCE_S = 10.0
LOOK_EVERY_S = 0.02


def end(leader: int, folder: Path) -> None:
    """Kill a process group, what it started elsewhere with ``folder`` on its command line, and wait until none of it is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    end_given(folder)


def end_around_me(folder: Path) -> None:
    """Kill what this process started, as :func:`end` does, and this process."""
    import psutil

    for child in psutil.Process().children():
        with suppress(psutil.Error):
            child.kill()  # the driver first, so that it starts nothing more
    end_given(folder)
    os.killpg(0, signal.SIGKILL)


def end_given(folder: Path) -> None:
    """Kill every process that was given ``folder``, until there is none."""
    import psutil

    until = time.monotonic() + PATIENCE_S
    while (found := given(folder)) and time.monotonic() < until:
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        time.sleep(LOOK_EVERY_S)


def given(folder: Path) -> "list[psutil.Process]":
    """The processes that have a word on their command line which sets something to ``folder`` or to a place in it."""
    import psutil

    mark = f"={folder}"
    found = [(process, process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    return [process for process, words in found if any(mark in word for word in words)]

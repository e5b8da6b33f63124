"""The adb program moving a file, watched: its percents, the deadline, and how large a file it may write here.

It shows percents to a terminal alone, on its standard error: so it is given one. The program and not adbutils' sync, which is
2 to 3 times slower (4 KiB a message, no compression; benchmarks/adb.py).
"""

import os
import pty
import re
import resource
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from pocketbench.adb import binary
from pocketbench.adb.server import Server
from pocketbench.adb.told import failure
from pocketbench.errors import CallOverdue, CommandFailed, WireCut

_PERCENT = re.compile(rb"\[ *(\d{1,3})%\]")
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
KEPT_BYTES = 16 * 1024
LOOK_EVERY_S = 0.25


def run(
    server: Server, serial: str, words: Sequence[str], *, deadline_s: float, limit_bytes: int | None = None, listen: Callable[[float], None] | None = None,
    given_up: Callable[[], bool],
) -> None:  # fmt: skip
    """Run ``adb push`` or ``adb pull`` to its end; ``listen`` hears the share that is done. It is ended once ``given_up`` says so.

    Raises CallOverdue and WireCut, having ended it, and what adb's words mean.
    """
    command = "adb " + " ".join(words)
    terminal, end = pty.openpty()
    try:
        process = subprocess.Popen(
            [str(binary.path()), *server.words, "-s", serial, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=end, env={**os.environ, "TERM": "xterm"}, start_new_session=True,
        )  # fmt: skip
        os.close(end)
        try:
            if limit_bytes is not None:
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
            said, in_time = _listened(process, terminal, time.monotonic() + deadline_s, listen, given_up)
        finally:
            binary.end(process)
    finally:
        os.close(terminal)
    if given_up():
        raise WireCut(f"{serial}: {command:.200}: given up", serial=serial, command=command, stderr=said)
    if not in_time:
        raise CallOverdue(f"{serial}: {command:.200}: not done after {deadline_s:g} s", serial=serial, command=command, stderr=said)
    if process.returncode == -signal.SIGXFSZ:
        raise CommandFailed(f"{serial}: {command:.200}: larger than {limit_bytes} bytes", serial=serial, command=command)
    if process.returncode:
        raise failure(said, serial=serial, command=command, exit_status=process.returncode)


def _listened(
    process: "subprocess.Popen[bytes]", terminal: int, until: float, listen: Callable[[float], None] | None, given_up: Callable[[], bool]
) -> tuple[str, bool]:
    """Hear the program to its end: the last that it said, and whether it ended in time and before it was given up."""
    said = b""
    while (left := until - time.monotonic()) > 0 and not given_up():
        piece = _piece(terminal, min(left, LOOK_EVERY_S))
        said = (said + piece)[-KEPT_BYTES:]
        if listen and (percents := _PERCENT.findall(piece)):
            listen(int(percents[-1]) / 100)
        if not piece and process.poll() is not None:
            return _plain(said), True
    return _plain(said), False


def _piece(terminal: int, wait_s: float) -> bytes:
    """What the program says next, nothing within ``wait_s`` seconds or at its end."""
    with suppress(OSError):  # at the other end's closing Linux says EIO
        if select.select([terminal], [], [], wait_s)[0]:
            return os.read(terminal, KEPT_BYTES)
        return b""
    time.sleep(0.005)
    return b""


def _plain(said: bytes) -> str:
    """What stays to be read of what was shown: the last state of every line."""
    text = _CONTROL.sub("", said.decode("utf-8", errors="replace")).replace("\r\n", "\n")
    return "\n".join(line.rpartition("\r")[2] for line in text.splitlines())

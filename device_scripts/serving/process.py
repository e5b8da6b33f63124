"""A process in a session's folder: begun as a group of its own, watched while the client is there, and ended with all that it started."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

LOG_TAIL_BYTES = 16 * 1024
# How often it is looked for what a process has written: its end is seen at once.
LOOK_EVERY_S = 0.25

# The kernel is told to end the program when the server is killed, which can then tidy up nothing: PR_SET_PDEATHSIG, 1 in <linux/prctl.h>.
# A server that was killed before that was told is no longer the parent.
_STARTER = """import ctypes, os, sys
try:
    ctypes.CDLL(None).prctl(1, 9)
except (OSError, AttributeError):
    pass
os.getppid() == int(sys.argv[1]) and os.execvp(sys.argv[2], sys.argv[2:])
"""


class Process:
    """A program that runs in ``folder``. Of what it prints the last ``keep`` bytes are kept; standard input is empty."""

    def __init__(self, words: Sequence[str], folder: Path, keep: int = LOG_TAIL_BYTES) -> None:
        """Start it. Raises OSError."""
        self.log, self._keep = b"", keep
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _STARTER, str(os.getpid()), *words],
            cwd=folder,
            env=_variables(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def watch(self, deadline_s: float, look: Callable[[], None], other: int, heard: Callable[[], bool]) -> str:
        """Wait until it ends, ``deadline_s`` is over, or ``heard``, called when there is something on the descriptor ``other``, says so.

        ``look`` is called now and then. Gives how it ended: ``exit code 0``, ``signal SIGKILL``, ``deadline``, ``stopped``. It is ended in any case.
        """
        until = time.monotonic() + deadline_s
        out = self._process.stdout
        assert out is not None  # noqa: S101 - it was asked for
        watched = [out.fileno(), other]
        try:
            while True:
                ready, _, _ = select.select(watched, [], [], max(0.0, min(LOOK_EVERY_S, until - time.monotonic())))
                if out.fileno() in ready and not self._listen(out.fileno()):
                    watched.remove(out.fileno())
                look()
                if other in ready and heard():
                    return "stopped"
                if time.monotonic() >= until:
                    return "deadline"
                if self._over(waiting=len(watched) == 1):
                    return _ended(self._process.returncode)
        finally:
            self.end()
            self._rest(out.fileno())
            look()

    def end(self) -> None:
        """End it and all that it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _over(self, *, waiting: bool) -> bool:
        """Whether it has ended; one that has closed its output is about to."""
        if waiting:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LOOK_EVERY_S)
        return self._process.poll() is not None

    def _listen(self, descriptor: int) -> bool:
        """Keep what it prints; False at the end of that."""
        said = os.read(descriptor, 1 << 16)
        self.log = (self.log + said)[-self._keep :]
        return bool(said)

    def _rest(self, descriptor: int) -> None:
        """Keep what it printed last."""
        os.set_blocking(descriptor, False)
        with suppress(BlockingIOError):
            while self._listen(descriptor):
                pass
        if self._process.stdout:
            self._process.stdout.close()


def _variables(folder: Path) -> dict[str, str]:
    """The program's environment: what it keeps for a while lies in its folder and goes with it."""
    temporary = str(folder / "tmp")
    return {**os.environ, "TMPDIR": temporary, "XDG_CACHE_HOME": temporary, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}


def _ended(code: int) -> str:
    """How a process ended."""
    with suppress(ValueError):  # signals for programs of their own have no names
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"signal {-code}"

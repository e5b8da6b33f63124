"""A command's process: its pipes or its terminal, and its end."""

import asyncio
import contextlib
import fcntl
import os
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pocketbench.simulator.adb.services import descriptors

Kind = Literal["split", "merged", "terminal"]
PIPE_BYTES = 1 << 20
NOT_STARTED = 127
_reaping: set[asyncio.Task[int]] = set()


@dataclass(slots=True)
class Process:
    """A started command. ``stdin`` and ``stdout`` are one descriptor of a terminal; ``stderr`` is None where it goes the way of stdout."""

    child: subprocess.Popen[bytes]
    stdin: int
    stdout: int
    stderr: int | None

    async def wait(self) -> int:
        """Its exit code as a shell tells it: 128 and the signal's number for a killed one."""
        await descriptors.ended(self.child.pid)
        code = self.child.wait()
        return code if code >= 0 else 128 - code

    def leave(self, *, hang_up: bool) -> None:
        """Its computer has gone: ``hang_up`` says so, as adbd does in protocol v2; its end is waited for in the background."""
        if self.child.poll() is not None:
            return
        if hang_up:
            self.child.send_signal(signal.SIGHUP)
        task = asyncio.create_task(self.wait())
        _reaping.add(task)
        task.add_done_callback(_reaping.discard)

    def close_stdin(self) -> None:
        """Nothing more comes in."""
        if self.stdin != self.stdout:
            _close(self.stdin)
            self.stdin = -1

    def close(self) -> None:
        """Close this side of its pipes."""
        for descriptor in {self.stdin, self.stdout, self.stderr} - {None, -1}:
            _close(descriptor)

    def resize(self, rows: int, columns: int, width: int, height: int) -> None:
        """Tell its terminal a new size, in characters and pixels."""
        with contextlib.suppress(OSError, struct.error):
            fcntl.ioctl(self.stdout, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))


def start(words: tuple[str, ...], kind: Kind, environment: Mapping[str, str]) -> Process:
    """Start a command in a session of its own, in "/". Raises OSError."""
    return _on_terminal(words, environment) if kind == "terminal" else _on_pipes(words, environment, split=kind == "split")


def _on_pipes(words: tuple[str, ...], environment: Mapping[str, str], *, split: bool) -> Process:
    """Start one whose stdin, stdout and, when ``split``, stderr are pipes."""
    theirs_in, ours_in = os.pipe()
    ours_out, theirs_out = os.pipe()
    ours_error, theirs_error = os.pipe() if split else (None, theirs_out)
    try:
        child = subprocess.Popen(words, stdin=theirs_in, stdout=theirs_out, stderr=theirs_error, cwd="/", env=environment, start_new_session=True)
    except OSError:
        for descriptor in (ours_in, ours_out, ours_error):
            _close(descriptor)
        raise
    finally:
        for descriptor in {theirs_in, theirs_out, theirs_error}:
            os.close(descriptor)
    for descriptor in (ours_in, ours_out, ours_error):
        if descriptor is not None:
            os.set_blocking(descriptor, False)
            with contextlib.suppress(OSError):  # a user may have only so many pages of pipes
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return Process(child, ours_in, ours_out, ours_error)


def _on_terminal(words: tuple[str, ...], environment: Mapping[str, str]) -> Process:
    """Start one on a terminal of its own, which it is in charge of."""
    ours, theirs = os.openpty()
    try:
        child = subprocess.Popen(words, close_fds=True, cwd="/", env=environment, preexec_fn=lambda: os.login_tty(theirs), pass_fds=(theirs,))
    except (OSError, subprocess.SubprocessError):
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    os.set_blocking(ours, False)
    return Process(child, ours, ours, None)


def _close(descriptor: int | None) -> None:
    """Close a descriptor that may be none."""
    if descriptor is not None and descriptor >= 0:
        os.close(descriptor)

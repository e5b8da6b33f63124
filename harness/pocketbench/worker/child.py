"""A running worker process as its parent sees it: the channel, the lifeline, the family."""

import json
import os
import selectors
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import ProtocolError, WorkerCrashed
from pocketbench.worker_main import ANSWER_LIMIT_BYTES

if TYPE_CHECKING:
    import psutil

END_S = 10.0
CHUNK_BYTES = 1 << 18


class Child:
    """One process of :mod:`pocketbench.worker_main`, in a session of its own: Ctrl-C in the terminal is the harness's to answer.

    It reads the lifeline, a pipe whose other end this process holds and never writes to: it closes when this process ends.
    """

    def __init__(self, command: Sequence[str], settings: Mapping[str, Any], environment: Mapping[str, str], log: Path) -> None:
        """Start it. Raises WorkerCrashed when it cannot be started."""
        import psutil

        self.answer, self.hung_up, self._request = bytearray(), False, memoryview(b"")
        self._channel, theirs = socket.socketpair()
        held, self._lifeline = os.pipe()
        said = json.dumps({**settings, "channel": theirs.fileno(), "lifeline": held})
        try:
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    [*command, said], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                    pass_fds=(theirs.fileno(), held), start_new_session=True, env=environment,
                )  # fmt: skip
        except OSError as error:
            os.close(self._lifeline)
            self._channel.close()
            raise WorkerCrashed(f"{command[0]} cannot be started: {error.strerror}") from error
        finally:
            os.close(held)
            theirs.close()
        self._channel.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._channel, selectors.EVENT_READ)
        self._family: set[psutil.Process] = {psutil.Process(self.pid)}

    @property
    def pid(self) -> int:
        """The process's id, which is its group's and its session's too."""
        return self._process.pid

    def ask(self, request: bytes) -> None:
        """Begin an exchange; :meth:`move` does the sending."""
        self.answer, self._request = bytearray(), memoryview(request)
        self._selector.modify(self._channel, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def move(self, timeout_s: float) -> bool:
        """Wait until something can be sent or received, and do so; say whether a line has come. Raises ProtocolError for one too long."""
        for _, events in self._selector.select(timeout_s):
            with suppress(BlockingIOError):
                if events & selectors.EVENT_WRITE:
                    self._send()
                if events & selectors.EVENT_READ and self._receive():
                    return True
        return False

    def has_ended(self) -> bool:
        """Whether the process has ended. It is not reaped, so that its id still means its group."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def resident_bytes(self) -> int:
        """The resident size of the process and all its descendants; memory that they share counts for each."""
        import psutil

        for process in tuple(self._family):
            with suppress(psutil.Error):
                self._family.update(process.children(recursive=True))
        self._family = {process for process in self._family if process.is_running()}
        return sum(map(_resident, self._family))

    def end(self) -> str:
        """Kill it and all it started, and say how it ended, in words for a message."""
        import psutil

        self.resident_bytes()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        for process in self._family:
            with suppress(psutil.Error):
                process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=END_S)
        self._selector.close()
        self._channel.close()
        os.close(self._lifeline)
        return _ending(self._process.returncode)

    def _send(self) -> None:
        """Send what the channel takes now."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._request = self._request[self._channel.send(self._request[:CHUNK_BYTES]) :]
        if not self._request:
            self._selector.modify(self._channel, selectors.EVENT_READ)

    def _receive(self) -> bool:
        """Take what has come; say whether a line is complete."""
        try:
            chunk = self._channel.recv(CHUNK_BYTES)
        except ConnectionResetError:
            chunk = b""
        self.hung_up = not chunk
        self.answer += chunk
        if len(self.answer) > ANSWER_LIMIT_BYTES:
            raise ProtocolError(f"the worker's answer is longer than {ANSWER_LIMIT_BYTES} bytes")
        return b"\n" in chunk


def _resident(process: "psutil.Process") -> int:
    """A process's resident size in bytes, 0 when it is gone."""
    import psutil

    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _ending(code: int | None) -> str:
    """Say how a process ended, from its code as subprocess has it."""
    if code is None:
        return "did not end when it was killed"
    if code >= 0:
        return f"left by itself with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"died of {name}" + (": the system may have been out of memory" if -code == signal.SIGKILL else "")

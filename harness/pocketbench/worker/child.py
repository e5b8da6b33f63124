"""A running worker process as its parent sees it: the channel, the lifeline, the family."""

import json
import os
import selectors
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pocketbench.errors import ProtocolError, WorkerCrashed
from pocketbench.worker.log import Log
from pocketbench.worker_main import ANSWER_LIMIT_BYTES

if TYPE_CHECKING:
    import psutil

END_S = 10.0
CHUNK_BYTES = 1 << 18
PIPE_PIECES = 16  # pieces are as large as the pipe's buffer at most, 64 KiB on Linux; a task may have made that larger


class Child:
    """One process of :mod:`pocketbench.worker_main`, in a session of its own: Ctrl-C in the terminal is the harness's to answer.

    It reads the lifeline, a pipe whose other end this process holds and never writes to: it closes when this process ends.
    """

    def __init__(self, command: Sequence[str], settings: Mapping[str, Any], environment: Mapping[str, str], log: Log) -> None:
        """Start it; what it prints is added to ``log``. Raises WorkerCrashed when it cannot be started."""
        import psutil

        self.answer, self.hung_up, self._request = bytearray(), False, memoryview(b"")
        self._selector = selectors.DefaultSelector()
        self._log = log
        self._channel, theirs = socket.socketpair()
        held, self._lifeline = os.pipe()
        self._printed, output = os.pipe()
        said = json.dumps({**settings, "channel": theirs.fileno(), "lifeline": held})
        try:
            self._process = subprocess.Popen(
                [*command, said], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(), held), start_new_session=True, env=environment,
            )  # fmt: skip
        except OSError as error:
            self._close()
            raise WorkerCrashed(f"{command[0]} cannot be started: {error.strerror}") from error
        finally:
            os.close(held)
            os.close(output)
            theirs.close()
        self._channel.setblocking(False)
        os.set_blocking(self._printed, False)
        self._selector.register(self._channel, selectors.EVENT_READ)
        self._selector.register(self._printed, selectors.EVENT_READ)
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
        complete = False
        for key, events in self._selector.select(timeout_s):
            if key.fileobj == self._printed:
                self._hear()
                continue
            if events & selectors.EVENT_WRITE:
                self._send()
            complete = bool(events & selectors.EVENT_READ) and self._receive()
        if complete:
            self._hear_all()
        return complete

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
        self._hear_all()
        self._close()
        return _ending(self._process.returncode)

    def _close(self) -> None:
        """Let go of this side's descriptors."""
        self._selector.close()
        self._channel.close()
        os.close(self._lifeline)
        os.close(self._printed)

    def _hear(self) -> bool:
        """Take one piece of what was printed; say whether there was any."""
        try:
            printed = os.read(self._printed, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if printed:
            self._log.add(printed)
        elif self._printed in self._selector.get_map():
            self._selector.unregister(self._printed)
        return bool(printed)

    def _hear_all(self) -> None:
        """Take what is still in the pipe, and no more than a pipe may hold: something may go on printing."""
        for _ in range(PIPE_PIECES):
            if not self._hear():
                break

    def _send(self) -> None:
        """Send what the channel takes now."""
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            self._request = self._request[self._channel.send(self._request[:CHUNK_BYTES]) :]
        if not self._request:
            self._selector.modify(self._channel, selectors.EVENT_READ)

    def _receive(self) -> bool:
        """Take what has come; say whether a line is complete."""
        try:
            chunk = self._channel.recv(CHUNK_BYTES)
        except BlockingIOError:
            return False
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

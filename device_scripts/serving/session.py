"""One client, from its welcome to its end: what it asks for, one thing after another, in a folder that goes with it.

What may be asked, and what is answered, stands in ``docs/python-on-the-phone.md``.
"""

import mmap
import os
import select
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from serving import asked, frames
from serving.asked import Refused
from serving.folder import Folder
from serving.frames import Broken, Gone, Head
from serving.process import LOG_TAIL_BYTES, Process
from serving.reach import Reachable, relay
from serving.turns import Turns

ORDER, REPORT = "order.json", "report.jsonl"
MAX_ORDER_BYTES = 16 << 20
MAX_REPORT_BYTES = 256 << 20
MAX_SCRIPT_BYTES = 1 << 20
MAX_FILE_BYTES = 1 << 40
# A client that wants nothing for so long has gone without a word.
IDLE_S = 3600.0
# How often a client that waits is told that it is still waited with.
ALIVE_S = 1.0
PIECE_BYTES = 1 << 20


class Session:
    """One client's. ``base`` is where its folder is made; ``turns`` let one program at a time run; ``reachable`` are ports of services that run."""

    def __init__(self, connection: socket.socket, base: Path, turns: Turns, reachable: Reachable) -> None:
        self._connection, self._base, self._turns, self._reachable = connection, base, turns, reachable
        self._folder: Folder | None = None

    def go(self) -> None:
        """Do what is asked for until the client goes; nothing is left. Raises Broken for what is no frame."""
        does: dict[str, Callable[[Head], None]] = {"files": self._files, "file": self._file, "order": self._order, "sh": self._sh, "reach": self._reach}
        try:
            while True:
                head = frames.receive(self._connection, within_s=IDLE_S)
                if head["say"] == "stop" and not head["bytes"]:
                    continue  # what it was meant for has ended
                if head["say"] not in does:
                    raise Broken(f"nobody knows what {head['say']!r:.40} is")
                try:
                    does[head["say"]](head)
                except Refused as error:
                    self._say("refused", reason=error.reason, message=str(error))
        except Gone:
            return
        finally:
            if self._folder:
                self._folder.remove()

    @property
    def folder(self) -> Folder:
        """Its folder, made when it is first needed."""
        if self._folder is None:
            self._folder = Folder(self._base)
        return self._folder

    def _files(self, head: Head) -> None:
        """Say which files are to be sent."""
        self._nothing_with(head)
        self._say("lacking", paths=self.folder.lacking(asked.hashes(head, "files")))

    def _file(self, head: Head) -> None:
        """Take one file."""
        if head["bytes"] > MAX_FILE_BYTES:
            raise Broken("a file that nobody has room for")
        path, sha256 = asked.path(head.get("path")), asked.sha256(head.get("sha256"))
        self.folder.keep(path, sha256, head["bytes"], self._connection)
        self._say("kept")

    def _order(self, head: Head) -> None:
        """Carry out an order: its report as it comes, its outputs, how it ended."""
        text = frames.body(self._connection, head, MAX_ORDER_BYTES)
        words, outputs, deadline_s = _words(head.get("runner")), asked.limits(head, "outputs"), asked.seconds(head, "deadline_s")
        with self._turn():
            self.folder.clear([ORDER, REPORT, *outputs])
            (self.folder.path / ORDER).write_bytes(text)
            self._say("started")
            with Report(self.folder.path / REPORT, self._told, self._reachable) as report:
                ended, log = self._run(words, deadline_s, report.look)
            for path, most in outputs.items() if ended != "stopped" else ():
                self._bring(path, most)
        self._say("ended", log, how=ended)

    def _sh(self, head: Head) -> None:
        """Run a script of the shell; what it prints, the end of it, and how it ended."""
        text = frames.body(self._connection, head, MAX_SCRIPT_BYTES)
        deadline_s = asked.seconds(head, "deadline_s")
        with self._turn():
            self.folder.clear(["script.sh"])
            (self.folder.path / "script.sh").write_bytes(text)
            ended, said = self._run(["sh", "script.sh"], deadline_s, lambda: None, keep=MAX_SCRIPT_BYTES)
        self._say("ended", said, how=ended)

    def _reach(self, head: Head) -> None:
        """Become a way to a service that an order of this server runs, until either end closes."""
        self._nothing_with(head)
        with self._reachable.connected(asked.whole(head, "port", 65535)) as service:
            self._say("reached")
            relay(self._connection, service)
        raise Gone

    def _run(self, words: list[str], deadline_s: float, look: Callable[[], None], keep: int = LOG_TAIL_BYTES) -> tuple[str, bytes]:
        """Run a program in the folder; how it ended and the end of what it printed. The client may end it by ``stop``, or by going. Raises Broken, Refused."""
        try:
            process = Process(words, self.folder.path, keep)
        except OSError as error:
            raise Refused("toolchain-missing", f"{words[0]} cannot be started: {error.strerror}") from error
        told = time.monotonic()

        def look_and_tell() -> None:
            nonlocal told
            look()
            if time.monotonic() - told > ALIVE_S:
                told = time.monotonic()
                self._say("alive")

        return process.watch(deadline_s, look_and_tell, self._connection.fileno(), self._stopped), process.log

    def _stopped(self) -> bool:
        """Read what the client says while something runs for it: to stop. Raises Gone, Broken."""
        head = frames.receive(self._connection, within_s=ALIVE_S)
        if head["say"] != "stop" or head["bytes"]:
            raise Broken(f"{head['say']!r:.40} while something runs")
        return True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Have the device to oneself; the client hears while it waits. Raises Gone, Broken."""
        turn = self._turns.ask()
        try:
            while not turn.wait(ALIVE_S):
                self._say("waiting")
                if select.select([self._connection], [], [], 0)[0] and self._stopped():
                    raise Refused("device-lost", "stopped before its turn came")
            yield
        finally:
            turn.leave()

    def _bring(self, path: str, most: int) -> None:
        """Send one output, where the runner has written one that is not too large."""
        place = self.folder.path / path
        try:
            descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return
        with os.fdopen(descriptor, "rb"):
            size = os.fstat(descriptor).st_size
            if not place.resolve().is_relative_to(self.folder.path) or not place.is_file() or size > most:
                return
            content = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) if size else b""
            self._say("output", memoryview(content), path=path)

    def _told(self, piece: bytes) -> None:
        """Send a piece of the report."""
        self._say("report", piece)

    def _say(self, say: str, body: bytes | memoryview = b"", **fields: Any) -> None:
        """Send one frame."""
        frames.send(self._connection, say, body, **fields)

    def _nothing_with(self, head: Head) -> None:
        """Refuse bytes where there are none. Raises Broken."""
        frames.body(self._connection, head, 0)


class Report:
    """A report, told as it grows: at most so much of it as a report may have."""

    def __init__(self, file: Path, tell: Callable[[bytes], None], reachable: Reachable) -> None:
        self._file, self._tell, self._reachable = file, tell, reachable
        self._told = 0

    def __enter__(self) -> "Report":
        return self

    def __exit__(self, *_: object) -> None:
        self._reachable.forget(self)

    def look(self) -> None:
        """Tell what is new."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._told)
                while self._told < MAX_REPORT_BYTES and (piece := file.read(PIECE_BYTES)):
                    self._told += len(piece)
                    self._reachable.hear(self, piece)
                    self._tell(piece)
        except FileNotFoundError:
            return


def _words(runner: object) -> list[str]:
    """How a runner is started, whose files the client has sent. Raises Refused."""
    if runner == "python":
        return [sys.executable, "runner/runner.py", "."]
    if runner != "node":
        raise Refused("toolchain-missing", f"this server starts the runners python and node, not {runner!r:.40}")
    node = shutil.which("node")
    if node is None:
        raise Refused("toolchain-missing", "there is no Node.js")
    return [node, "--expose-gc", "runner/node/order.mjs", "runner/page", "."]

"""A connection to a server: what it is asked, and what it answers."""

import mmap
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from pocketbench import cache, protocol
from pocketbench.errors import DeviceSilent, ProtocolError, Refused, ServerLost, ServerRefused
from pocketbench.protocol import Order
from pocketbench.reasons import REASONS
from pocketbench.serving import frames, handshake, programs, there
from pocketbench.serving.frames import Head

CONNECT_S = 10.0
# The server says every second that it is still there.
ALIVE_S = 20.0
# How long another harness is waited for.
TURN_S = 3600.0
MAX_LOG_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Came:
    """What came of an order: the report's text, how its process ended, and the end of what it printed."""

    report: str
    ended: str
    log: str


class Server:
    """A server that knows the token. Not for several threads at once, but for :meth:`give_up`."""

    def __init__(self, connection: socket.socket, about: Mapping[str, str], where: tuple[str, int]) -> None:
        self.about, self.where = about, where
        self._connection = connection
        self._hashes: dict[tuple[int, int, int, int], str] = {}

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def carry(
        self,
        order: Order,
        folder: Path,
        deadline_s: float,
        runner: str = "python",
        *,
        told: Callable[[bytes], None] | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> Came:
        """Carry out an order whose files lie in ``folder``, and bring its outputs there.

        ``told`` hears each piece of the report as it comes; ``waiting`` is called while another harness has its turn.
        Raises DeviceSilent after ``deadline_s`` seconds, Refused, ServerRefused, ServerLost, ProtocolError, ToolchainMissing.
        """
        sent, files = there.named(order, folder, self._sha256)
        self._send({**programs.files(runner), **files})
        for name in there.report_and_outputs(order):
            (folder / name).unlink(missing_ok=True)
        limits, text = there.limits(sent), msgspec.json.encode(sent)
        frames.send(self._connection, "order", text, runner=runner, outputs=limits, deadline_s=deadline_s)
        self._started(waiting)
        with (folder / protocol.REPORT).open("wb") as report:
            how, log = self._listen(folder, limits, _Hearing(report, told))
        if how == "deadline":
            raise DeviceSilent(f"no last line of order {order.order} within {deadline_s:g} s", log=log)
        return Came((folder / protocol.REPORT).read_bytes().decode("utf-8", errors="replace"), how, log)

    def sh(self, text: str, deadline_s: float = 60.0) -> tuple[str, str]:
        """Run a script of the shell; how it ended and the end of what it printed, both streams. Raises DeviceSilent, ServerLost, Refused."""
        frames.send(self._connection, "sh", text.encode(), deadline_s=deadline_s)
        while (head := self._heard("waiting", "alive", "ended")).say != "ended":
            pass
        how, said = head.how, self._log(head)
        if how == "deadline":
            raise DeviceSilent(f"no answer of the shell within {deadline_s:g} s", log=said)
        return how, said

    def reach(self, port: int) -> socket.socket:
        """Make this connection one to a service that an order of the same server runs. Raises Refused, ServerLost."""
        frames.send(self._connection, "reach", port=port)
        self._heard("reached")
        self._connection.settimeout(None)
        return self._connection

    def stop(self) -> None:
        """Ask, also from another thread, that the order which runs be ended. Raises ServerLost."""
        frames.send(self._connection, "stop")

    def give_up(self) -> None:
        """End, from another thread, what is waited for: it raises ServerLost at once."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Go. The server removes what is of this connection."""
        self._connection.close()

    def _send(self, files: Mapping[str, Path]) -> None:
        """Send the files that are not there yet."""
        hashes = {name: self._sha256(file) for name, file in files.items()}
        frames.send(self._connection, "files", files=hashes)
        for name in self._heard("lacking").paths:
            if name not in files:
                raise ProtocolError(f"the server wants {name!r:.100}, which nobody offered")
            self._send_one(name, files[name], hashes[name])

    def _send_one(self, name: str, file: Path, sha256: str) -> None:
        """Send one file."""
        with file.open("rb") as opened, _mapped(opened) as content:
            frames.send(self._connection, "file", content, path=name, sha256=sha256)
        self._heard("kept")

    def _started(self, waiting: Callable[[], None] | None) -> None:
        """Wait until it is one's turn."""
        until = time.monotonic() + TURN_S
        while self._heard("started", "waiting").say == "waiting":
            if waiting:
                waiting()
            if time.monotonic() > until:
                raise ServerRefused(f"another harness has had the server for {TURN_S:g} s")

    def _listen(self, folder: Path, limits: Mapping[str, int], hearing: "_Hearing") -> tuple[str, str]:
        """Take the report and the outputs as they come; how the process ended and what it printed."""
        while (head := self._heard("report", "output", "alive", "ended")).say != "ended":
            if head.say == "report":
                hearing.hear(frames.body(self._connection, head, protocol.MAX_REPORT_BYTES - hearing.heard))
            elif head.say == "output":
                if head.path not in limits:
                    raise ProtocolError(f"the server sent {head.path!r:.100}, which is no output")
                (folder / head.path).write_bytes(frames.body(self._connection, head, limits[head.path]))
        return head.how, self._log(head)

    def _heard(self, *wanted: str) -> Head:
        """The next header, one of those that are wanted. Raises Refused in the server's words."""
        head = frames.receive(self._connection, within_s=ALIVE_S)
        if head.say == "refused":
            raise Refused(head.reason if head.reason in REASONS else "device-refused", f"the server: {head.message[:300]}")
        if wanted and head.say not in wanted:
            raise ProtocolError(f"the server says {head.say!r:.40} where {' or '.join(wanted)} is due")
        return head

    def _log(self, head: Head) -> str:
        """What was printed."""
        return frames.body(self._connection, head, MAX_LOG_BYTES).decode("utf-8", errors="replace")

    def _sha256(self, local: Path) -> str:
        """What is in a file or folder; a file that was not touched is not read again."""
        if local.is_dir():
            return cache.sha256_of(local)
        status = local.stat()
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in self._hashes:
            self._hashes[key] = cache.sha256_of(local)
        return self._hashes[key]


class _Hearing:
    """A report as it comes: kept, and told."""

    def __init__(self, report: BinaryIO, told: Callable[[bytes], None] | None) -> None:
        self._report, self._told = report, told
        self.heard = 0

    def hear(self, piece: bytes | bytearray) -> None:
        """Keep a piece, and tell it."""
        self.heard += len(piece)
        self._report.write(piece)
        if self._told:
            self._told(bytes(piece))


def connect(where: tuple[str, int], token: str) -> Server:
    """Connect to the server at an address. Raises ServerLost, ServerRefused, ProtocolError."""
    try:
        connection = socket.create_connection(where, CONNECT_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        hint = "start it there: python server.py; docs/python-on-the-phone.md says how"
        raise ServerLost(f"no server answers at {where[0]}:{where[1]}: {error.strerror or error}", hint=hint) from error
    try:
        welcome = handshake.introduce(connection, token)
    except BaseException:
        connection.close()
        raise
    return Server(connection, welcome.server, where)


@contextmanager
def _mapped(file: BinaryIO) -> Iterator[memoryview]:
    """A file's content, not copied."""
    if not os.fstat(file.fileno()).st_size:
        yield memoryview(b"")
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content, memoryview(content) as view:
        yield view

"""One board at the other end of ssh: commands, and files through them."""

import os
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from pocketbench.errors import CallOverdue, CommandFailed, WireCut, WireError
from pocketbench.remote import SHELL_BYTES, SHELL_S, Remote, Share
from pocketbench.remote.answers import Said, first_line
from pocketbench.ssh import framed, told
from pocketbench.ssh.address import Address
from pocketbench.ssh.framed import Marked, TooMuch
from pocketbench.ssh.master import Master
from pocketbench.ssh.running import Running
from pocketbench.ssh.talk import PIECE_BYTES, talk

COMPLAINT_BYTES = 8 << 20
# What ssh says that finds no connection to go through: it may make none (:class:`Master`).
MISSED = b"_exchange_identification"
# A line with a file's size.
_SIZE_BYTES = 32


class Board(Remote):
    """What is at an address. Nothing is sent before the first call; calls share one connection, and threads may share one board."""

    def __init__(self, address: Address) -> None:
        self.address, self.serial = address, str(address)
        self.at_work = Running(self.serial)
        self._master = Master(address, self.at_work)

    def shell(self, command: str | Sequence[str], *, deadline_s: float = SHELL_S, limit_bytes: int = SHELL_BYTES, called: str = "") -> Said:
        """Run a command by ``sh``, whatever the user's own shell is; its standard input is empty."""
        text, out = command if isinstance(command, str) else shlex.join(command), bytearray()
        err, code = self._called(text.encode("utf-8", "surrogateescape"), called or text, deadline_s, limit_bytes, out.extend)
        return Said(out.decode("utf-8", errors="replace"), err, code)

    def send(self, local: Path, remote: str, *, deadline_s: float, listen: Share | None = None) -> None:
        """Write a file there, by ``cat``."""
        text = f"cat >{shlex.quote(_absolute(remote))}"
        err, code = self._called(text.encode("utf-8", "surrogateescape"), f"send {remote}", deadline_s, 0, lambda _: None, lambda: _pieces(local, listen))
        if code:
            raise self.failure(err, command=f"send {remote}", exit_status=code)

    def fetch(self, remote: str, local: Path, *, deadline_s: float, limit_bytes: int, listen: Share | None = None) -> None:
        """Write a file of theirs here, by ``cat``, its size before it."""
        name = shlex.quote(_absolute(remote))
        with local.open("wb") as file:
            coming = _Coming(file, limit_bytes, listen)
            text = f"[ -f {name} ] && wc -c <{name} && cat <{name}"
            try:
                err, code = self._called(text.encode("utf-8", "surrogateescape"), f"fetch {remote}", deadline_s, limit_bytes + _SIZE_BYTES, coming.take)
            except CommandFailed as error:
                raise self._larger(remote, limit_bytes) if coming.too_large else error from None
        if code:
            raise self.failure(err or "no file there", command=f"fetch {remote}", exit_status=code)

    def failure(self, said: str, *, command: str, exit_status: int | None = None) -> WireError:
        """The error that words of a command stand for."""
        return told.failure(said, self.address, command=command, exit_status=exit_status)

    def give_up(self) -> None:
        """End, from another thread, whatever is waited for."""
        self.at_work.shut()

    def take_up(self) -> None:
        """Let calls be made again."""
        self.at_work.shut(again=True)

    def way(self, until: float) -> list[str]:
        """The words of a program of ssh that goes through the connection, up to the host's name. Raises WireError, and TimeoutError at ``until``."""
        return self._master.way(until)

    def hang_up(self) -> None:
        """End the connection; the next call makes another."""
        self._master.end()

    def _called(
        self, text: bytes, called: str, deadline_s: float, limit_bytes: int, take: Callable[[bytes], object], more: Callable[[], Iterator[bytes]] | None = None
    ) -> tuple[str, int]:
        """Run a text there, ``more`` being its standard input: what it complained of, and its exit code."""
        until, mark, was = time.monotonic() + deadline_s, framed.new_mark(), self._master.folder
        try:
            out, err, complaint = self._talked(text, mark, until, limit_bytes, take, more)
            if not out.begun and MISSED in err.before:
                self._master.end(of=was)  # the connection was lost since the call before, and nothing has begun
                out, err, complaint = self._talked(text, mark, until, limit_bytes, take, more)
        except TimeoutError:
            message = f"ssh:{self.serial}: {first_line(called):.120}: no answer within {deadline_s:g} s"
            raise CallOverdue(message, serial=self.serial, command=called) from None
        except TooMuch:
            raise CommandFailed(f"ssh:{self.serial}: {first_line(called):.120}: says more than it may", serial=self.serial, command=called) from None
        if (end := framed.ended(bytes(complaint), mark)) is None or not out.begun:
            raise self._cut(called, out.before, err.before + bytes(complaint))
        return end[0].decode("utf-8", errors="replace"), end[1]

    def _talked(
        self, text: bytes, mark: str, until: float, limit_bytes: int, take: Callable[[bytes], object], more: Callable[[], Iterator[bytes]] | None
    ) -> tuple[Marked, Marked, bytearray]:
        """Run a text there once: both streams as they were heard, and what came of the second after its mark. Raises TimeoutError, TooMuch, WireError."""
        complaint = bytearray()
        out, err = Marked(mark.encode(), limit_bytes, take), Marked(mark.encode(), COMPLAINT_BYTES, complaint.extend)
        words = [*self.way(until), "--", self.address.host, framed.line(mark, len(text) if more else 0)]
        with self.at_work.started(words) as process:
            talk(process, until, _after(text, more() if more else iter(())), out.take, err.take)
        return out, err, complaint

    def _cut(self, called: str, said: bytes, complaint: bytes) -> WireCut:
        """The error for an answer that is not whole."""
        words = first_line(complaint.decode("utf-8", errors="replace")) or first_line(said.decode("utf-8", errors="replace"))
        message = f"ssh:{self.serial}: {first_line(called):.120}: the connection ended before the answer did"
        return WireCut(f"{message}: {words}" if words else message, serial=self.serial, command=called, stderr=words)

    def _larger(self, remote: str, limit_bytes: int) -> CommandFailed:
        """The error for a file that is larger than it may be."""
        return CommandFailed(f"ssh:{self.serial}: fetch {remote:.200}: larger than {limit_bytes} bytes", serial=self.serial, command=f"fetch {remote}")


class _Coming:
    """A file that comes, after a line with its size. Raises TooMuch."""

    def __init__(self, file: BinaryIO, limit_bytes: int, listen: Share | None) -> None:
        self._file, self._limit_bytes, self._listen = file, limit_bytes, listen
        self._head: bytes | None = b""
        self._size = self._came = 0
        self.too_large = False

    def take(self, piece: bytes) -> None:
        """Take more of it."""
        if self._head is not None:
            line, found, piece = (self._head + piece).partition(b"\n")
            if not found:
                self._head = line
                return
            self._head, self._size = None, int(line) if line.strip().isdigit() and len(line) < _SIZE_BYTES else 0
        self._came += len(piece)
        self.too_large = max(self._size, self._came) > self._limit_bytes
        if self.too_large:
            raise TooMuch
        self._file.write(piece)
        if self._listen and self._size:
            self._file.flush()  # what is told can be looked at
            self._listen(min(1.0, self._came / self._size))


def _absolute(remote: str) -> str:
    """A name there, which is absolute: nothing begins with a hyphen, and no shell's folder matters."""
    if not remote.startswith("/") or "\0" in remote:
        raise ValueError(f"{remote!r} is no absolute name")
    return remote


def _after(text: bytes, more: Iterator[bytes]) -> Iterator[bytes]:
    """The text, then its standard input."""
    yield text
    yield from more


def _pieces(local: Path, listen: Share | None) -> Iterator[bytes]:
    """A file, piece by piece; how much has gone is told."""
    with local.open("rb") as file:
        size, gone = os.fstat(file.fileno()).st_size, 0
        while piece := file.read(PIECE_BYTES):
            yield piece
            gone += len(piece)
            if listen:
                listen(gone / size if size else 1.0)

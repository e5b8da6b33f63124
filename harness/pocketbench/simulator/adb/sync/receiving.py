"""Receiving a file from the computer: SEND and SND2, which is what ``adb push`` asks for."""

import contextlib
import os
import stat
import struct
from dataclasses import dataclass, field

from pocketbench.simulator.adb.stream import Gone, Stream
from pocketbench.simulator.adb.sync.failing import Failed, fail

_HEAD = struct.Struct("<4sI")
_MODE_FLAGS = struct.Struct("<4sII")
CHUNK_BYTES = 64 << 10
DRY_RUN = 0x80000000
MAX_LINK = 4096


async def send1(stream: Stream, path: bytes) -> None:
    """``SEND PATH,MODE``."""
    name, comma, mode = path.rpartition(b",")
    if not comma or not mode.isdigit():
        raise Failed("missing , in ID_SEND_V1")
    await _receive(stream, name, int(mode) & 0xFFFF, dry=False)


async def send2(stream: Stream, path: bytes) -> None:
    """``SND2 PATH``, then mode and flags: nothing but a dry run is offered."""
    _, mode, flags = _MODE_FLAGS.unpack(await stream.exactly(_MODE_FLAGS.size))
    if flags & ~DRY_RUN:
        raise Failed("unknown compression")
    await _receive(stream, path, mode, dry=bool(flags & DRY_RUN))


async def _receive(stream: Stream, path: bytes, mode: int, *, dry: bool) -> None:
    """Take the file and say OKAY. A failure is told at once; then all is taken and thrown away until the computer has noticed."""
    target = _Target(path, mode, dry=dry)
    try:
        with target:
            seconds = await _data(stream, target)
            target.finish(seconds)
    except OSError as error:
        await fail(stream, f"{target.doing}: {error.strerror}")
        await _drain(stream)
        raise Gone from error
    await stream.send(_HEAD.pack(b"OKAY", 0))


async def _data(stream: Stream, target: "_Target") -> int:
    """Write every DATA; the time of modification that comes with DONE. Raises OSError and Failed."""
    target.open()
    while True:
        word, number = _HEAD.unpack(await stream.exactly(_HEAD.size))
        if word == b"DONE":
            return int(number)
        if word != b"DATA" or number > CHUNK_BYTES:
            raise Failed("invalid data message")
        target.write(await stream.exactly(number))


async def _drain(stream: Stream) -> None:
    """Take what is still on its way, so that the computer reads the failure before the end. Raises Gone."""
    while True:
        word, number = _HEAD.unpack(await stream.exactly(_HEAD.size))
        if word != b"DATA" or number > CHUNK_BYTES:
            return
        await stream.exactly(number)


@dataclass(slots=True)
class _Target:
    """The file, or the link, that is written. What was half written when the cable was pulled is removed, as on a phone."""

    path: bytes
    mode: int
    dry: bool
    doing: str = "couldn't create file"
    _descriptor: int = -1
    _link: bytearray = field(default_factory=bytearray)
    _whole: bool = False

    def __enter__(self) -> None:
        """Nothing yet: the name is looked at by :meth:`open`."""

    def __exit__(self, *_: object) -> None:
        """Close it, and remove it when it is not whole."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            if not self._whole:
                with contextlib.suppress(OSError):
                    os.unlink(self.path)

    def open(self) -> None:
        """Create the file where it is one, in place of a file or link of that name."""
        if self.dry or stat.S_ISLNK(self.mode):
            return
        self._make_room()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            self._descriptor = os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            self._descriptor = os.open(self.path, flags, 0o600)

    def write(self, data: memoryview) -> None:
        """Write one DATA."""
        self.doing = "write failed"
        if stat.S_ISLNK(self.mode):
            self._link += data
            if len(self._link) > MAX_LINK:
                raise Failed("symlink target too long")
        while self._descriptor >= 0 and data:
            data = data[os.write(self._descriptor, data) :]

    def finish(self, seconds: int) -> None:
        """Give it its mode and its time; the user's bits are everybody's, as on a phone."""
        if self.dry:
            return
        if stat.S_ISLNK(self.mode):
            self.doing = "couldn't create symlink"
            self._make_room()
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            os.symlink(bytes(self._link).rstrip(b"\0"), self.path)
        else:
            bits = self.mode & 0o777
            bits |= bits >> 3 & 0o070
            bits |= bits >> 3 & 0o007
            os.fchmod(self._descriptor, bits)
        os.utime(self.path, (seconds, seconds), follow_symlinks=False)
        self._whole = True

    def _make_room(self) -> None:
        """Remove what has the name, unless it is a folder, or something that is no file."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found = os.lstat(self.path)
            if stat.S_ISREG(found.st_mode) or (stat.S_ISLNK(found.st_mode) and not os.path.isdir(self.path)):
                os.unlink(self.path)

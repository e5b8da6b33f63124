"""One call of a program: its words, and ways to print, to read stdin, to fail."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pocketbench.simulator.inside.apps import Apps
from pocketbench.simulator.packages.installed import Packages
from pocketbench.simulator.state.phone import Phone
from pocketbench.simulator.world.storage import Storage

FRAME = struct.Struct("<cI")
MOST = 1 << 18


class Ended(Exception):
    """The program has said enough: its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Device:
    """What programs look at and change."""

    phone: Phone
    packages: Packages
    apps: Apps
    storage: Storage
    reboot: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Call:
    """A call. ``words`` begin after the program's name; paths are relative to ``folder``; ``process`` is the caller's id."""

    name: str
    words: tuple[str, ...]
    folder: Path
    process: int
    device: Device
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    @property
    def phone(self) -> Phone:
        """The phone."""
        return self.device.phone

    def renamed(self, name: str, words: tuple[str, ...]) -> "Call":
        """The same call, of another program: ``cmd package`` is ``pm``."""
        return Call(name, words, self.folder, self.process, self.device, self._reader, self._writer)

    def path(self, name: str) -> Path:
        """A path that the caller named."""
        return self.folder / name

    async def say(self, text: str) -> None:
        """Print, with the end of the line."""
        await self._frame(b"o", f"{text}\n")

    async def complain(self, text: str) -> None:
        """Print to stderr, with the end of the line."""
        await self._frame(b"e", f"{text}\n")

    async def fail(self, text: str, code: int = 1) -> Ended:
        """Complain; what is to be raised."""
        await self.complain(text)
        return Ended(code)

    async def stdin(self, wanted: int, take: Callable[[bytes], object]) -> None:
        """Give ``take`` so many bytes of the caller's stdin, or as many as there are. Raises its OSError when all have come: the caller listens only then."""
        failed: OSError | None = None
        self._writer.write(FRAME.pack(b"i", 8) + wanted.to_bytes(8, "little"))
        await self._writer.drain()
        while True:
            kind, data = await receive(self._reader)
            if kind != b"d" or not data:
                break
            try:
                take(data if failed is None else b"")
            except OSError as error:
                failed = error
        if failed is not None:
            raise failed

    async def _frame(self, kind: bytes, text: str) -> None:
        """Send text, as many frames as it takes."""
        data = text.encode(errors="surrogateescape")
        for start in range(0, len(data), MOST):
            part = data[start : start + MOST]
            self._writer.write(FRAME.pack(kind, len(part)) + part)
        await self._writer.drain()


async def receive(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The next frame. Raises ValueError for one that is too long and IncompleteReadError at the end."""
    kind, length = FRAME.unpack(await reader.readexactly(FRAME.size))
    if length > MOST:
        raise ValueError("a frame that is too long")
    return kind, await reader.readexactly(length)


Program = Callable[[Call], Awaitable[None]]

"""A stream: one service's two-way channel inside a connection."""

import asyncio
import contextlib
from collections import deque
from typing import Protocol

from pocketbench.simulator.adb.packets import CLSE, OKAY, WRTE, Garbled
from pocketbench.simulator.adb.wire import Pulled, Wire

# A packet is acknowledged on arrival while less than this waits to be read, so that the next is on its way meanwhile.
WINDOW = 1 << 20
# An adb server whose client was killed sends the rest of what that client wrote without waiting (a hang-up reads as data there: seen with
# adb 36.0.0), so more than was asked for is taken, and no end of it is not.
MOST_WAITING = 8 << 20


class Gone(Exception):
    """The other end of the stream, or the whole connection, is gone."""


class Owner(Protocol):
    """What a stream needs of its connection."""

    wire: Wire
    max_payload: int

    def forget(self, stream: "Stream") -> None:
        """Drop it from the table."""


class Stream:
    """One stream; ``remote`` is 0 until the other side has answered."""

    def __init__(self, owner: Owner, local: int, remote: int) -> None:
        self.local = local
        self.remote = remote
        self.gone = False
        self._owner = owner
        self._waiting: deque[memoryview] = deque()
        self._size = 0
        self._owed = False
        self._accepted = not remote  # one of ours is the other side's to accept
        self._arrived = asyncio.Event()
        self._ready = asyncio.Event()

    async def accept(self) -> None:
        """Tell the other side that the service is there."""
        self._accepted = True
        await self._packet(OKAY)

    async def opened(self) -> None:
        """Wait for the other side's answer to an OPEN of ours. Raises Gone when it refuses."""
        await self._ready.wait()
        if self.gone:
            raise Gone

    async def send(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes, each packet after the last was acknowledged. Raises Gone."""
        view = memoryview(data)
        for start in range(0, len(view), self._owner.max_payload):
            self._ready.clear()
            await self._packet(WRTE, view[start : start + self._owner.max_payload])
            await self._ready.wait()

    async def receive(self) -> memoryview:
        """The next bytes as they came, empty at the end."""
        while not self._waiting:
            if self.gone:
                return memoryview(b"")
            self._arrived.clear()
            await self._arrived.wait()
        data = self._waiting.popleft()
        self._size -= len(data)
        if self._owed and self._size < WINDOW and not self.gone:
            self._owed = False
            await self._packet(OKAY)
        return data

    async def exactly(self, wanted: int) -> memoryview:
        """So many bytes, no more than a packet holds. Raises Gone when fewer come."""
        data = await self.receive() if wanted else memoryview(b"")
        if wanted and not data:
            raise Gone
        if len(data) < wanted:
            parts, have = [data], len(data)
            while have < wanted:
                more = await self.receive()
                if not more:
                    raise Gone
                parts.append(more)
                have += len(more)
            data = memoryview(b"".join(parts))
        if len(data) > wanted:
            self._waiting.appendleft(data[wanted:])
            self._size += len(data) - wanted
        return data[:wanted]

    async def arrive(self, data: memoryview) -> None:
        """Take a payload from the connection. Raises Garbled for one too many that was not waited for."""
        if self._owed and self._size + len(data) > MOST_WAITING:
            raise Garbled("data without end before the last was acknowledged")
        if not data:
            return
        self._waiting.append(data)
        self._size += len(data)
        self._arrived.set()
        self._owed = self._size >= WINDOW
        if not self._owed:
            await self._packet(OKAY)

    def acknowledged(self, remote: int) -> None:
        """The other side took a packet, or the OPEN."""
        self.remote = self.remote or remote
        self._ready.set()

    def hang_up(self) -> None:
        """The other side is gone; what came before can still be read."""
        self.gone = True
        self._ready.set()
        self._arrived.set()

    async def close(self) -> None:
        """End the stream from this side; one that was never accepted is refused, by a number of its own that is 0."""
        if not self.gone:
            self._owner.forget(self)
            with contextlib.suppress(Gone):
                await self._packet(CLSE, number=self.local if self._accepted else 0)
            self.hang_up()

    async def _packet(self, command: int, data: bytes | memoryview = b"", *, number: int | None = None) -> None:
        """Send one packet of this stream. Raises Gone."""
        if self.gone:
            raise Gone
        try:
            await self._owner.wire.write(command, self.local if number is None else number, self.remote, data)
        except Pulled as error:
            raise Gone from error

"""One TCP connection: packets in, packets out, and the faults of a cable."""

import asyncio
import contextlib
import socket
import struct
import time

from pocketbench.simulator.adb import packets
from pocketbench.simulator.adb.packets import HEADER, Packet
from pocketbench.simulator.state.faults import Faults

WEDGE_LOOK_S = 0.05
# Closed with a reset, as a pulled cable is: what is on its way is lost.
_ABRUPT = struct.pack("ii", 1, 0)


class Pulled(Exception):
    """The connection is gone."""


class Wire:
    """A connected socket. Reading is for one task, writing for any: a packet is never mixed with another."""

    def __init__(self, connected: socket.socket, faults: Faults) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connected
        self._faults = faults
        self._loop = asyncio.get_running_loop()
        self._writing = asyncio.Lock()
        self._free_at = [0.0, 0.0]  # in, out: when the slowed cable has carried what was given to it
        self.checked = False

    async def read(self) -> Packet:
        """The next packet. Raises Garbled, and Pulled at the end."""
        header = await self._exactly(HEADER.size)
        head = packets.parse(header)
        payload = memoryview(await self._exactly(head.length))
        await self._slowed(head.length, 0)
        if self.checked and packets.checksum(payload) != head.checksum:
            raise packets.Garbled("a checksum that is wrong")
        return Packet(head.command, head.arg0, head.arg1, payload)

    async def write(self, command: int, arg0: int, arg1: int, payload: bytes | memoryview = b"") -> None:
        """Send one packet. Raises Pulled."""
        async with self._writing:
            await self._slowed(len(payload), 1)
            header = packets.head(command, arg0, arg1, payload, checked=self.checked)
            try:
                sent = self._at_once(header, payload)
                if sent < len(header):
                    await self._loop.sock_sendall(self._socket, header[sent:])
                    sent = len(header)
                if sent - len(header) < len(payload):
                    await self._loop.sock_sendall(self._socket, memoryview(payload)[sent - len(header) :])
            except OSError as error:
                raise Pulled from error

    def pull(self) -> None:
        """End it at once, in both directions."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPT)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the socket back, after the last read."""
        self._socket.close()

    def _at_once(self, header: bytes, payload: bytes | memoryview) -> int:
        """Send what the system takes now; how many bytes it took."""
        try:
            return self._socket.sendmsg((header, payload))
        except (BlockingIOError, InterruptedError):
            return 0

    async def _exactly(self, wanted: int) -> bytearray:
        """Read so many bytes. Raises Pulled."""
        buffer = bytearray(wanted)
        view, have = memoryview(buffer), 0
        while have < wanted:
            try:
                got = await self._loop.sock_recv_into(self._socket, view[have:])
            except OSError as error:
                raise Pulled from error
            if not got:
                raise Pulled
            have += got
        return buffer

    async def _slowed(self, amount: int, way: int) -> None:
        """Take the time that a slow, far or wedged cable takes for a packet. Raises Pulled when it is the one that ends it."""
        faults = self._faults
        while faults.wedge == "all":
            await asyncio.sleep(WEDGE_LOOK_S)
        if faults.latency and not way:
            await asyncio.sleep(faults.latency)
        if faults.rate:
            now = time.monotonic()
            self._free_at[way] = max(self._free_at[way], now) + amount / faults.rate
            await asyncio.sleep(self._free_at[way] - now)
        if faults.drop_after is not None:
            faults.drop_after -= amount
            if faults.drop_after < 0:
                faults.drop_after = None
                self.pull()
                raise Pulled

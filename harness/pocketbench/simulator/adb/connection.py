"""One connection: the greeting, the question whether this computer may, and the table of streams."""

import asyncio
import contextlib
import socket
from collections.abc import Coroutine
from typing import Any

from pocketbench.simulator.adb import auth, packets
from pocketbench.simulator.adb.machine import Listener, Machine, NoService, request
from pocketbench.simulator.adb.packets import AUTH, CLSE, CNXN, MAX_PAYLOAD, OKAY, OLD_PAYLOAD, OPEN, VERSION, WRTE, Garbled, Packet
from pocketbench.simulator.adb.services import serve
from pocketbench.simulator.adb.stream import Gone, Stream
from pocketbench.simulator.adb.wire import Pulled, Wire

MAX_STREAMS = 512
MAX_NAME = 64 << 10  # a shell command may be long
ENDING_S = 5.0


class Connection:
    """A computer's adb server at the other end."""

    def __init__(self, connected: socket.socket, machine: Machine) -> None:
        self.machine = machine
        self.wire = Wire(connected, machine.phone.faults)
        self.max_payload = OLD_PAYLOAD
        self.listeners: dict[str, Listener] = {}
        self.online = False
        self._offered = b""
        self._token = b""
        self._streams: dict[int, Stream] = {}
        self._next = 1
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def asking(self) -> bool:
        """Whether a key is shown to the owner right now."""
        return bool(self._offered) and not self.online

    async def run(self) -> None:
        """Serve until the connection ends, then end all that it started."""
        try:
            while True:
                await self._handle(await self.wire.read())
        except Garbled as error:
            self.machine.phone.say("E", "adbd", f"connection ended: {error}")
        except Pulled:
            pass
        finally:
            await self._end()

    async def decide(self, *, accepted: bool) -> None:
        """The owner's answer to the key that is shown."""
        if accepted:
            self.machine.owner.remember(self._offered)
            with contextlib.suppress(Pulled):
                await self._greet()
        else:
            self.wire.pull()

    async def call(self, destination: str) -> Stream:
        """Open a stream to something on the computer. Raises Gone when it is refused."""
        stream = self._stream(0)
        try:
            await self.wire.write(OPEN, stream.local, 0, destination.encode() + b"\0")
        except Pulled as error:
            raise Gone from error
        await stream.opened()
        return stream

    def forget(self, stream: Stream) -> None:
        """Drop a stream from the table."""
        self._streams.pop(stream.local, None)

    async def _handle(self, packet: Packet) -> None:
        """Do what a packet says; before the greeting only a greeting and a key are heard."""
        if self.machine.phone.faults.offline:
            return
        if packet.command == CNXN:
            await self._connect(packet)
        elif packet.command == AUTH:
            await self._authenticate(packet)
        elif self.online and packet.command == OPEN:
            await self._open(packet)
        elif self.online and (stream := self._streams.get(packet.arg1)):
            await self._within(stream, packet)

    async def _connect(self, packet: Packet) -> None:
        """The computer's greeting: answered at once, or with a token to sign."""
        self.wire.checked = packet.arg0 < VERSION
        self.max_payload = max(1, min(packet.arg1, MAX_PAYLOAD if packet.arg0 >= VERSION else OLD_PAYLOAD))
        if self.machine.owner.mode == "none":
            await self._greet()
        else:
            await self._challenge()

    async def _challenge(self) -> None:
        """Send a fresh token."""
        self._token = auth.token()
        await self.wire.write(AUTH, auth.TOKEN, 0, self._token)

    async def _authenticate(self, packet: Packet) -> None:
        """A signature of a known key opens; a key is shown to the owner."""
        owner = self.machine.owner
        if not self._token:
            raise Garbled("an answer to no question")
        if packet.arg0 == auth.SIGNATURE:
            await (self._greet() if owner.knows(self._token, bytes(packet.payload)) else self._challenge())
        elif packet.arg0 == auth.PUBLIC_KEY:
            self._offered = bytes(packet.payload[:MAX_NAME])
            if owner.mode == "accept":
                await self.decide(accepted=True)

    async def _greet(self) -> None:
        """Say who this is; from now on services can be had."""
        self.online = True
        await self.wire.write(CNXN, VERSION, MAX_PAYLOAD, self.machine.banner.encode())

    async def _open(self, packet: Packet) -> None:
        """Start a service for the computer."""
        if len(self._streams) >= MAX_STREAMS or len(packet.payload) > MAX_NAME:
            await self.wire.write(CLSE, 0, packet.arg0)
            return
        name = bytes(packet.payload).rstrip(b"\0").decode(errors="surrogateescape")
        self._start(self._serve(name, self._stream(packet.arg0)))

    async def _within(self, stream: Stream, packet: Packet) -> None:
        """A packet of an open stream."""
        if packet.command == OKAY:
            stream.acknowledged(packet.arg0)
        elif packet.command == WRTE:
            with contextlib.suppress(Gone):
                await stream.arrive(packet.payload)
        elif packet.command == CLSE:
            self.forget(stream)
            stream.hang_up()

    def _stream(self, remote: int) -> Stream:
        """A new stream in the table."""
        stream = Stream(self, self._next, remote)
        self._streams[self._next] = stream
        self._next = self._next % packets.MAX_ID + 1
        return stream

    def _start(self, task: Coroutine[Any, Any, None]) -> None:
        """Run a service beside the others."""
        started = asyncio.create_task(task)
        self._tasks.add(started)
        started.add_done_callback(self._tasks.discard)

    async def _serve(self, name: str, stream: Stream) -> None:
        """Run one service to its end; one that is not there closes the stream unopened."""
        try:
            await serve(stream, request(name, self))
        except (NoService, Garbled, OSError, ValueError) as error:
            self.machine.phone.say("W", "adbd", f"{name.encode(errors='replace').decode()[:200]}: {error}")
        except Gone:
            pass
        finally:
            await stream.close()

    async def _end(self) -> None:
        """Hang up every stream, let services end, end those that do not."""
        self.online = False
        self.wire.pull()
        for listener in self.listeners.values():
            listener.close()
        for stream in list(self._streams.values()):
            stream.hang_up()
        if tasks := set(self._tasks):
            _, slow = await asyncio.wait(tasks, timeout=ENDING_S)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
        self.wire.close()

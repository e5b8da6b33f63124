"""The phone's end of the cable: a listening socket that can be pulled and put in again, and the connections through it."""

import asyncio
import socket
from collections.abc import Iterator

from pocketbench.simulator.adb.connection import Connection
from pocketbench.simulator.adb.machine import Machine

MAX_CONNECTIONS = 32
LOOK_AGAIN_S = 0.01


class Port:
    """A bound socket, listening from :meth:`open` to :meth:`close`; it keeps its port all the while."""

    def __init__(self, bound: socket.socket, machine: Machine) -> None:
        self._bound = bound
        self._machine = machine
        self._connections: set[Connection] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()

    def __iter__(self) -> Iterator[Connection]:
        """The connections that are."""
        return iter(tuple(self._connections))

    def open(self) -> None:
        """Take connections. Raises OSError when another program has the port meanwhile."""
        if not self._open.is_set():
            self._bound.listen()
            self._open.set()

    def close(self) -> None:
        """Take none, and end those that are."""
        if self._open.is_set():
            self._open.clear()
            self._bound.shutdown(socket.SHUT_RDWR)
        self.cut()

    def cut(self) -> None:
        """End every connection; the next is taken."""
        for connection in self:
            connection.wire.pull()

    async def serve(self) -> None:
        """Take connections for as long as the phone is on."""
        loop = asyncio.get_running_loop()
        while True:
            await self._open.wait()
            try:
                connected, _ = await loop.sock_accept(self._bound)
            except OSError:  # closed meanwhile
                await asyncio.sleep(LOOK_AGAIN_S)
                continue
            if len(self._connections) < MAX_CONNECTIONS:
                self._serve(Connection(connected, self._machine))
            else:
                connected.close()

    def _serve(self, connection: Connection) -> None:
        """Serve one connection beside the others."""

        async def served() -> None:
            try:
                await connection.run()
            finally:
                self._connections.discard(connection)

        self._connections.add(connection)
        task = asyncio.create_task(served())
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

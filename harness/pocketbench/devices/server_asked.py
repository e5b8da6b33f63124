"""A service that runs behind a server: heard on the server's connection, asked through another one."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pocketbench import serving
from pocketbench.devices import Ask
from pocketbench.devices.asked_ways import Ways
from pocketbench.errors import ServerLost
from pocketbench.protocol import Order, Serving

# What a service of which nothing is wanted any more has to end by itself.
END_S = 2.0


class Asked:
    """A service that a server runs; ``reach`` gives a connection to one of its ports."""

    def __init__(self, server: serving.Server, reach: Callable[[int], socket.socket], ask: Ask, order: Order) -> None:
        self._server, self._reach, self._ask, self._order = server, reach, ask, order
        self._report, self._over = b"", threading.Event()
        self._asking: threading.Thread | None = None
        self._ways = Ways()

    def carry(self, folder: Path, deadline_s: float, runner: str) -> serving.Came:
        """Carry the order out, asking meanwhile."""
        try:
            return self._server.carry(self._order, folder, deadline_s, runner, told=self._hear)
        finally:
            self._over.set()
            self._ways.end()
            if self._asking:
                self._asking.join()

    def _hear(self, piece: bytes) -> None:
        """Hear more of the report; begin to ask when the service listens."""
        self._report += piece
        if self._asking is None and (found := serving.announced(self._report, self._order)):
            self._asking = threading.Thread(target=self._talk, args=(found,), daemon=True)
            self._asking.start()

    def _talk(self, found: Serving) -> None:
        """Ask, and end the order when nothing of it is wanted any more and it does not end by itself."""
        if not self._ask(found, lambda: self._ways.reach(lambda: self._reach(found.port))) and not self._over.wait(END_S):
            with suppress(ServerLost):
                self._server.stop()

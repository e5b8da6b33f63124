"""The connections that a service is asked by: no longer than its order, none made when that is over."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Ways:
    """Connections to one service, from any thread; they end together."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._over = False
        self._open: list[socket.socket] = []

    def reach(self, connect: Callable[[], socket.socket]) -> socket.socket:
        """One more. Raises OSError, where its order is over too, and what ``connect`` raises."""
        way = connect()
        with self._turn:
            if self._over:
                way.close()
                raise ConnectionAbortedError("its order is over")
            self._open = [one for one in self._open if one.fileno() >= 0] + [way]
        return way

    def end(self) -> None:
        """End all of them, and any that is still being made."""
        with self._turn:
            self._over = True
            for way in self._open:
                with suppress(OSError):
                    way.shutdown(socket.SHUT_RDWR)

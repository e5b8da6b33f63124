"""Ways to services: a client whom only one port is forwarded to reaches the port of a service that its order runs."""

import json
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from serving.asked import Refused

MAX_LINE_BYTES = 4096
PIECE_BYTES = 1 << 18
CONNECT_S = 5.0
IDLE_S = 600.0


class Reachable:
    """The ports that the reports of running orders have named."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[int, bytes] = {}
        self._ports: dict[int, int] = {}

    def hear(self, order: object, piece: bytes) -> None:
        """Read more of an order's report: its line ``serving`` stands near its beginning."""
        lines = (self._begun.get(id(order), b"") + piece[:MAX_LINE_BYTES])[:MAX_LINE_BYTES]
        self._begun[id(order)] = lines
        for line in lines.split(b"\n")[:-1]:
            with suppress(ValueError, RecursionError):
                told = json.loads(line)
                if isinstance(told, dict) and told.get("event") == "serving" and type(told.get("port")) is int:
                    with self._lock:
                        self._ports[id(order)] = told["port"]

    def forget(self, order: object) -> None:
        """An order has ended."""
        with self._lock:
            self._begun.pop(id(order), None)
            self._ports.pop(id(order), None)

    @contextmanager
    def connected(self, port: int) -> Iterator[socket.socket]:
        """A connection to a service that runs. Raises Refused."""
        with self._lock:
            known = port in self._ports.values()
        if not known:
            raise Refused("device-refused", f"no order that runs here serves on port {port}")
        try:
            connection = socket.create_connection(("127.0.0.1", port), CONNECT_S)
        except OSError as error:
            raise Refused("device-refused", f"the service on port {port} does not answer: {error}") from error
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield connection


def relay(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until an end closes, or nothing has come for a long time."""
    ways = {one: other, other: one}
    while ready := select.select([one, other], [], [], IDLE_S)[0]:
        for here in ready:
            try:
                piece = here.recv(PIECE_BYTES)
                if not piece:
                    return
                ways[here].settimeout(IDLE_S)
                ways[here].sendall(piece)
            except OSError:
                return

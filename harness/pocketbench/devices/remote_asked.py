"""A service that an order runs at the other end of a wire: its report is looked at there until it listens, then it is asked through a port of this computer."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from pocketbench import protocol, serving
from pocketbench.devices import Ask, remote_group
from pocketbench.devices.asked_ways import Ways
from pocketbench.errors import ProtocolError, WireError
from pocketbench.protocol import Order, Serving
from pocketbench.remote import Remote

CONNECT_S = 10.0
# Each look is a command there, where a model is being loaded, which is timed.
LOOK_EVERY_S = 0.25
LOOK_S = 10.0
# A service says of itself where it listens before anything that is long.
LOOK_BYTES = 1 << 16
# What a service of which nothing is wanted any more has to end by itself.
END_S = 2.0

# Gives, for as long as a block takes, a port of this computer that leads to one there. Raises WireError.
Forward = Callable[[int], AbstractContextManager[int]]


@contextmanager
def asking(remote: Remote, path: str, order: Order, ask: Ask, forward: Forward, deadline_s: float) -> Iterator[None]:
    """``ask`` the service that ``order`` runs in the folder ``path``, while the block waits for the order's end.

    Raises WireError or ProtocolError, at the block's end where it could not be asked.
    """
    remote.done(f'rm -f "{path}/{protocol.REPORT}"', called="remove the report before")
    asked = _Asked(remote, path, order, ask, forward, time.monotonic() + deadline_s)
    thread = threading.Thread(target=asked.go, daemon=True)
    thread.start()
    try:
        yield
    finally:
        asked.end()
        thread.join()
    if asked.failed:
        raise asked.failed


class _Asked:
    """A service, from its beginning to its end."""

    def __init__(self, remote: Remote, path: str, order: Order, ask: Ask, forward: Forward, until: float) -> None:
        self._remote, self._path, self._order = remote, path, order
        self._ask, self._forward, self._until = ask, forward, until
        self._over = threading.Event()
        self._ways = Ways()
        self.failed: WireError | ProtocolError | None = None

    def go(self) -> None:
        """Wait until it listens, and ask it; end it where it is not to go on."""
        try:
            found = serving.await_announced(self._report, self._over.is_set, self._order, self._until, every_s=LOOK_EVERY_S)
            wanted = found is None or self._over.is_set() or self._asked(found)
        except (WireError, ProtocolError) as error:
            wanted = False
            self.failed = None if self._over.is_set() else error
        if not wanted and not self._over.wait(END_S):
            with suppress(WireError):
                self._remote.shell(remote_group.end(self._path), deadline_s=LOOK_S, called="end the service")

    def end(self) -> None:
        """Its order is over: so is every way to it."""
        self._over.set()
        self._ways.end()

    def _asked(self, found: Serving) -> bool:
        """Ask it; whether it is to go on by itself. Raises WireError without a way to it."""
        with self._forward(found.port) as port:
            return self._ask(found, lambda: self._ways.reach(lambda: socket.create_connection(("127.0.0.1", port), CONNECT_S)))

    def _report(self) -> bytes:
        """What there is of its report. Raises WireError."""
        return self._remote.shell(
            f'head -c {LOOK_BYTES} "{self._path}/{protocol.REPORT}" 2>/dev/null', deadline_s=LOOK_S, called="look at the report"
        ).stdout.encode()

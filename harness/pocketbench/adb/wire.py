"""Connections to the adb server with one deadline and one bound for all that a call does. The only module that derives from adbutils' classes.

adbutils sets time limits for a single read and leaves some connections without any (seen in 2.12.0: a shell with ``timeout=2`` had not
returned after 10 s). Here a socket knows when its call must have ended, whatever is read or written when. It also bounds what a
phone may send, sends whole messages (adbutils calls ``send`` where it means ``sendall``), and never starts a server.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import adbutils
from adbutils._adb import AdbConnection

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CONNECT_S = 5.0
PIECE_BYTES = 1 << 20


class TooMuch(Exception):
    """A phone sent more than the call's bound."""


@dataclass(slots=True)
class _Limits:
    """When the call that is going on must have ended (monotonic seconds), how many bytes it may still receive, what it has opened."""

    until: float
    bytes_left: int
    opened: "list[Socket]" = field(default_factory=list)


_LIMITS: ContextVar[_Limits] = ContextVar("limits")


@contextlib.contextmanager
def within(deadline_s: float, limit_bytes: int) -> Iterator[None]:
    """Give everything that is done inside ``deadline_s`` seconds and ``limit_bytes`` to receive, all together; where it fails, its sockets are closed.

    adbutils leaves a connection open whose first answer is a refusal.
    """
    limits = _Limits(time.monotonic() + deadline_s, limit_bytes)
    token = _LIMITS.set(limits)
    try:
        yield
    except BaseException:
        for one in limits.opened:
            one.close()
        raise
    finally:
        _LIMITS.reset(token)


class Socket(socket.socket):
    """A socket whose every operation ends with the call that it was opened in. Raises TimeoutError and TooMuch."""

    limits: _Limits

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive at most ``size`` bytes and never more than a piece: a phone chooses the sizes, and they are allocated beforehand."""
        self._in_time()
        data = super().recv(min(size, PIECE_BYTES), flags)
        self.limits.bytes_left -= len(data)
        if self.limits.bytes_left < 0:
            raise TooMuch
        return data

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        """Send all of it."""
        self._in_time()
        self.sendall(data, flags)
        return len(memoryview(data))

    def _in_time(self) -> None:
        """Let the next operation take what is left of the call's time."""
        left = self.limits.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)


class Connection(AdbConnection):  # type: ignore[misc]
    """One connection to the adb server, made without starting one."""

    def __init__(self, host: str, port: int, opened: "Opened") -> None:
        self._place, self._opened = (host, port), opened
        super().__init__(host, port)

    def _safe_connect(self) -> Socket:
        """Connect, and let :class:`Opened` know. Raises OSError."""
        made = Socket()
        made.limits = _LIMITS.get()
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(max(0.001, min(CONNECT_S, made.limits.until - time.monotonic())))
        try:
            made.connect(self._place)
            self._opened.add(made)
            made.limits.opened.append(made)
        except BaseException:
            made.close()
            raise
        return made


class Opened:
    """The sockets that are open to one phone, so that another thread can end what is waited for."""

    def __init__(self) -> None:
        self._sockets: set[Socket] = set()
        self._turn = threading.Lock()
        self._shut = False

    def add(self, made: Socket) -> None:
        """Keep a socket; those that were closed meanwhile are forgotten. Raises ConnectionAbortedError once shut."""
        with self._turn:
            if self._shut:
                raise ConnectionAbortedError("given up")
            self._sockets = {one for one in self._sockets if one.fileno() >= 0} | {made}

    @property
    def is_shut(self) -> bool:
        """Whether what is waited for was given up: programs that wait for the phone look at it, too."""
        return self._shut

    def shut(self, *, again: bool = False) -> None:
        """End all of them, and let no new one be opened until this is called with ``again``."""
        with self._turn:
            self._shut = not again
            for one in () if again else self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


class Client(adbutils.AdbClient):  # type: ignore[misc]
    """adbutils' client over such connections. Its calls belong inside :func:`within`."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.opened = Opened()

    def make_connection(self, timeout: float | None = None) -> Any:  # noqa: ARG002 - the call's own deadline stands
        """Connect. Raises OSError."""
        return Connection(self.host, self.port, self.opened)

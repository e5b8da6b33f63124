"""Frames: a length (four bytes, big-endian), a header (JSON), and as many bytes as its ``bytes`` says. Bounded in size and time."""

import socket
import struct
import time
from typing import Any

import msgspec

from pocketbench.errors import ProtocolError, ServerLost

LENGTH = struct.Struct(">I")
MAX_HEAD_BYTES = 8 << 20
# A body up to this size goes out in one piece with its header: two pieces are two packets.
JOINED_BYTES = 1 << 16
# What a body may take beyond its frame's own time: even a bad cable is faster.
SLOWEST_BYTES_PER_S = 100_000


class Head(msgspec.Struct, frozen=True):
    """A frame's header: what it says, how many bytes follow, and what else it holds, each field typed."""

    say: str
    bytes: int
    protocol: int = 0
    nonce: str = ""
    proof: str = ""
    server: dict[str, str] = {}
    reason: str = ""
    message: str = ""
    path: str = ""
    paths: tuple[str, ...] = ()
    how: str = ""
    ns: int = 0


_DECODER = msgspec.json.Decoder(Head)


def send(connection: socket.socket, say: str, body: bytes | memoryview = b"", *, within_s: float = 60.0, **fields: Any) -> None:
    """Send one frame. Raises ServerLost."""
    text = msgspec.json.encode({"say": say, **fields, "bytes": len(body)})
    start = LENGTH.pack(len(text)) + text
    connection.settimeout(within_s + len(body) / SLOWEST_BYTES_PER_S)
    try:
        if len(body) <= JOINED_BYTES:
            connection.sendall(start + body)
        else:
            connection.sendall(start)
            connection.sendall(body)
    except OSError as error:
        raise ServerLost(f"the server takes nothing any more: {error}") from error


def receive(connection: socket.socket, *, within_s: float) -> Head:
    """Receive a header; its bytes are still to be read. Raises ServerLost, or ProtocolError for what is none."""
    until = time.monotonic() + within_s
    (length,) = LENGTH.unpack(exactly(connection, LENGTH.size, until))
    if not 2 <= length <= MAX_HEAD_BYTES:
        raise ProtocolError(f"the server sent a header of {length} bytes: it is no Pocketbench server")
    try:
        head = _DECODER.decode(exactly(connection, length, until))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ProtocolError(f"the server sent no header: {error}") from error
    if head.bytes < 0:
        raise ProtocolError(f"the server announced {head.bytes} bytes")
    return head


def body(connection: socket.socket, head: Head, most: int, *, within_s: float = 60.0) -> bytearray:
    """Receive a frame's bytes, at most so many. Raises ServerLost, ProtocolError."""
    if head.bytes > most:
        raise ProtocolError(f"the server announced {head.bytes} bytes of {head.say!r:.40}, more than {most}")
    return exactly(connection, head.bytes, time.monotonic() + within_s + head.bytes / SLOWEST_BYTES_PER_S)


def exactly(connection: socket.socket, count: int, until: float) -> bytearray:
    """Receive so many bytes before a point in monotonic time. Raises ServerLost."""
    data = bytearray(count)
    view, filled = memoryview(data), 0
    while filled < count:
        connection.settimeout(max(0.001, until - time.monotonic()))
        try:
            taken = connection.recv_into(view[filled:])
        except TimeoutError:
            raise ServerLost("the server says nothing any more") from None
        except OSError as error:
            raise ServerLost(f"the server is gone: {error}") from error
        if not taken:
            raise ServerLost("the server has closed the connection")
        filled += taken
    return data

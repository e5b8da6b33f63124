"""Frames, which both ends of a connection send: a length (four bytes, big-endian), a header (JSON, an object), and as many bytes as its ``bytes`` says.

    00 00 00 1b  {"say": "kept", "bytes": 0}

Everything that comes is bounded in size and in time, and typed where it is used.
"""

import json
import socket
import struct
import time
from typing import Any

Head = dict[str, Any]

LENGTH = struct.Struct(">I")
MAX_HEAD_BYTES = 1 << 20
# A body up to this size goes out in one piece with its header: two pieces are two packets.
JOINED_BYTES = 1 << 16
# What a body may take beyond its frame's own time: even a bad cable is faster.
SLOWEST_BYTES_PER_S = 100_000


class Broken(Exception):
    """What came is no frame, came too late, or broke off; there is nothing to be said on this connection any more."""


class Gone(Broken):
    """The other end has closed the connection between two frames."""


def send(connection: socket.socket, say: str, body: bytes | memoryview = b"", *, within_s: float = 60.0, **fields: Any) -> None:
    """Send one frame. Raises Broken."""
    text = json.dumps({"say": say, **fields, "bytes": len(body)}).encode()
    start = LENGTH.pack(len(text)) + text
    connection.settimeout(within_s + len(body) / SLOWEST_BYTES_PER_S)
    try:
        if len(body) <= JOINED_BYTES:
            connection.sendall(start + body)
        else:
            connection.sendall(start)
            connection.sendall(body)
    except OSError as error:
        raise Broken(f"could not be sent: {error}") from error


def receive(connection: socket.socket, *, within_s: float, most: int = MAX_HEAD_BYTES) -> Head:
    """Receive a frame's header, whose ``say`` is text and whose ``bytes`` is a number; the bytes are still to be read. Raises Broken, Gone."""
    until = time.monotonic() + within_s
    try:
        first = exactly(connection, LENGTH.size, until)
    except EOFError:
        raise Gone("closed") from None
    (length,) = LENGTH.unpack(first)
    if not 2 <= length <= most:
        raise Broken(f"a header of {length} bytes")
    try:
        head = json.loads(exactly(connection, length, until))
    except (EOFError, ValueError, RecursionError) as error:
        raise Broken(f"no header: {error}") from None
    if not isinstance(head, dict) or type(head.get("say")) is not str or type(head.get("bytes")) is not int or head["bytes"] < 0:
        raise Broken("no header")
    return head


def body(connection: socket.socket, head: Head, most: int, *, within_s: float = 60.0) -> bytearray:
    """Receive the bytes of a frame, at most so many. Raises Broken."""
    if head["bytes"] > most:
        raise Broken(f"{head['say']!r:.40} with {head['bytes']} bytes, more than {most}")
    try:
        return exactly(connection, head["bytes"], time.monotonic() + within_s + head["bytes"] / SLOWEST_BYTES_PER_S)
    except EOFError:
        raise Broken("broke off in a frame's bytes") from None


def exactly(connection: socket.socket, count: int, until: float) -> bytearray:
    """Receive so many bytes before a point in monotonic time. Raises Broken; EOFError where not one comes any more."""
    data = bytearray(count)
    view, filled = memoryview(data), 0
    while filled < count:
        left = until - time.monotonic()
        if left <= 0:
            raise Broken("too late")
        connection.settimeout(left)
        try:
            taken = connection.recv_into(view[filled:])
        except TimeoutError:
            raise Broken("too late") from None
        except OSError as error:
            raise Broken(str(error)) from error
        if not taken:
            raise Broken("broke off in a frame") if filled else EOFError
        filled += taken
    return data

"""How a sync request fails: a message for the person at the other end."""

import struct

from pocketbench.simulator.adb.stream import Stream

_FAIL = struct.Struct("<4sI")
MAX_MESSAGE = 1024


class Failed(Exception):
    """A request cannot be done; the stream ends with it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def because(what: str, error: OSError) -> Failed:
    """A failure in adbd's words: what could not be done, and the system's reason."""
    return Failed(f"{what}: {error.strerror}")


async def fail(stream: Stream, message: str) -> None:
    """Tell the computer."""
    data = message.encode(errors="surrogateescape")[:MAX_MESSAGE]
    await stream.send(_FAIL.pack(b"FAIL", len(data)) + data)

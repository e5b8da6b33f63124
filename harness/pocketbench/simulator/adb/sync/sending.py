"""Sending a file to the computer: RECV and RCV2, which is what ``adb pull`` asks for."""

import os
import struct

from pocketbench.simulator.adb.stream import Stream
from pocketbench.simulator.adb.sync.failing import Failed, because

_HEAD = struct.Struct("<4sI")
_FLAGS = struct.Struct("<4sI")
CHUNK_BYTES = 64 << 10  # the most that a DATA may hold
BATCH = 15  # so many of them fill a packet


async def recv1(stream: Stream, path: bytes) -> None:
    """``RECV PATH``."""
    await _file(stream, path)


async def recv2(stream: Stream, path: bytes) -> None:
    """``RCV2 PATH``, then the flags: only no compression is offered."""
    _, flags = _FLAGS.unpack(await stream.exactly(_FLAGS.size))
    if flags:
        raise Failed("unknown compression")
    await _file(stream, path)


async def _file(stream: Stream, path: bytes) -> None:
    """Send what a path holds. Raises Failed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise because("open failed", error) from error
    try:
        while data := _read(descriptor):
            await stream.send(data)
    except OSError as error:
        raise because("read failed", error) from error
    finally:
        os.close(descriptor)
    await stream.send(_HEAD.pack(b"DONE", 0))


def _read(descriptor: int) -> bytearray:
    """The next DATAs, as many as fill a packet."""
    batch = bytearray()
    for _ in range(BATCH):
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            break
        batch += _HEAD.pack(b"DATA", len(chunk))
        batch += chunk
    return batch

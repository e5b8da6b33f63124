"""``sync:``: files to and from the phone, versions 1 and 2 of each request.

Names are bytes, as they came; the phone's own root is this process's root, so there is nothing else that they could name.
"""

import struct

from pocketbench.simulator.adb.machine import Request
from pocketbench.simulator.adb.stream import Gone, Stream
from pocketbench.simulator.adb.sync import looking, receiving, sending
from pocketbench.simulator.adb.sync.failing import Failed, fail

HEAD = struct.Struct("<4sI")
MAX_PATH = 1024

_REQUESTS = {
    b"STAT": looking.stat1,
    b"LST2": looking.lstat2,
    b"STA2": looking.stat2,
    b"LIST": looking.list1,
    b"LIS2": looking.list2,
    b"SEND": receiving.send1,
    b"SND2": receiving.send2,
    b"RECV": sending.recv1,
    b"RCV2": sending.recv2,
}


async def sync(stream: Stream, request: Request) -> None:
    """Serve requests until QUIT; what cannot be done is told, and ends the stream as it does on a phone."""
    del request
    await stream.accept()
    while True:
        word, length = HEAD.unpack(await stream.exactly(HEAD.size))
        if word == b"QUIT":
            return
        try:
            await _one(stream, bytes(word), length)
        except Failed as failed:
            await fail(stream, failed.message)
            raise Gone from failed


async def _one(stream: Stream, word: bytes, length: int) -> None:
    """Serve one request. Raises Failed."""
    if length > MAX_PATH:
        raise Failed("path too long")
    path = bytes(await stream.exactly(length))
    if word not in _REQUESTS:
        raise Failed(f"unknown command {word!r}")
    if b"\0" in path:
        raise Failed("a name with a null byte")
    await _REQUESTS[word](stream, path)

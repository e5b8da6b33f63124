"""``tcp:``, ``localabstract:`` and their like: a socket on the phone, carried to the computer by ``adb forward``."""

import asyncio
import socket

from pocketbench.simulator.adb.machine import NoService, Request
from pocketbench.simulator.adb.stream import Gone, Stream

READ_BYTES = 256 << 10


async def tcp(stream: Stream, request: Request) -> None:
    """``tcp:PORT`` on the phone's own loopback."""
    if not request.argument.isdecimal() or not 0 < int(request.argument) < 65536:
        raise NoService("no port")
    await _bridged(stream, socket.AF_INET, ("127.0.0.1", int(request.argument)))


async def local(stream: Stream, request: Request) -> None:
    """``localfilesystem:PATH``."""
    await _bridged(stream, socket.AF_UNIX, request.argument)


async def abstract(stream: Stream, request: Request) -> None:
    """``localabstract:NAME``."""
    await _bridged(stream, socket.AF_UNIX, "\0" + request.argument)


async def reserved(stream: Stream, request: Request) -> None:
    """``localreserved:NAME``, in Android's folder for them."""
    await _bridged(stream, socket.AF_UNIX, "/dev/socket/" + request.argument)


async def _bridged(stream: Stream, family: socket.AddressFamily, address: tuple[str, int] | str) -> None:
    """Connect, then accept, then carry. Raises OSError when nobody listens."""
    connected = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        await asyncio.get_running_loop().sock_connect(connected, address)
        await stream.accept()
        await bridge(stream, connected)
    finally:
        connected.close()


async def bridge(stream: Stream, connected: socket.socket) -> None:
    """Carry both ways until one side ends."""
    loop = asyncio.get_running_loop()

    async def up() -> None:
        while data := await loop.sock_recv(connected, READ_BYTES):
            await stream.send(data)

    async def down() -> None:
        while data := await stream.receive():
            await loop.sock_sendall(connected, data)

    both = [asyncio.create_task(up()), asyncio.create_task(down())]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        for ended in await asyncio.gather(*both, return_exceptions=True):
            if isinstance(ended, BaseException) and not isinstance(ended, (asyncio.CancelledError, OSError, Gone)):
                raise ended

"""Reading and writing of pipes and terminals without holding up anything else."""

import asyncio
import errno
import os


async def read(descriptor: int, most: int) -> bytes:
    """At most so many bytes of a non-blocking descriptor, b"" at the end; a terminal whose last process has gone says so with EIO."""
    while True:
        try:
            return os.read(descriptor, most)
        except BlockingIOError:
            await _ready(descriptor, writing=False)
        except OSError as error:
            if error.errno == errno.EIO:
                return b""
            raise


async def write(descriptor: int, data: memoryview) -> None:
    """Write it all. Raises OSError when nobody reads any more."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            await _ready(descriptor, writing=True)


async def _ready(descriptor: int, *, writing: bool) -> None:
    """Wait until it can be read or written."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()
    watch, leave = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)

    def ready() -> None:
        if not waiting.done():
            waiting.set_result(None)

    watch(descriptor, ready)
    try:
        await waiting
    finally:
        leave(descriptor)


async def ended(process: int) -> None:
    """Wait until a process of ours has ended; it is still to be waited for."""
    watched = os.pidfd_open(process)
    try:
        await _ready(watched, writing=False)
    finally:
        os.close(watched)

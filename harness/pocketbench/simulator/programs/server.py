"""The phone's answering side: programs ask at a socket, are served, and get an exit code."""

import asyncio
import contextlib
import os
import socket
import struct
from pathlib import Path

from pocketbench.simulator.programs import ASKED, PROGRAMS
from pocketbench.simulator.programs.call import FRAME, Call, Device, Ended, receive

MAX_CALLS = 200
_CREDENTIALS = struct.Struct("3i")  # process, user, group


class Server:
    """Serves programs for as long as the phone is on."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._calls = 0

    async def start(self, place: Path) -> None:
        """Listen at a path."""
        await asyncio.start_unix_server(self._serve, place)
        place.chmod(0o666)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one program. What it sends is the user's; whatever is wrong with it ends this call alone."""
        self._calls += 1
        try:
            if self._calls <= MAX_CALLS:
                await _answer(await _read(self._device, reader, writer), writer)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            self._calls -= 1
            with contextlib.suppress(OSError):
                writer.close()


async def _answer(call: Call, writer: asyncio.StreamWriter) -> None:
    """Run the program beside a watch for its caller's end."""
    running, leaving = asyncio.create_task(_run(call)), asyncio.create_task(_left(call.process))
    try:
        await asyncio.wait([running, leaving], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            writer.write(FRAME.pack(b"x", 1) + bytes([running.result() & 255]))
            await writer.drain()
    finally:
        for task in (running, leaving):
            task.cancel()
        await asyncio.gather(running, leaving, return_exceptions=True)


async def _run(call: Call) -> int:
    """The program's exit code."""
    try:
        await (PROGRAMS.get(call.name) or ASKED[call.name])(call)
    except Ended as ended:
        return ended.code
    except KeyError:
        await call.complain(f"{call.name}: not found")
        return 127
    return 0


async def _left(process: int) -> None:
    """Wait until the caller's process has ended: it may have been killed without a word."""
    watched = os.pidfd_open(process)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(watched, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(watched)
        os.close(watched)


async def _read(device: Device, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call:
    """What is called. Raises ValueError when it is no call."""
    kind, data = await receive(reader)
    if kind != b"w":
        raise ValueError("no words")
    folder, name, *words = (os.fsdecode(word) for word in data.split(b"\0"))
    return Call(name, tuple(words), Path(folder), _caller(writer), device, reader, writer)


def _caller(writer: asyncio.StreamWriter) -> int:
    """The id of the process at the other end."""
    connected: socket.socket = writer.get_extra_info("socket")
    process: int = _CREDENTIALS.unpack(connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))[0]
    return process

"""``reverse:``: sockets on the phone whose connections are carried to the computer. They end with the connection that asked for them."""

import asyncio
import contextlib
import socket

from pocketbench.simulator.adb.machine import Host, Listener, Request
from pocketbench.simulator.adb.services.sockets import bridge
from pocketbench.simulator.adb.stream import Gone, Stream

MAX_LISTENERS = 100


async def reverse(stream: Stream, request: Request) -> None:
    """``reverse:forward:[norebind:]PHONE;COMPUTER``, ``list-forward``, ``killforward:PHONE``, ``killforward-all``."""
    verb, _, rest = request.argument.partition(":")
    await stream.accept()
    try:
        await stream.send(_answer(verb, rest, request.host))
    except (OSError, ValueError) as error:
        await stream.send(b"FAIL" + _counted(str(getattr(error, "strerror", None) or error)))


def _answer(verb: str, rest: str, host: Host) -> bytes:
    """Do what is asked and say so. Raises OSError and ValueError."""
    if verb == "list-forward":
        return _counted("".join(f"(reverse) {name} {listener.destination}\n" for name, listener in host.listeners.items()))
    if verb == "forward":
        return b"OKAY" + _forward(rest, host)
    if verb == "killforward":
        if rest not in host.listeners:
            raise ValueError(f"listener '{rest}' not found")
        host.listeners.pop(rest).close()
        return b"OKAY"
    if verb == "killforward-all":
        for listener in host.listeners.values():
            listener.close()
        host.listeners.clear()
        return b"OKAY"
    raise ValueError(f"unknown reverse request {verb[:40]!r}")


def _forward(rest: str, host: Host) -> bytes:
    """Listen on the phone; the answer names the port where any was wanted."""
    place, _, destination = rest.removeprefix("norebind:").partition(";")
    if place in host.listeners:
        if rest.startswith("norebind:"):
            raise ValueError("cannot rebind existing socket")
        host.listeners.pop(place).close()
    if len(host.listeners) >= MAX_LISTENERS:
        raise ValueError("too many listeners")
    listening = _listening(place)
    name = f"tcp:{listening.getsockname()[1]}" if place == "tcp:0" else place
    task = asyncio.create_task(_accept(listening, destination, host))
    task.add_done_callback(lambda _: listening.close())
    host.listeners[name] = Listener(destination, lambda: _cancel(task))
    return _counted(name.removeprefix("tcp:")) if place == "tcp:0" else b""


def _cancel(task: "asyncio.Task[None]") -> None:
    """Have a task end."""
    task.cancel()


def _listening(place: str) -> socket.socket:
    """A socket that listens at a place on the phone. Raises OSError and ValueError."""
    kind, _, name = place.partition(":")
    address: tuple[str, int] | str
    if kind == "tcp":
        listening, address = socket.socket(), ("127.0.0.1", int(name))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    elif kind in ("localabstract", "localfilesystem", "local"):
        listening, address = socket.socket(socket.AF_UNIX), "\0" + name if kind == "localabstract" else name
    else:
        raise ValueError(f"unknown socket specification '{place[:80]}'")
    try:
        listening.bind(address)
        listening.listen()
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


async def _accept(listening: socket.socket, destination: str, host: Host) -> None:
    """Take connections until the listener is closed."""
    carrying: set[asyncio.Task[None]] = set()
    try:
        while True:
            connected, _ = await asyncio.get_running_loop().sock_accept(listening)
            task = asyncio.create_task(_carry(connected, destination, host))
            carrying.add(task)
            task.add_done_callback(carrying.discard)
    finally:
        for task in carrying:
            task.cancel()


async def _carry(connected: socket.socket, destination: str, host: Host) -> None:
    """Carry one connection to the computer."""
    with connected, contextlib.suppress(Gone, OSError):
        stream = await host.call(destination)
        try:
            await bridge(stream, connected)
        finally:
            await stream.close()


def _counted(text: str) -> bytes:
    """A text behind its length, four hexadecimal digits."""
    data = text.encode(errors="surrogateescape")[:0xFFFF]
    return f"{len(data):04x}".encode() + data

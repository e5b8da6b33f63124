"""Services: what an OPEN can ask for. One file a family; each accepts the stream itself when it can serve it."""

from collections.abc import Awaitable, Callable

from pocketbench.simulator.adb.machine import NoService, Request
from pocketbench.simulator.adb.services import power, reverse, shell, sockets
from pocketbench.simulator.adb.stream import Stream
from pocketbench.simulator.adb.sync import sync

Service = Callable[[Stream, Request], Awaitable[None]]
SERVICES: dict[str, Service] = {
    "shell": shell.shell,
    "exec": shell.execute,
    "sync": sync,
    "tcp": sockets.tcp,
    "local": sockets.local,
    "localabstract": sockets.abstract,
    "localreserved": sockets.reserved,
    "localfilesystem": sockets.local,
    "reverse": reverse.reverse,
    "reboot": power.reboot,
    "root": power.root,
    "unroot": power.unroot,
    "remount": power.remount,
    "tcpip": power.tcpip,
    "usb": power.usb,
}


async def serve(stream: Stream, request: Request) -> None:
    """Serve a request to its end. Raises NoService, or the service's own OSError, when it cannot be had, and Gone when the computer leaves."""
    if request.service not in SERVICES:
        raise NoService("no such service")
    await SERVICES[request.service](stream, request)

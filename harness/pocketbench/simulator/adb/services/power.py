"""``reboot:``, ``root:`` and what else adbd does to itself."""

from pocketbench.simulator.adb.machine import Request
from pocketbench.simulator.adb.stream import Stream


async def reboot(stream: Stream, request: Request) -> None:
    """``reboot:[MODE]``: there is only one mode to come back in."""
    await stream.accept()
    request.host.machine.reboot()


async def root(stream: Stream, request: Request) -> None:
    """``root:`` is refused by phones that people buy."""
    already = request.host.machine.phone.profile.user.id == 0
    await _say(stream, "adbd is already running as root\n" if already else "adbd cannot run as root in production builds\n")


async def unroot(stream: Stream, request: Request) -> None:
    """``unroot:``."""
    del request
    await _say(stream, "adbd not running as root\n")


async def remount(stream: Stream, request: Request) -> None:
    """``remount:``."""
    del request
    await _say(stream, "remount failed: Device must be bootloader unlocked\n")


async def tcpip(stream: Stream, request: Request) -> None:
    """``tcpip:PORT``: it listens already."""
    await _say(stream, f"restarting in TCP mode port: {request.argument[:5]}\n" if request.argument.isdecimal() else "invalid port\n")


async def usb(stream: Stream, request: Request) -> None:
    """``usb:``: there is no USB to go to."""
    del request
    await _say(stream, "restarting in USB mode\n")


async def _say(stream: Stream, text: str) -> None:
    """Accept and say one thing."""
    await stream.accept()
    await stream.send(text.encode())

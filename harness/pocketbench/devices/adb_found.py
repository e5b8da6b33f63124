"""Which phone or board is meant, and who it is: its own serial number, never the port or cable that it is reached by."""

import atexit
import functools
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from pocketbench.adb import Phone, Seen, Server
from pocketbench.adb.told import unusable
from pocketbench.devices import remote_found
from pocketbench.errors import DeviceError, PhoneUnusable, WireError

SETTLE_S = 10.0
AT_ONCE = 16
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.-]+):[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Found:
    """One that answers: the way to it, its name (what stands after ``@``), its kind, its properties (none where there is no Android), its boot's id."""

    phone: Phone
    name: str
    kind: str
    properties: Mapping[str, str]
    boot: str


def look(phone: Phone) -> Found:
    """Ask a phone who it is. Raises WireError."""
    properties = phone.properties()
    return Found(phone, remote_found.name(phone, properties), remote_found.kind(properties), properties, phone.boot())


def attached(server: Server) -> tuple[Found | PhoneUnusable, ...]:
    """Everything that adb sees, each looked at or why it cannot be; one phone that is reached by two ways, once. Raises WireError without a server."""
    with ThreadPoolExecutor(AT_ONCE) as pool:  # one that answers slowly holds nobody up
        found = list(pool.map(functools.partial(_looked, server), server.seen()))
    usable = [one for one in found if isinstance(one, Found)]
    return tuple(one for one in found if not isinstance(one, Found) or one is _best([other for other in usable if _same(one, other)]))


def find(server: Server, which: str) -> Found:
    """The one of this transport's serial or serial number; one at HOST:PORT is attached for as long as this process lives. Raises WireError or DeviceError."""
    seen = server.seen()
    if not which:
        return _only(server, seen)
    if any(one.serial == which for one in seen):
        return look(Phone(server, server.wait(which, SETTLE_S).serial))
    found = attached(server)
    named = [one for one in found if isinstance(one, Found) and which in (one.name, *(one.properties.get(key) for key in remote_found.SERIALS))]
    if len(named) == 1:
        return named[0]
    if named:
        ways = " or ".join(f"--device adb:{one.phone.serial}" for one in named)
        raise DeviceError(f"{len(named)} devices have the serial number {which}", hint=f"name one by how it is attached: {ways}")
    if _ADDRESS.fullmatch(which):
        return _connected(server, which)
    there = f"there is {', '.join(one.serial for one in seen)}" if seen else "adb sees none"
    hint = "pocketbench devices lists what is attached; switch on USB debugging and plug it in, or for one in the network: adb connect ADDRESS"
    raise PhoneUnusable(f"{which}: no such device is attached; {there}", hint=hint, serial=which)


def _only(server: Server, seen: Sequence[Seen]) -> Found:
    """The only one that is attached."""
    if len(seen) == 1:
        return look(Phone(server, server.wait(seen[0].serial, SETTLE_S).serial))
    there = ", ".join(f"adb:{one.serial}" for one in seen) or "nothing is attached"
    raise DeviceError(f"which device? {there}", hint="write --device adb:SERIAL; pocketbench devices lists what is attached")


def _looked(server: Server, seen: Seen) -> Found | PhoneUnusable:
    """One, looked at, or why it cannot be."""
    if not seen.usable:
        return unusable(seen)
    try:
        return look(Phone(server, seen.serial))
    except WireError as error:
        return PhoneUnusable(error.message, hint=error.hint, serial=seen.serial)


def _connected(server: Server, address: str) -> Found:
    """Attach one in the network, and let go of it at the end where it was not attached before."""
    if server.connect(address):
        atexit.register(_let_go, server, address)
    return look(Phone(server, server.wait(address, SETTLE_S).serial))


def _let_go(server: Server, address: str) -> None:
    """Detach what this process has attached."""
    with suppress(WireError):
        server.disconnect(address)


def _same(one: Found, other: Found) -> bool:
    """Whether two transports lead to one phone: the same serial number and the same boot of it."""
    return one is other or (one.name == other.name and bool(one.boot) and one.boot == other.boot)


def _best(ways: Sequence[Found]) -> Found:
    """Of several ways to one phone a cable, else the first."""
    return next((one for one in ways if ":" not in one.phone.serial), ways[0])

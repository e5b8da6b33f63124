"""Phones and boards over adb: what :mod:`pocketbench.devices.remote` does, at the end of adb's wire."""

from functools import partial

from pocketbench.adb import Server
from pocketbench.devices import DEVICES, adb_found, remote_aside
from pocketbench.devices.adb_found import Found
from pocketbench.devices.adb_ladder import Ladder
from pocketbench.devices.remote import RemoteDevice
from pocketbench.errors import AdbMissing, PhoneUnusable


class AdbDevice(RemoteDevice):
    """A phone or a board that adb reaches."""

    room = "/data/local/tmp"

    def __init__(self, found: Found) -> None:
        super().__init__(found.phone, found.name, found.kind, partial(Ladder, found.phone))
        self.phone = found.phone
        self.attached = "network" if ":" in found.phone.serial else "cable"


class _AdbKind:
    """``--device adb:SERIAL``."""

    name = "adb"

    def list(self) -> tuple[AdbDevice | PhoneUnusable, ...]:
        """Those that answer, and why others do not; none where there is no adb server, which is not started for this."""
        return tuple(AdbDevice(one) if isinstance(one, Found) else one for one in _attached())

    def open(self, which: str) -> AdbDevice:
        """The one of a transport's serial or a serial number. Raises WireError, or DeviceSetAside for one that has failed too often."""
        found = adb_found.find(Server.of_user().start(), which)
        remote_aside.answers(found.name)
        return AdbDevice(found)


DEVICES.add(_AdbKind())


def _attached() -> tuple[Found | PhoneUnusable, ...]:
    """What a server that runs sees."""
    try:
        server = Server.of_user()
        return adb_found.attached(server) if server.version() is not None else ()
    except AdbMissing:
        return ()

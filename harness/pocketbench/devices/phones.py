"""How phones and boards over adb are named: ``adb:SERIAL``, and ``termux:SERIAL`` for what a person has started in Termux on one."""

from pocketbench.adb import Server
from pocketbench.devices import DEVICES, adb_found, adb_termux, remote_aside
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.adb_found import Found
from pocketbench.devices.adb_termux import TermuxPhone
from pocketbench.errors import AdbMissing, PhoneUnusable


class _AdbKind:
    """``--device adb:SERIAL``."""

    name = "adb"

    def list(self) -> tuple[AdbDevice | PhoneUnusable, ...]:
        """Those that answer, and why others do not; none where there is no adb server, which is not started for this."""
        return tuple(AdbDevice(one) if isinstance(one, Found) else one for one in _attached())

    def open(self, which: str) -> AdbDevice:
        """The one of a transport's serial or a serial number. Raises WireError, or DeviceSetAside for one that has failed too often."""
        return adb_termux.best(_found(which), which)


class _TermuxKind:
    """``--device termux:SERIAL``."""

    name = "termux"

    def list(self) -> tuple[TermuxPhone, ...]:
        """None: the phones are listed as what adb sees."""
        return ()

    def open(self, which: str) -> TermuxPhone:
        """The one of a transport's serial or a serial number. Raises DeviceError, also where no server answers there."""
        return adb_termux.alone(_found(which), which)


DEVICES.add(_AdbKind())
DEVICES.add(_TermuxKind())


def _found(which: str) -> Found:
    """The one that is meant; one that was set aside for being away is used again. Raises WireError, DeviceSetAside."""
    found = adb_found.find(Server.of_user().start(), which)
    remote_aside.answers(found.name)
    return found


def _attached() -> tuple[Found | PhoneUnusable, ...]:
    """What a server that runs sees."""
    try:
        server = Server.of_user()
        return adb_found.attached(server) if server.version() is not None else ()
    except AdbMissing:
        return ()

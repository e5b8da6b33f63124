"""A phone over adb whose Python and Node.js are Termux's: one device of two ways, with one name and one lock.

adb's shell may not enter Termux, so a server that a person has started there carries out what those runners run; all else, the app
and looks at how hot the phone is, goes by adb, and so does the bringing back of a phone that was lost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pocketbench.devices import Ask, Carried, Device, Facts, termux
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.adb_found import Found
from pocketbench.devices.termux import Termux
from pocketbench.errors import DeviceError, ProtocolError, ServerRefused
from pocketbench.events import Listener
from pocketbench.model import Refusal
from pocketbench.protocol import Order


class TermuxPhone(AdbDevice):
    """A phone on which a server in Termux has let us in."""

    def __init__(self, found: Found, server: Termux, *, alone: bool = False) -> None:
        """``alone``: what Termux has is all that is wanted of the phone."""
        super().__init__(found)
        self._termux, self.alone = server, alone
        self.runners = (*server.runners, *(() if alone else (runner for runner in self.runners if runner not in server.runners)))

    def facts(self) -> Facts:
        """What it is, and Termux's Python and Node.js. Raises WireError or ProtocolError."""
        return {**super().facts(), **self._termux.versions}

    def lacks(self, engine: str, package: str) -> Refusal | None:
        """Why an engine cannot run in Termux, looked for once. Raises DeviceError."""
        return self._steady.call(lambda: self._termux.lacks(engine, package))

    def carry(self, order: Order, folder: Path, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:
        """By the server where it has the runner, see :meth:`ServerDevice.carry`; a phone that is lost meanwhile is brought back by adb."""
        if runner not in self._termux.runners:
            return super().carry(order, folder, deadline_s, environment=environment, runner=runner)
        return self._steady.call(lambda: self._termux.carry(order, folder, deadline_s, environment=environment, runner=runner))

    def serve(self, order: Order, folder: Path, deadline_s: float, ask: Ask, *, environment: str = "", runner: str = "python") -> Carried:
        """By the server, see :meth:`ServerDevice.serve`."""
        return self._steady.call(lambda: self._termux.serve(order, folder, deadline_s, ask, environment=environment, runner=runner))

    @contextmanager
    def held(self, listen: Listener, *, may_restart: bool = False) -> Iterator[None]:
        """Use both ways from the first order to the last."""
        with super().held(listen, may_restart=may_restart), self._termux.held(listen, may_restart=may_restart):
            yield

    def give_up(self) -> None:
        """End what either way waits for."""
        self._termux.give_up()
        super().give_up()

    def joined(self, other: Device) -> Device | None:
        """The one device that is meant by naming a phone and what is in Termux on it; None for another phone."""
        whole = isinstance(other, AdbDevice) and not (isinstance(other, TermuxPhone) and other.alone)
        if not (self.alone and isinstance(other, AdbDevice) and whole and self.found.boot and other.found.boot == self.found.boot):
            return None
        return TermuxPhone(other.found, self._termux)


def best(found: Found, which: str) -> AdbDevice:
    """A phone with the Python that can be reached: its shell's, else Termux's where its server's token is known and it answers. Raises WireError."""
    device = AdbDevice(found)
    try:
        token = termux.token_for(found, which)
    except ServerRefused:
        return device
    return device if device.has_python else with_server(device, token)


def with_server(device: AdbDevice, token: str) -> AdbDevice:
    """The phone with Termux's Python where the server there takes the token; else as it is, and why."""
    try:
        return TermuxPhone(device.found, Termux(device.found, token))
    except (DeviceError, ProtocolError) as error:  # or another app has the port
        device.shut_out = error
        return device


def alone(found: Found, which: str) -> TermuxPhone:
    """What is in Termux on a phone, and nothing else of it. Raises DeviceError."""
    return TermuxPhone(found, Termux(found, termux.token_for(found, which)), alone=True)

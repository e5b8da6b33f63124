"""Calls to a device made again where the wire failed and the device could be brought back; one that cannot is set aside."""

import threading
from collections.abc import Callable
from typing import TypeVar

from pocketbench.adb import Phone
from pocketbench.devices import adb_aside
from pocketbench.devices.adb_ladder import Ladder
from pocketbench.errors import AdbError, DeviceSetAside

# How often one call is tried again, and how many in a row may be lost so.
AGAIN = 2
IN_A_ROW = 3

T = TypeVar("T")


class Steady:
    """One device's way of calling. ``tell`` hears what a person should know, ``mended`` is called each time that the device was brought back.

    ``away`` once it is given up for not answering any more.
    """

    def __init__(self, name: str, phone: Phone, *, tell: Callable[[str], None], mended: Callable[[], None]) -> None:
        self.may_restart = False
        self.away = False
        self.given_up = threading.Event()
        self._name, self._phone = name, phone
        self._tell, self._mended = tell, mended
        self._lost = 0

    def call(self, once: Callable[[], T]) -> T:
        """Make a call, and again where that may help. Raises DeviceSetAside, and the AdbError of the last try or of what trying again does not mend."""
        for tries_left in range(AGAIN, -1, -1):
            try:
                given = once()
            except AdbError as error:
                self._recover(error, last=not tries_left)
            else:
                self._lost = 0
                return given
        raise AssertionError("the last try raises")

    def _recover(self, error: AdbError, *, last: bool) -> None:
        """Bring the device back so that a call can be made again; raise what cannot be mended."""
        if self.given_up.is_set() or not error.transient:
            raise error
        if not Ladder(self._phone, self._tell, self.given_up, self.may_restart).climb():
            if self.given_up.is_set():
                raise error
            raise self._set_aside(f"it does not answer any more ({error.message})", away=True) from error
        self._mended()
        if last:
            self._lost += 1
            if self._lost >= IN_A_ROW:
                raise self._set_aside(f"{self._lost} orders in a row were lost ({error.message})", away=False) from error
            raise error

    def _set_aside(self, why: str, *, away: bool) -> DeviceSetAside:
        """Leave the device alone from now on."""
        self.away = away
        adb_aside.put(self._name, why, away=away)
        self._tell(f"set aside: {why}")
        return DeviceSetAside(f"{self._name}: set aside: {why}", hint=adb_aside.lift_with(self._name))

"""Calls to a device made again where the wire failed and the device could be brought back; one that cannot is set aside."""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from pocketbench.devices import remote_aside
from pocketbench.errors import DeviceSetAside, WireError

# How often one call is tried again, and how many in a row may be lost so.
AGAIN = 2
IN_A_ROW = 3

T = TypeVar("T")
Tell = Callable[[str], None]


class Ladder(Protocol):
    """How a device is brought back."""

    def climb(self) -> bool:
        """Try one rung after another until the device answers; whether it does."""


# Makes one for a device, given who hears of each rung, what ends the climbing at once, and whether the device may be restarted.
MakeLadder = Callable[[Tell, threading.Event, bool], Ladder]


class Steady:
    """One device's way of calling. ``ladder`` is how it is brought back; ``tell`` hears what a person should know, ``mended`` each return.

    ``away`` once it is given up for not answering any more.
    """

    def __init__(self, name: str, ladder: MakeLadder, *, tell: Tell, mended: Callable[[], None]) -> None:
        self.may_restart = False
        self.away = False
        self.given_up = threading.Event()
        self._name, self._ladder = name, ladder
        self._tell, self._mended = tell, mended
        self._lost = 0

    def call(self, once: Callable[[], T]) -> T:
        """Make a call, and again where that may help. Raises DeviceSetAside, and the WireError of the last try or of what trying again does not mend."""
        for tries_left in range(AGAIN, -1, -1):
            try:
                given = once()
            except WireError as error:
                self._recover(error, last=not tries_left)
            else:
                self._lost = 0
                return given
        raise AssertionError("the last try raises")

    def finish(self, once: Callable[[], None]) -> None:
        """Make the last call, and once more where the device could be brought back; it is not set aside, nor restarted. Raises WireError."""
        try:
            once()
        except WireError as error:
            if self.given_up.is_set() or not error.transient or not self._ladder(self._tell, self.given_up, False).climb():
                raise
            once()

    def _recover(self, error: WireError, *, last: bool) -> None:
        """Bring the device back so that a call can be made again; raise what cannot be mended."""
        if self.given_up.is_set() or not error.transient:
            raise error
        if not self._ladder(self._tell, self.given_up, self.may_restart).climb():
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
        remote_aside.put(self._name, why, away=away)
        self._tell(f"set aside: {why}")
        return DeviceSetAside(f"{self._name}: set aside: {why}", hint=remote_aside.lift_with(self._name))

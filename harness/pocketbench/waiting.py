"""Waiting at the gate: a device that is hot, or that charges, is looked at until it may go through or the time for that is over."""

import time
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from pocketbench import events, gate, suite
from pocketbench.devices import Device
from pocketbench.errors import PocketbenchError
from pocketbench.model import Refusal
from pocketbench.probes import Cooling
from pocketbench.suite import Gate

EVERY_S = 10.0
# How often a wait is spoken of.
SAID_EVERY_S = 60.0


@runtime_checkable
class Cooler(Protocol):
    """A device that can wait by itself, without a question every few seconds: ``cool.sh``."""

    def cool(self, limits: tuple[str, ...], wait_s: float) -> Cooling:
        """Wait on the device until it is within ``limits`` (words of cool.sh) or ``wait_s`` seconds are over. Raises DeviceError, ProtocolError."""


@dataclass(slots=True)
class Doorkeeper:
    """Keeps one device out until its conditions are those of ``wish``, no longer than its ``wait`` and never past ``until`` (monotonic seconds).

    A device that was not let in when its time was over is not waited for again: it is asked before each job, and gets its
    time back once it goes through. One that cannot be asked is let through, so that what is wrong with it shows where it is measured.
    """

    device: Device
    wish: Gate
    listen: events.Listener
    until: float = float("inf")
    every_s: float = EVERY_S
    left_s: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin with all the time that the suite gives."""
        self.left_s = suite.seconds(self.wish.wait)

    def refusal(self) -> Refusal | None:
        """Wait as long as may be; why the device is not let in, None where it is."""
        if not gate.asks(self.wish):
            return None
        try:
            verdict = self._last_verdict()
        except PocketbenchError:
            return None
        if verdict.action == "go":
            self.left_s = suite.seconds(self.wish.wait)
            return None
        return Refusal("gate", verdict.reason, f"{self.device.name}: {verdict.message}", verdict.hint)

    def _last_verdict(self) -> gate.Verdict:
        """Look until it is no longer one to wait for."""
        said = float("-inf")
        while True:
            verdict = gate.decide(self.wish, self.device.conditions(), patient=self._time() > 0)
            if verdict.action != "wait":
                return verdict
            if time.monotonic() - said >= SAID_EVERY_S:
                self.listen(events.DeviceWaiting(self.device.name, verdict.message))
                said = time.monotonic()
            self._pause(verdict)

    def _time(self) -> float:
        """Seconds that may still be waited."""
        return min(self.left_s, self.until - time.monotonic())

    def _pause(self, verdict: gate.Verdict) -> None:
        """Wait a while, on the device where that is possible, and take it off the time that is left."""
        began = time.monotonic()
        if verdict.reason == gate.HOT and isinstance(self.device, Cooler) and self._time() >= self.every_s:
            self.device.cool(gate.limits(self.wish), min(self._time(), SAID_EVERY_S))
        if time.monotonic() - began < self.every_s:
            time.sleep(max(0.0, min(self.every_s - (time.monotonic() - began), self._time())))
        self.left_s -= time.monotonic() - began

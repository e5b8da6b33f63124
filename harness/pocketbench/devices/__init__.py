"""Devices: where runners run. One file a kind."""

import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from pocketbench.errors import DeviceError, PhoneUnusable, UnknownName
from pocketbench.events import Listener
from pocketbench.model import Refusal
from pocketbench.protocol import Order, Serving
from pocketbench.registry import Registry

Facts = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of one order: the report's text, how the process ended, and the end of what it printed."""

    report: str
    ended: str
    log: str


class Device(Protocol):
    """One place that carries out orders."""

    @property
    def name(self) -> str:
        """``host``, a profile's name or a serial number: the part after ``@`` in a job's id."""

    @property
    def kind(self) -> str:
        """``host``, ``browser``, ``board``, ``phone`` or ``simulated``."""

    @property
    def runners(self) -> tuple[str, ...]:
        """The runners it can start."""

    @property
    def lacking(self) -> Refusal | None:
        """Why it can carry no order at all (stage ``admit``), as a browser that is not installed: its jobs are skips. None where it can be tried."""

    def facts(self) -> Facts:
        """What the device is: processor, cores, memory, system."""

    def conditions(self) -> Facts:
        """How the device is right now: load, temperature, frequency."""

    def carry(self, order: Order, folder: Path, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:
        """Carry out ``order``, whose files lie in ``folder``, by one of its ``runners``, and bring its outputs back there.

        ``environment`` is the one that the engine needs (:attr:`pocketbench.engines.Engine.environment`) where the harness's computer runs it.
        Raises DeviceSilent when there is no last line in time.
        """

    def give_up(self) -> None:
        """End, from another thread, what :meth:`carry` is at, which then gives or raises something at once; nothing is measured here any more."""


# Asks a service that runs for inferences, given what it said of itself and what connects to it; False where nothing of it is wanted any more.
Ask = Callable[[Serving, Callable[[], socket.socket]], bool]


@runtime_checkable
class Serves(Protocol):
    """What a device has besides whose services can be reached from here."""

    def serve(self, order: Order, folder: Path, deadline_s: float, ask: Ask, *, environment: str = "", runner: str = "python") -> Carried:
        """Carry out an order to serve: as :meth:`Device.carry`, and ``ask`` while it listens, which may be in another thread.

        Where ``ask`` has had enough of it the runner has a moment to end by itself. Where it ended before it listened ``ask`` is not called.
        """


@runtime_checkable
class Elsewhere(Protocol):
    """What a device has besides that is not this computer: it is visited, and left as it was found."""

    def held(self, listen: Listener, *, may_restart: bool = False) -> AbstractContextManager[None]:
        """Use it from the first order to the last: what was put there goes with the block. ``may_restart`` where the user allows that."""

    def lacks(self, engine: str, package: str) -> Refusal | None:
        """Why an engine, which lives in a Python ``package``, cannot run there; None where it can be tried. Raises DeviceError."""


@runtime_checkable
class Joins(Protocol):
    """What a device has besides that may be a part of another one that was named, too."""

    def joined(self, other: Device) -> Device | None:
        """The one device that naming both means; None where they are two."""


@runtime_checkable
class CarriesApp(Protocol):
    """What a device has besides that can run the Android app."""

    def bring(self, apk: Path, *, keep: bool = False) -> Refusal | None:
        """Have the app there, installed from this APK, once; why it cannot be, None where it is. It goes at the end where it was not there, unless ``keep``.

        Raises DeviceError, and PocketbenchError for what is no APK of ours.
        """

    def lay_out(self, order: Order, folder: Path) -> None:
        """Bring the files of an order for the app there, so that it can be begun at once. Raises DeviceError."""

    def ask(self, order: Order, folder: Path, deadline_s: float) -> Carried:
        """Have the app carry out an order that asks a service, from within what :meth:`Serves.serve` calls, which does all again where the device was lost.

        Raises as :meth:`Device.carry`.
        """


class DeviceKind(Protocol):
    """One kind of device: the word before ``:`` in ``--device``, and how one is opened."""

    @property
    def name(self) -> str:
        """``host``, ``browser``, ``adb``, ``ssh`` or ``sim``."""

    def list(self) -> tuple[Device | PhoneUnusable, ...]:
        """What is attached of this kind; what cannot be used, as its serial, why, and what to type."""

    def open(self, which: str) -> Device:
        """Open the device that the part after ``:`` names. Raises DeviceError."""


DEVICES: Registry[DeviceKind] = Registry("device")


def find(text: str) -> Device:
    """Open the device that ``--device`` names. Raises DeviceError."""
    kind, _, which = text.partition(":")
    try:
        return DEVICES.get(kind).open(which)
    except UnknownName as error:
        raise DeviceError(error.message, hint=error.hint or "a phone is adb:SERIAL; pocketbench devices lists what is attached") from error


from pocketbench.devices import browser as _browser  # noqa: E402, F401 - the host is listed first
from pocketbench.devices import host as _host  # noqa: E402, F401

# isort: split
from pocketbench.devices import phones as _phones  # noqa: E402, F401
from pocketbench.devices import server as _server  # noqa: E402, F401
from pocketbench.devices import sim as _sim  # noqa: E402, F401
from pocketbench.devices import ssh as _ssh  # noqa: E402, F401

"""Waiting at the gate: for how long, what is said, and what comes of it in a run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat

import pytest

from pocketbench import events, probes
from pocketbench.devices import Carried, Facts
from pocketbench.errors import DeviceError
from pocketbench.model import Refusal
from pocketbench.probes import Cooling
from pocketbench.protocol import Order
from pocketbench.suite import Gate
from pocketbench.waiting import Doorkeeper

HOT, COOL = {"thermal": "severe", "battery_percent": 80}, {"thermal": "none", "battery_percent": 80}


@dataclass
class Phone:
    """A phone whose conditions are given, one after another, the last for ever; an error is raised."""

    said: Iterator[Facts | DeviceError]
    asked: int = 0
    name: str = "P"
    kind: str = "phone"
    runners: tuple[str, ...] = ()
    lacking: Refusal | None = None

    def facts(self) -> Facts:
        """Nothing."""
        return {}

    def conditions(self) -> Facts:
        """The next."""
        self.asked += 1
        now = next(self.said)
        if isinstance(now, DeviceError):
            raise now
        return now

    def carry(self, order: Order, folder: object, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:
        """Nobody gets that far."""
        raise NotImplementedError


@dataclass
class SelfCooling(Phone):
    """A phone that waits by itself."""

    waits: list[tuple[tuple[str, ...], float]] = field(default_factory=list)

    def cool(self, limits: tuple[str, ...], wait_s: float) -> Cooling:
        """Keep what it was asked, and be cool."""
        self.waits.append((limits, wait_s))
        return probes.cooling("pocketbench-probe 1 cool\nend: cool\n")


def saying(*conditions: Facts | DeviceError) -> Iterator[Facts | DeviceError]:
    """Those conditions, the last for ever."""
    return chain(conditions, repeat(conditions[-1]))


def keeper(phone: Phone, heard: list[events.Event], *, wait: str = "200ms", until: float = float("inf"), every_s: float = 0.01) -> Doorkeeper:
    """A doorkeeper in a hurry."""
    return Doorkeeper(phone, Gate(thermal="none", battery_percent=25, wait=wait), heard.append, until, every_s)


def test_a_hot_phone_is_waited_for_until_it_is_cool() -> None:
    """It is said once, with why."""
    phone, heard = Phone(saying(HOT, HOT, COOL)), list[events.Event]()

    assert keeper(phone, heard, wait="1min").refusal() is None
    assert phone.asked == 3
    assert heard == [events.DeviceWaiting("P", "the thermal status is severe, above the none of the suite's gate")]


def test_a_phone_that_does_not_cool_is_refused_and_not_waited_for_again() -> None:
    """Each further job asks once; only a phone that went through gets its time back."""
    phone, heard = Phone(saying(HOT)), list[events.Event]()
    doorkeeper = keeper(phone, heard)
    refusal = doorkeeper.refusal()
    asked = phone.asked

    assert refusal is not None
    assert (refusal.stage, refusal.reason, refusal.message) == ("gate", "too-hot", "P: the thermal status is severe, above the none of the suite's gate")
    assert asked > 2
    assert doorkeeper.refusal() is not None
    assert phone.asked == asked + 1
    phone.said = saying(COOL, HOT)
    assert doorkeeper.refusal() is None
    assert doorkeeper.refusal() is not None
    assert phone.asked > asked + 4


def test_a_low_battery_that_is_not_charging_is_refused_at_once() -> None:
    """Whatever time there is."""
    phone = Phone(saying({"battery_percent": 3, "battery": "discharging"}))
    refusal = keeper(phone, [], wait="1h").refusal()

    assert refusal is not None
    assert (refusal.reason, phone.asked) == ("low-battery", 1)


def test_nobody_waits_past_the_time_of_the_run() -> None:
    """What is over is over."""
    phone = Phone(saying(HOT))

    assert keeper(phone, [], wait="1h", until=0.0).refusal() is not None
    assert phone.asked == 1


def test_a_phone_that_cannot_be_asked_goes_through() -> None:
    """What is wrong with it shows where it is measured."""
    assert keeper(Phone(saying(DeviceError("gone"))), []).refusal() is None


def test_a_phone_is_not_asked_where_the_suite_asks_nothing() -> None:
    """Nothing costs nothing."""
    phone = Phone(saying(HOT))

    assert Doorkeeper(phone, Gate(), [].append).refusal() is None
    assert phone.asked == 0


def test_a_phone_that_can_waits_by_itself() -> None:
    """It gets the limits of heat, and no more than a minute, or the time that is left, at once."""
    phone = SelfCooling(saying(HOT, COOL))

    assert keeper(phone, [], wait="30s").refusal() is None
    assert phone.waits[0][0] == ("thermal=none",)
    assert phone.waits[0][1] == pytest.approx(30.0)

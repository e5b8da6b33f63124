"""The gate: whether a device is in a state to be measured, by the suite's ``[gate]``. Pure.

Each of its keys is the name of a condition that devices tell; one that a device does not tell keeps nobody out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pocketbench.devices import Facts
from pocketbench.probes import STATUSES
from pocketbench.suite import Gate

HOT, LOW = "too-hot", "low-battery"
# What may be done about a device that is to cool or to charge.
_HINTS = {
    HOT: "let it cool, or give it more time: wait in the suite's [gate]; pocketbench run --resume goes on",
    LOW: "charge it, or lower battery_percent in the suite's [gate]; pocketbench run --resume goes on",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``go``, ``wait`` or ``refuse``; for the latter two the reason, from the closed list, why, and what to do."""

    action: Literal["go", "wait", "refuse"]
    reason: str = ""
    message: str = ""
    hint: str = ""


def asks(wish: Gate) -> bool:
    """Whether the gate asks for anything at all."""
    return bool(wish.thermal) or any(limit is not None for limit in (wish.battery_percent, wish.body_celsius, wish.temperature_celsius))


def decide(wish: Gate, conditions: Facts, *, patient: bool) -> Verdict:
    """Say whether a device goes through as it is. ``patient`` says that there is time left to wait; no time helps a battery that is not charging."""
    found = next(_kept_out(wish, conditions), None)
    if found is None:
        return Verdict("go")
    reason, message, helped = found
    return Verdict("wait" if patient and helped else "refuse", reason, message, _HINTS[reason])


def limits(wish: Gate) -> tuple[str, ...]:
    """What to hand to ``cool.sh``: the limits that heat is held against, none where there is none."""
    degrees = (("body_celsius", wish.body_celsius), ("temperature_celsius", wish.temperature_celsius))
    return (*(f"{name}={round(limit, 1):g}" for name, limit in degrees if limit is not None), *((f"thermal={wish.thermal}",) if wish.thermal else ()))


def _kept_out(wish: Gate, conditions: Facts) -> Iterator[tuple[str, str, bool]]:
    """Each key that keeps the device out: a reason, why, and whether waiting may help."""
    charge = _number(conditions, "battery_percent")
    if wish.battery_percent is not None and charge is not None and charge < wish.battery_percent:
        charging = conditions.get("battery") == "charging"
        yield (
            LOW,
            f"the battery has {charge:g} %, under the {wish.battery_percent} % of the suite's gate{'' if charging else ', and is not charging'}",
            charging,
        )
    status = conditions.get("thermal")
    if wish.thermal and status in STATUSES and STATUSES.index(str(status)) > STATUSES.index(wish.thermal):
        yield HOT, f"the thermal status is {status}, above the {wish.thermal} of the suite's gate", True
    for name, limit in (("body_celsius", wish.body_celsius), ("temperature_celsius", wish.temperature_celsius)):
        degrees = _number(conditions, name)
        if limit is not None and degrees is not None and degrees > limit:
            yield HOT, f"{name} is {degrees:g}, above the {limit:g} of the suite's gate", True


def _number(conditions: Facts, name: str) -> float | None:
    """A condition that is a number, None where it is not told."""
    value = conditions.get(name)
    return float(value) if isinstance(value, (int, float)) else None

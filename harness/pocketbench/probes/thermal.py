"""Heat: ``dumpsys thermalservice`` of Android 10 and later, the kernel's thermal zones.

The numbers of types and of the status are those of android.os.Temperature and PowerManager (Temperature.java,
https://source.android.com/docs/core/power/thermal-mitigation). What the service has cached is as old as the last event, so only what it
asked the hardware for just now is read. Some sensors are none: types 6 to 8 are volts, amperes and percents.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pocketbench.probes.values import Facts, decimal, fields, known, whole

# Android's statuses, from 0.
STATUSES = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
WORST = len(STATUSES) - 1
# Types of sensors: the skin; processor, GPU, NPU, TPU, SoC.
_SKIN, _CHIP = ("3",), ("0", "1", "9", "10", "13")
# Samsung's service numbers its types by a list of its own, and names them after it.
_NAMED = {"TYPE_SKIN": _SKIN[0], "TYPE_CPU": _CHIP[0], "TYPE_GPU": _CHIP[1]}
_SENSOR = re.compile(r"Temperature\{mValue=([^,}]{1,30}), mType=(-?[0-9]{1,3}), mName=([^,}]{0,80})(?:, mStatus=([0-9]))?[,}]")
# What a temperature can be; 0 is what a sensor that is asleep says.
_COLDEST, _HOTTEST = -30.0, 150.0
_CHIP_ZONE = re.compile(r"cpu|gpu|[tn]pu|soc|tsens|pkg|^(?:big|mid|little|g3d)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Sensor:
    """A sensor: the number of its type, degrees Celsius, its own status."""

    type: str
    celsius: float
    status: int


def read(lines: Iterable[str]) -> Facts:
    """Read ``dumpsys thermalservice``: ``thermal`` (a word of STATUSES), ``skin_celsius`` and ``temperature_celsius``, the hottest of the chips.

    ``thermal`` is the service's status or, where that is worse, the skin's own: some phones are throttled by the latter and say none.
    ``thermal_faked`` is "yes" where somebody has set the status by hand (``cmd thermalservice override-status``).
    """
    lines = tuple(lines)
    found = fields(lines)
    sensors = list(_sensors(_current(lines)))
    status = whole(found.get("Thermal Status", ""), 0, WORST)
    if status is not None:
        status = max(status, *(one.status for one in sensors if one.type in _SKIN), 0)
    return known(
        thermal=None if status is None else STATUSES[status],
        thermal_faked="yes" if found.get("IsStatusOverride") == "true" else None,
        skin_celsius=max((one.celsius for one in sensors if one.type in _SKIN), default=None),
        temperature_celsius=max((one.celsius for one in sensors if one.type in _CHIP), default=None),
    )


def zones(lines: Iterable[str]) -> Facts:
    """Read thermal zones, ``TEMPERATURE TYPE`` a line: ``temperature_celsius``, the hottest that is named after a chip, else the hottest of all.

    Kernels say thousandths of a degree; of some old phones' drivers some say tenths, some whole degrees.
    """
    found = [(type_.strip(), celsius) for value, _, type_ in (line.strip().partition(" ") for line in lines) if (celsius := _degrees(value)) is not None]
    chips = [celsius for type_, celsius in found if _CHIP_ZONE.search(type_) and type_ != "soc"]  # a Pixel's zone "soc" is its battery's state of charge
    return known(temperature_celsius=max(chips or [celsius for _, celsius in found], default=None))


def _current(lines: tuple[str, ...]) -> Iterator[str]:
    """The lines below "Current temperatures from HAL:" up to the next heading."""
    inside = False
    for line in lines:
        if line.startswith(("Current ", "Temperature ", "Cached ")):
            inside = line.startswith("Current temperatures from HAL")
        elif inside:
            yield line


def _sensors(lines: Iterable[str]) -> Iterator[_Sensor]:
    """Each sensor that says a temperature."""
    for line in lines:
        if found := _SENSOR.search(line):
            value, number, name, status = found.groups()
            celsius = round(decimal(value, _COLDEST, _HOTTEST) or 0.0, 1)
            if celsius:
                yield _Sensor(_NAMED.get(name, "") if name.startswith("TYPE_") else number, celsius, min(int(status or 0), WORST))


def _degrees(text: str) -> float | None:
    """A zone's number in degrees Celsius."""
    number = whole(text, -300_000, 150_000)
    if not number:
        return None
    celsius = number / (1000 if abs(number) >= 1000 else 10 if abs(number) > _HOTTEST else 1)
    return round(celsius, 1) if _COLDEST <= celsius <= _HOTTEST else None

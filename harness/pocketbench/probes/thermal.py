"""Heat: ``dumpsys thermalservice`` of Android 10 and later, the kernel's thermal zones.

The numbers of types and of the status are those of android.os.Temperature and PowerManager (Temperature.java,
https://source.android.com/docs/core/power/thermal-mitigation). What the service has cached is as old as the last event, so only what it
asked the hardware for just now is read. Some sensors are none: types 6 to 8 are volts, amperes and percents.
"""

import re
from collections.abc import Iterable, Iterator

from pocketbench.probes.values import Facts, decimal, fields, known, whole

# Android's statuses, from 0.
STATUSES = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
# Types of sensors: the skin; processor, GPU, NPU, TPU, SoC.
_SKIN, _CHIP = ("3",), ("0", "1", "9", "10", "13")
# Samsung's service numbers its types by a list of its own, and names them after it.
_NAMED = {"TYPE_SKIN": _SKIN[0], "TYPE_CPU": _CHIP[0], "TYPE_GPU": _CHIP[1]}
_SENSOR = re.compile(r"Temperature\{mValue=([^,}]{1,30}), mType=(-?[0-9]{1,3}), mName=([^,}]{0,80})[,}]")
# What a temperature can be; 0 is what a sensor that is asleep says.
_COLDEST, _HOTTEST = -30.0, 150.0
_CHIP_ZONE = re.compile(r"cpu|gpu|[tn]pu|soc|tsens|pkg|^(?:big|mid|little|g3d)$", re.IGNORECASE)


def read(lines: Iterable[str]) -> Facts:
    """Read ``dumpsys thermalservice``: ``thermal`` (its status, a word of STATUSES), ``skin_celsius`` and ``temperature_celsius``.

    The latter is the hottest of processor, GPU and NPU.
    ``thermal_faked`` is "yes" where somebody has set the status by hand (``cmd thermalservice override-status``).
    """
    lines = tuple(lines)
    found = fields(lines)
    status = whole(found.get("Thermal Status", ""), 0, len(STATUSES) - 1)
    sensors = list(_sensors(_current(lines)))
    return known(
        thermal=None if status is None else STATUSES[status],
        thermal_faked="yes" if found.get("IsStatusOverride") == "true" else None,
        skin_celsius=_hottest(sensors, _SKIN),
        temperature_celsius=_hottest(sensors, _CHIP),
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


def _sensors(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Type and degrees of each sensor that says something."""
    for line in lines:
        if found := _SENSOR.search(line):
            celsius = decimal(found[1], _COLDEST, _HOTTEST)
            type_ = _NAMED.get(found[3], "") if found[3].startswith("TYPE_") else found[2]
            if celsius:
                yield type_, round(celsius, 1)


def _hottest(sensors: Iterable[tuple[str, float]], types: tuple[str, ...]) -> float | None:
    """The hottest sensor of those types."""
    return max((celsius for type_, celsius in sensors if type_ in types), default=None)


def _degrees(text: str) -> float | None:
    """A zone's number in degrees Celsius."""
    number = whole(text, -300_000, 150_000)
    if not number:
        return None
    celsius = number / (1000 if abs(number) >= 1000 else 10 if abs(number) > _HOTTEST else 1)
    return round(celsius, 1) if _COLDEST <= celsius <= _HOTTEST else None

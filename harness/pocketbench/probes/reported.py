"""How a device was, as a runner's report tells it: Android's numbers in the words that the probes have for the same.

The numbers are those of android.os.PowerManager (THERMAL_STATUS_…) and android.os.BatteryManager (BATTERY_STATUS_…, BATTERY_PLUGGED_…).
"""

from collections.abc import Iterator

from pocketbench.probes import battery, frequencies
from pocketbench.probes.thermal import STATUSES
from pocketbench.probes.values import Facts, known
from pocketbench.protocol import Conditions

_PLUGGED = {0: "none", 1: "ac", 2: "usb", 4: "wireless", 8: "dock"}
_YES_NO = {True: "yes", False: "no", None: None}
_COLDEST, _HOTTEST = -30.0, 120.0
_MOST_BYTES = 2**50


def reported(line: Conditions) -> Facts:
    """Read a line of a report: the words of :func:`pocketbench.probes.conditions`, and ``low_memory``, ``app_in_front``, ``app_debuggable`` (yes or no).

    What cannot be is as absent as what was not told.
    """
    found = known(
        thermal=STATUSES[line.thermal_status] if line.thermal_status is not None and 0 <= line.thermal_status < len(STATUSES) else None,
        battery_percent=_within(line.battery_percent, 0, 100),
        battery_celsius=_within(line.battery_celsius, _COLDEST, _HOTTEST) or None,  # 0 is what a battery without a sensor says
        battery=battery.STATUS.get(str(line.battery_status)),
        power=_PLUGGED.get(-1 if line.plugged is None else line.plugged),
        battery_saver=None if line.power_save is None else "on" if line.power_save else "off",
        available_bytes=line.available_bytes if line.available_bytes is not None and 0 < line.available_bytes < _MOST_BYTES else None,
        low_memory=_YES_NO[line.low_memory],
        wakefulness=None if line.awake is None else "awake" if line.awake else "asleep",
        app_in_front=_YES_NO[line.in_front],
        app_debuggable=_YES_NO[line.debuggable],
    )
    return {**found, **frequencies.read(_cores(line))}


def _within(number: float | None, least: float, most: float) -> float | None:
    """A number from ``least`` to ``most``, to a tenth; None for any other, NaN too."""
    return round(number, 1) if number is not None and least <= number <= most else None


def _cores(line: Conditions) -> Iterator[str]:
    """Each core as the probes write a cluster's files; one that does not tell what it could is left out."""
    for name, numbers in (("scaling_cur_freq", line.cpu_khz), ("scaling_max_freq", line.cpu_max_khz), ("cpuinfo_max_freq", line.cpu_top_khz)):
        yield from (f"policy{core} {name} {khz}" for core, khz in enumerate(numbers) if khz is not None)

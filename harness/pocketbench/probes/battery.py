"""The battery: ``dumpsys battery`` of Android, ``/sys/class/power_supply`` of Linux.

Android prints the fields of its HealthInfo (BatteryService.java): the temperature in tenths of a degree, the status as the numbers
of BatteryManager. Makers add fields of their own after them, some by the same names.
"""

from collections.abc import Iterable

from pocketbench.probes.values import Facts, fields, known, rows, whole

STATUS = {"2": "charging", "3": "discharging", "4": "not charging", "5": "full"}
_POWER = {"AC powered": "ac", "USB powered": "usb", "Wireless powered": "wireless", "Dock powered": "dock"}
_MAINS = {"Mains": "ac", "USB": "usb", "Wireless": "wireless"}


def read(lines: Iterable[str]) -> Facts:
    """Read ``dumpsys battery``: ``battery_percent``, ``battery_celsius``, ``battery`` (what it does) and ``power`` (where it comes from).

    ``battery_faked`` is "yes" where somebody has set these by hand (``dumpsys battery set``). Nothing where there is no battery.
    """
    lines = tuple(lines)
    found = fields(lines)
    if found.get("present") == "false" or "level" not in found:
        return {}
    sources = [name for field, name in _POWER.items() if found.get(field) == "true"]
    told = any(field in found for field in _POWER)
    return known(
        battery_percent=_percent(found["level"], found.get("scale", "100")),
        battery_celsius=_celsius(found.get("temperature", "")),
        battery=STATUS.get(found.get("status", "")),
        power=("+".join(sources) or "none") if told else None,
        battery_faked="yes" if any("UPDATES STOPPED" in line for line in lines) else None,
    )


def supplies(lines: Iterable[str]) -> Facts:
    """Read the files of power supplies: the same of the first battery; nothing where there is none."""
    found = list(rows(lines).values())
    battery = next((one for one in found if one.get("type") == "Battery" and "capacity" in one), None)
    if battery is None:
        return {}
    sources = {_MAINS[one["type"]] for one in found if one.get("online") == "1" and one.get("type") in _MAINS}
    status = battery.get("status", "").lower()
    return known(
        battery_percent=whole(battery["capacity"], 0, 100),
        battery_celsius=_celsius(battery.get("temp", "")),
        battery=status if status in STATUS.values() else None,
        power="+".join(sorted(sources)) or "none",
    )


def _percent(level: str, scale: str) -> int | None:
    """How full, of a level on a scale."""
    most = whole(scale, 1, 1_000_000)
    filled = whole(level, 0, most) if most else None
    return round(100 * filled / most) if most and filled is not None else None


def _celsius(tenths: str) -> float | None:
    """Tenths of a degree; 0 is what a battery without a sensor says."""
    found = whole(tenths, -300, 1200)
    return found / 10 if found else None

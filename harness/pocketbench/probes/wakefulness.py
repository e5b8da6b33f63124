"""Whether the device is awake, busy, and since when: ``dumpsys power``, settings, load, uptime."""

import re
from collections.abc import Iterable

from pocketbench.probes.values import Facts, decimal, fields, known

MAX_UPTIME_S = 1e10
_LOAD = re.compile(r"load averages?:\s*([0-9.]{1,10})")
_AWAKE = ("awake", "asleep", "dreaming", "dozing")
_SCREEN = {"ON": "on", "OFF": "off", "DOZE": "doze", "DOZE_SUSPEND": "doze"}
_SAVER = {"0": "off", "1": "on"}


def power(lines: Iterable[str]) -> Facts:
    """Read ``dumpsys power``: ``wakefulness`` (awake, asleep, dreaming or dozing) and ``screen``, which Android 12 and later no longer say there."""
    found = fields(lines, "=")
    awake = found.get("mWakefulness", "").lower()
    return known(wakefulness=awake if awake in _AWAKE else None, screen=_SCREEN.get(found.get("Display Power: state", "")))


def saver(lines: Iterable[str]) -> Facts:
    """Read ``settings get global low_power``: ``battery_saver`` on or off; off is what a phone says (null) whose owner never set it."""
    said = next(iter(lines), "").strip()
    return known(battery_saver="off" if said == "null" else _SAVER.get(said))


def load(lines: Iterable[str]) -> Facts:
    """Read ``/proc/loadavg`` or, where that is not shown, what ``uptime`` says: ``load_1min``."""
    text = next(iter(lines), "")
    found = _LOAD.search(text)
    return known(load_1min=decimal(found[1] if found else text.strip().partition(" ")[0], 0, 1e6))


def uptime(lines: Iterable[str]) -> Facts:
    """Read ``/proc/uptime``: ``uptime_s``, whole seconds since the start. A smaller one than before tells of a restart."""
    seconds = decimal(next(iter(lines), "").strip().partition(" ")[0], 0, MAX_UPTIME_S)
    return known(uptime_s=None if seconds is None else int(seconds))

"""``dumpsys battery``."""

from pocketbench.simulator.programs.call import Call
from pocketbench.simulator.state.battery import FIELDS, Battery

UNPLUGGED = {"ac": 0, "usb": 0, "wireless": 0}


async def battery(call: Call) -> None:
    """``dumpsys battery [set FIELD VALUE | unplug | reset]``; forced options are taken and mean nothing."""
    held = call.phone.battery
    words = tuple(word for word in call.words if not word.startswith("-"))
    if held is None:
        raise await call.fail("Can't find service: battery")
    if not words:
        await call.say(_dump(held, call.phone.seconds()))
    elif words[0] == "reset":
        held.forced.clear()
    elif words[0] == "unplug":
        held.forced |= UNPLUGGED
    elif words[0] == "set" and len(words) == 3 and words[1] in FIELDS and words[2].lstrip("-").isdecimal():
        held.forced[words[1]] = int(words[2][:9])
    else:
        await call.say(
            "Unknown set option or value"
            if words[0] == "set"
            else "Dump current battery state, or:\n  set [-f] [ac|usb|wireless|status|level|temp|present|counter|invalid] <value>\n  unplug [-f]\n  reset [-f]"
        )


def _dump(held: Battery, now: float) -> str:
    """The state, as Android 14 prints it."""
    updates = "  (UPDATES STOPPED -- use 'reset' to restart)\n" if held.forced else ""
    return (
        f"Current Battery Service state:\n{updates}"
        f"  AC powered: {_word(held.forced.get('ac', 0))}\n"
        f"  USB powered: {_word(held.usb())}\n"
        f"  Wireless powered: {_word(held.forced.get('wireless', 0))}\n"
        "  Dock powered: false\n"
        f"  Max charging current: {500000 if held.usb() else 0}\n"
        f"  Max charging voltage: {5000000 if held.usb() else 0}\n"
        f"  Charge counter: {held.microampere_hours(now)}\n"
        f"  status: {held.status(now)}\n"
        "  health: 2\n"
        f"  present: {_word(held.forced.get('present', 1))}\n"
        f"  level: {held.level(now)}\n"
        "  scale: 100\n"
        f"  voltage: {held.curves.millivolt}\n"
        f"  temperature: {held.tenths(now)}\n"
        f"  technology: {held.curves.technology}"
    )


def _word(value: object) -> str:
    """A boolean as Java prints it."""
    return "true" if value else "false"

"""What the framework's classes inside an app's process ask of the phone's services. No program of the shell's: there is none of that name to start."""

import os

from pocketbench.simulator.programs.call import Call

USB = 2  # of android.os.BatteryManager.BATTERY_PLUGGED_USB
LOW_SHARE = 10  # low memory is less than a tenth, as on a phone of this size


async def state(call: Call) -> None:
    """Lines ``name=value``, each in Android's units: what power, thermal, battery and activity services answer."""
    phone, now = call.phone, call.phone.seconds()
    total, free = _memory()
    found = {
        "thermal_status": phone.heat.status(now),
        "interactive": int(phone.screen.awake()),
        "power_save": int(phone.settings.get("global", "low_power") == "1"),
        "memory_total": total,
        "memory_free": free,
        "memory_threshold": total // LOW_SHARE,
    }
    if battery := phone.battery:
        found |= {
            "battery_level": battery.level(now),
            "battery_temperature": battery.tenths(now),
            "battery_status": battery.status(now),
            "battery_plugged": USB if battery.usb() else 0,
            "battery_voltage": battery.curves.millivolt,
        }
    await call.say("\n".join(f"{name}={value}" for name, value in found.items()))


def _memory() -> tuple[int, int]:
    """Bytes of memory, all and free: this computer's, for the phone's processes have no other."""
    page = os.sysconf("SC_PAGE_SIZE")
    return os.sysconf("SC_PHYS_PAGES") * page, os.sysconf("SC_AVPHYS_PAGES") * page

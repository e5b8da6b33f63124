"""The battery: the profile's curves, a cable that may be pulled, and what ``dumpsys battery set`` or a fault says instead."""

from dataclasses import dataclass, field

from pocketbench.simulator.state.curves import at
from pocketbench.simulator.state.profile import Battery as Curves

# Of android.os.BatteryManager.
CHARGING, DISCHARGING, FULL = 2, 3, 5
FIELDS = ("ac", "usb", "wireless", "status", "level", "temp", "present", "counter", "invalid")


@dataclass(slots=True)
class Battery:
    """``plugged`` is whether the cable is in; ``forced`` has what was set by hand, in Android's units (temp: tenths of a degree)."""

    curves: Curves
    plugged: bool = True
    forced: dict[str, int] = field(default_factory=dict)

    def level(self, seconds: float) -> int:
        """Percent."""
        return self.forced.get("level", round(at(self.curves.level, seconds)))

    def tenths(self, seconds: float) -> int:
        """Tenths of a degree Celsius."""
        return self.forced.get("temp", round(10 * at(self.curves.celsius, seconds)))

    def usb(self) -> bool:
        """Whether it is fed through USB."""
        return bool(self.forced.get("usb", self.plugged))

    def status(self, seconds: float) -> int:
        """Charging, discharging or full, in Android's numbers."""
        if "status" in self.forced:
            return self.forced["status"]
        if not (self.usb() or self.forced.get("ac") or self.forced.get("wireless")):
            return DISCHARGING
        return FULL if self.level(seconds) >= 100 else CHARGING

    def microampere_hours(self, seconds: float) -> int:
        """The charge that is left."""
        return self.forced.get("counter", self.curves.microampere_hours * self.level(seconds) // 100)

"""Whether the screen is on: what keeps it on, what wakes it, what lets it sleep."""

from dataclasses import dataclass

from pocketbench.simulator.state.battery import Battery
from pocketbench.simulator.state.clock import Clock
from pocketbench.simulator.state.settings import Settings

USB = 2  # of android.os.BatteryManager.BATTERY_PLUGGED_USB


@dataclass(slots=True)
class Screen:
    """Awake until the user's time-out after the last touch, or for as long as it is to stay on while plugged in; ``dark`` once it was off."""

    clock: Clock
    settings: Settings
    battery: Battery | None
    dark: bool = False
    _touched: float = 0.0
    _off: bool = False

    def awake(self) -> bool:
        """Whether it is on now."""
        if self._off:
            return False
        return self._stays_on() or self.clock.seconds() - self._touched < self._timeout_s()

    def was_dark(self) -> bool:
        """Whether it was off at some time since ``dark`` was set to False."""
        return self.dark or not self.awake()

    def wake(self) -> None:
        """Turn it on, or keep it on from now."""
        self.dark = self.was_dark()
        self._touched, self._off = self.clock.seconds(), False

    def sleep(self) -> None:
        """Turn it off."""
        self._off = True

    def _stays_on(self) -> bool:
        """``stay_on_while_plugged_in``: bits for the charger, USB and wireless."""
        value = self.settings.get("global", "stay_on_while_plugged_in") or "0"
        return bool(self.battery and self.battery.usb() and value.isdecimal() and int(value[:6]) & USB)

    def _timeout_s(self) -> float:
        """``screen_off_timeout``, milliseconds; Android's 30 s where it says nothing."""
        value = self.settings.get("system", "screen_off_timeout") or ""
        return int(value[:12]) / 1000 if value.isdecimal() else 30.0

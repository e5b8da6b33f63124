"""Temperatures and what Android makes of them: a status from none to shutdown."""

from dataclasses import dataclass

from pocketbench.simulator.state.curves import at
from pocketbench.simulator.state.profile import Sensor

# Of android.os.PowerManager: none, light, moderate, severe, critical, emergency, shutdown are 0 to 6.
SEVERE = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One sensor at one moment."""

    sensor: Sensor
    celsius: float
    status: int


@dataclass(slots=True)
class Heat:
    """The sensors, and what is not as their curves say.

    ``hot`` is a temperature that the first sensor is forced to, all others rise as much; ``throttled`` the share of its frequency that is left;
    ``overridden`` a status set by hand.
    """

    sensors: tuple[Sensor, ...]
    hot: float | None = None
    throttled: float | None = None
    overridden: int | None = None

    def readings(self, seconds: float) -> tuple[Reading, ...]:
        """Every sensor."""
        rise = 0.0 if self.hot is None or not self.sensors else self.hot - at(self.sensors[0].celsius, seconds)
        return tuple(_reading(sensor, at(sensor.celsius, seconds) + rise) for sensor in self.sensors)

    def status(self, seconds: float) -> int:
        """The worst status; one of a throttled phone is at least severe."""
        if self.overridden is not None:
            return self.overridden
        worst = max((reading.status for reading in self.readings(seconds)), default=0)
        return worst if self.throttled is None else max(worst, SEVERE)

    def khz(self, most: int) -> int:
        """What a core of at most ``most`` kHz may run at now."""
        return most if self.throttled is None else int(most * self.throttled)


def _reading(sensor: Sensor, celsius: float) -> Reading:
    """The status of a temperature: how many of its thresholds it has reached."""
    return Reading(sensor, celsius, sum(celsius >= threshold for threshold in sensor.thresholds or ()))

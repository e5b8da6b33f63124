"""The phone's clocks: seconds since it was started, and a time of day that can be set wrong."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Clock:
    """``jump`` seconds are what the phone's time of day is ahead of the computer's; ``booted`` is when the last boot ended, on :meth:`seconds`."""

    jump: float = 0.0
    booted: float = 0.0
    _start: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        """Seconds since the phone was started; they run on over a reboot."""
        return time.monotonic() - self._start

    def wall(self) -> float:
        """The phone's time of day, as seconds since 1970."""
        return time.time() + self.jump

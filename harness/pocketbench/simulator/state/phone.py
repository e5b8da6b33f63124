"""The phone, as data: everything that the wire and the programs know of it."""

from dataclasses import dataclass, field
from pathlib import Path

from pocketbench.simulator.state.battery import Battery
from pocketbench.simulator.state.clock import Clock
from pocketbench.simulator.state.faults import Faults
from pocketbench.simulator.state.heat import Heat
from pocketbench.simulator.state.keyguard import Keyguard
from pocketbench.simulator.state.log import Log
from pocketbench.simulator.state.profile import Profile
from pocketbench.simulator.state.properties import Properties
from pocketbench.simulator.state.screen import Screen
from pocketbench.simulator.state.settings import Settings

SYSTEM = Path("/data/system")


@dataclass(slots=True)
class Phone:
    """One phone. Built inside its own root: what it keeps lies under its own /data."""

    profile: Profile
    serial: str
    properties: Properties
    settings: Settings
    battery: Battery | None
    heat: Heat
    screen: Screen
    keyguard: Keyguard
    clock: Clock
    log: Log = field(default_factory=Log)
    faults: Faults = field(default_factory=Faults)

    def say(self, level: str, tag: str, message: str, *, pid: int = 0) -> None:
        """Write a line to its log, at its own time of day."""
        self.log.add(self.clock.wall(), level, tag, message, pid=pid)

    def seconds(self) -> float:
        """Seconds since it was started."""
        return self.clock.seconds()


def build(profile: Profile, serial: str, *, secure: bool, system: Path = SYSTEM) -> Phone:
    """A phone of a profile; ``secure`` is whether it asks before a computer may use adb, ``system`` the folder of what it keeps."""
    clock = Clock()
    settings = Settings(profile.settings, system / "settings.json")
    battery = Battery(profile.battery) if profile.battery else None
    screen, secure_lock = Screen(clock, settings, battery), bool(profile.screen and profile.screen.lock)
    return Phone(
        profile=profile,
        serial=serial,
        properties=Properties(profile, serial, secure=secure, file=system / "properties.json"),
        settings=settings,
        battery=battery,
        heat=Heat(profile.sensor),
        screen=screen,
        keyguard=Keyguard(screen, usual=secure_lock, secure=secure_lock),
        clock=clock,
    )

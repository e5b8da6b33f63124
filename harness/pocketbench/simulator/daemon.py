"""What runs inside the phone's root: adbd, the services behind its programs, and the control port."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pocketbench.simulator import shortage
from pocketbench.simulator.adb.auth import Mode, Owner
from pocketbench.simulator.adb.port import Port
from pocketbench.simulator.control import Control
from pocketbench.simulator.faults import Wanted
from pocketbench.simulator.inside import logged
from pocketbench.simulator.inside.apps import Apps
from pocketbench.simulator.packages.installed import Packages
from pocketbench.simulator.programs import table
from pocketbench.simulator.programs.call import Device
from pocketbench.simulator.programs.server import Server
from pocketbench.simulator.state import phone as phones
from pocketbench.simulator.state.profile import Profile
from pocketbench.simulator.termux import Termux
from pocketbench.simulator.world import dev, kernel, shells, sys_files
from pocketbench.simulator.world.storage import DATA, Storage

FEATURES = ("shell_v2", "cmd", "stat_v2", "ls_v2", "fixed_push_mkdir", "fixed_push_symlink_timestamp", "sendrecv_v2", "sendrecv_v2_dry_run_send")
TICK_S = 1.0
UNTIL_BOOTED_S = 0.5  # adb comes up before the phone says that it has booted


@dataclass(frozen=True, slots=True)
class Start:
    """How a phone is started.

    ``workshop`` is the way to the computer that prepares its apps, None where there is none; ``lent`` are variables for the drivers, of apps and of Termux.
    """

    profile: Profile
    serial: str
    owner: Mode
    token: str
    faults: tuple[Wanted, ...]
    adb: socket.socket
    control: socket.socket
    workshop: socket.socket | None = None
    lent: Mapping[str, str] = field(default_factory=dict)


class Daemon:
    """The running phone."""

    def __init__(self, start: Start, storage: Storage) -> None:
        self.phone = phones.build(start.profile, start.serial, secure=start.owner != "none")
        self.owner = Owner(start.owner, start.owner)
        self.storage = storage
        self.termux = Termux(self.phone, start.lent) if start.profile.termux else None
        self._start = start
        self._packages = Packages(start.profile, DATA)
        self._port = Port(start.adb, self)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._cable = True
        self._booting = False

    @property
    def banner(self) -> str:
        """What it says of itself when it greets."""
        names = ("ro.product.name", "ro.product.model", "ro.product.device")
        return f"device::{''.join(f'{name}={self.phone.properties.get(name)};' for name in names)}features={','.join(FEATURES)}"

    @property
    def shell(self) -> tuple[str, ...]:
        """The program that interprets a command."""
        return shells.SHELL

    @property
    def interactive(self) -> tuple[str, ...]:
        """The program that a person types into."""
        return shells.interactive()

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of commands."""
        return shells.environment(self.phone.profile)

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serve for ever; ``ready`` is told the token that the server in Termux has printed, "" where there is none."""
        self.owner.recall()
        self._wake()
        if self.phone.profile.android:
            logged.listen(self.phone)
        await Server(Device(self.phone, self._packages, self._apps(), self.storage, self.reboot)).start(dev.SOCKET)
        await Control(self, self._start.token).start(self._start.control)
        if self.termux and self.phone.keyguard.opened:
            await self.termux.start()
        self.phone.properties.put("sys.boot_completed", "1")
        self._port.open()
        self._later(self._port.serve())
        self._later(self._tick())
        for wanted in self._start.faults:
            self.inflict(wanted)
        ready(self.termux.token if self.termux else "")
        await asyncio.Event().wait()

    def inflict(self, wanted: Wanted) -> object:
        """Have a fault, now or later. Raises ValueError for one that cannot be; later there is nobody to tell but the log."""
        if wanted.after:
            self._later(self._inflict_later(wanted))
            return None
        result = wanted.inflict(self)
        self._refresh()
        return result

    def unplug(self) -> None:
        """Pull the cable."""
        self._cable = False
        self._charge(plugged=False)
        self._port.close()

    def plug(self) -> None:
        """Put the cable in again. Raises OSError when another program has the port meanwhile."""
        self._cable = True
        self._charge(plugged=True)
        if not self._booting:
            self._port.open()

    def cut(self) -> None:
        """End every connection; the next is taken."""
        self._port.cut()

    def cut_unheard(self) -> None:
        """End the connections that were never greeted, so that they are tried anew."""
        for connection in self._port:
            if not connection.online:
                connection.wire.pull()

    def decide(self, *, accepted: bool) -> int:
        """Answer for the owner to every key that is shown; how many there were."""
        asking = [connection for connection in self._port if connection.asking]
        for connection in asking:
            self._later(connection.decide(accepted=accepted))
        return len(asking)

    def reboot(self, seconds: float | None = None) -> None:
        """Begin to reboot, unless it does already."""
        if not self._booting:
            self._booting = True
            self._later(self._reboot(self.phone.profile.boot_seconds if seconds is None else max(0.0, seconds)))

    def kill(self, name: str) -> int:
        """Kill the processes of a name, or of a pattern of names; how many there were."""
        return shortage.kill(self.phone, name)

    def serve(self, *, wanted: bool) -> None:
        """Start the server in Termux as its owner does, or end it. Raises ValueError where there is no Termux."""
        if self.termux is None:
            raise ValueError("this phone has no Termux")
        if wanted:
            self._later(self.termux.start())
        else:
            self.termux.end()

    def state(self) -> dict[str, Any]:
        """How it is, for the control port."""
        phone, now = self.phone, self.phone.seconds()
        return {
            "profile": phone.profile.name,
            "serial": phone.serial,
            "plugged": self._cable,
            "booting": self._booting,
            "connections": len(tuple(self._port)),
            "asking": sum(connection.asking for connection in self._port),
            "owner": self.owner.mode,
            "rate": phone.faults.rate,
            "latency": phone.faults.latency,
            "drop_after": phone.faults.drop_after,
            "wedge": phone.faults.wedge,
            "offline": phone.faults.offline,
            "free": self.storage.free(),
            "clock": phone.clock.jump,
            "thermal": phone.heat.status(now),
            "battery": phone.battery.level(now) if phone.battery else None,
            "termux": self.termux.serves if self.termux else None,
            "processes": sum(1 for _ in table.processes()),
        }

    def _apps(self) -> Apps:
        """What runs its apps."""
        return Apps(self.phone, self._start.workshop, self.environment, self._start.lent)

    async def _reboot(self, seconds: float) -> None:
        """Go down, be away, come back, with everything that was started gone."""
        await asyncio.sleep(0.1)  # the answer to who asked for it
        self._port.close()
        self.phone.properties.put("sys.boot_completed", "")
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # all but init and this one
        await asyncio.sleep(seconds)
        self.phone.faults.wedge = ""  # it is what a restart mends
        self._wake()
        self._booting = False
        if self._cable:
            self._port.open()
        await asyncio.sleep(UNTIL_BOOTED_S)
        self.phone.properties.put("sys.boot_completed", "1")
        if self.termux and self.phone.keyguard.opened and self.phone.profile.termux and self.phone.profile.termux.at_boot:
            await self.termux.start()

    def _wake(self) -> None:
        """What begins anew with each boot: its id, the uptime, the log, what was set by hand."""
        dev.boot_anew()
        with contextlib.suppress(OSError):  # a kernel without time namespaces
            kernel.start_uptime()
        self.phone.log.clear()
        self.phone.heat.overridden = None
        self.phone.screen.wake()
        self.phone.keyguard.begin()
        self.storage.seal(sealed=not self.phone.keyguard.opened)
        self.phone.clock.booted = self.phone.seconds()
        self.phone.say("I", "boot", f"{self.phone.profile.name} {self.phone.serial}")
        self._refresh()

    async def _inflict_later(self, wanted: Wanted) -> None:
        """Have a fault when its time has come."""
        await asyncio.sleep(wanted.after)
        try:
            self.inflict(Wanted(wanted.fault, wanted.value))
        except (ValueError, OSError) as error:
            self.phone.say("E", "simulator", str(error))

    async def _tick(self) -> None:
        """Keep the files of sensors up to date, and the log from being silent: no phone's is."""
        while True:
            await asyncio.sleep(TICK_S)
            self._refresh()
            for reading in self.phone.heat.readings(self.phone.seconds())[:1]:
                self.phone.say("D", "ThermalHAL", f"{reading.sensor.name} {reading.celsius:.2f}")

    def _refresh(self) -> None:
        """Write the files that programs of the computer read."""
        sys_files.refresh(self.phone)
        dev.CLOCK.write_text(f"{int(self.phone.clock.jump)}\n")

    def _charge(self, *, plugged: bool) -> None:
        """Tell the battery."""
        if self.phone.battery:
            self.phone.battery.plugged = plugged

    def _later(self, work: Any) -> None:
        """Run something beside the rest."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def serve(start: Start, storage: Storage, ready: Callable[[str], None]) -> None:
    """Be a phone until killed."""
    await Daemon(start, storage).run(ready)

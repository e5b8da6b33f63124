"""A simulated phone started for a run and ended with it: the far end of adb, reached through the user's adb server like any phone.

It is a program of its own (``pocketbench phone``), started as one; nothing of it is imported here.
"""

import atexit
import ctypes
import select
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import IO

import msgspec

from pocketbench.adb import Phone, Server
from pocketbench.devices import DEVICES, Ask, Carried, Facts, adb_found, adb_termux
from pocketbench.devices.adb import AdbDevice
from pocketbench.errors import DeviceError, WireError
from pocketbench.events import Listener
from pocketbench.model import Refusal
from pocketbench.probes import Cooling
from pocketbench.protocol import Order
from pocketbench.remote.answers import first_line

USUAL = "phone"
# The stock profile without an Android; what is based on another one has one.
BOARD = "board"
READY_S = 90.0
END_S = 10.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Ready(msgspec.Struct, frozen=True):
    """The line with which a simulated phone says that it is on; ``termux_token`` is what the server in its Termux has printed, "" where there is none."""

    address: str
    profile: str
    termux_token: str = ""


class Sim:
    """A simulated phone of one profile, which is its name. It is started when it is first needed: planning needs none."""

    kind = "simulated"

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self.name = Path(profile).stem
        # A stock phone has Termux, which has a Python and Node.js.
        self.runners = ("python",) if _based_on(profile) == BOARD else ("python", "node", "app")

    @property
    def lacking(self) -> Refusal | None:
        """As of a phone."""
        return self._device.lacking

    def facts(self) -> Facts:
        """What it is. Raises DeviceError where this computer cannot have one."""
        return {**self._device.facts(), "profile": self.name}

    def conditions(self) -> Facts:
        """How it is right now."""
        return self._device.conditions()

    def cool(self, limits: tuple[str, ...], wait_s: float) -> Cooling:
        """Wait on the phone until it is cool."""
        return self._device.cool(limits, wait_s)

    def held(self, listen: Listener, *, may_restart: bool = False) -> AbstractContextManager[None]:
        """As of a phone."""
        return self._device.held(listen, may_restart=may_restart)

    def lacks(self, engine: str, package: str) -> Refusal | None:
        """As of a phone."""
        return self._device.lacks(engine, package)

    def bring(self, apk: Path, *, keep: bool = False) -> Refusal | None:
        """As of a phone."""
        return self._device.bring(apk, keep=keep)

    def lay_out(self, order: Order, folder: Path) -> None:
        """As of a phone."""
        self._device.lay_out(order, folder)

    def ask(self, order: Order, folder: Path, deadline_s: float) -> Carried:
        """As of a phone."""
        return self._device.ask(order, folder, deadline_s)

    def carry(self, order: Order, folder: Path, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:
        """As of a phone."""
        return self._device.carry(order, folder, deadline_s, environment=environment, runner=runner)

    def serve(self, order: Order, folder: Path, deadline_s: float, ask: Ask, *, environment: str = "", runner: str = "python") -> Carried:
        """As of a phone."""
        return self._device.serve(order, folder, deadline_s, ask, environment=environment, runner=runner)

    def give_up(self) -> None:
        """As of a phone; of one that was never started there is nothing to end."""
        if "_device" in self.__dict__:
            self._device.give_up()

    @cached_property
    def _device(self) -> AdbDevice:
        """The phone, started and attached now; it is detached and ended with this process."""
        server = Server.of_user().start()
        ready = _started(self._profile)
        if server.connect(ready.address):
            atexit.register(_quietly, lambda: server.disconnect(ready.address))
        found = adb_found.look(Phone(server, server.wait(ready.address, adb_found.SETTLE_S).serial))
        device = AdbDevice(replace(found, name=self.name))
        return adb_termux.with_server(device, ready.termux_token) if ready.termux_token else device


class _SimKind:
    """``--device sim`` and ``--device sim:PROFILE``."""

    name = "sim"

    def list(self) -> tuple[Sim, ...]:
        """There is none before it is asked for."""
        return ()

    def open(self, which: str) -> Sim:
        """One of a profile's name or file, else a stock phone."""
        return Sim(which or USUAL)


DEVICES.add(_SimKind())


def _started(profile: str) -> Ready:
    """Start a phone and wait until it is on; it ends with this process, however that ends. Raises DeviceError with its words."""
    said = tempfile.TemporaryFile()  # noqa: SIM115 - the phone writes to it as long as it lives
    process = subprocess.Popen(
        [sys.executable, "-m", "pocketbench", "phone", profile, "--json", "--port", "0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, start_new_session=True, preexec_fn=_ending_with_us(),
    )  # fmt: skip
    atexit.register(_end, process)
    line = _line(process)
    try:
        return msgspec.json.decode(line, type=Ready)
    except msgspec.MsgspecError:
        _end(process)
        raise DeviceError(f"sim:{profile}: it cannot be started: {_last(said)}", hint="pocketbench phone --list") from None


def _based_on(profile: str) -> str:
    """The name of the stock profile that one is based on: planning starts no phone. What cannot be read is told by the phone itself."""
    import platformdirs

    file = Path(profile) if profile.endswith(".toml") else platformdirs.user_config_path("pocketbench") / "phones" / f"{profile}.toml"
    try:
        return str(tomllib.loads(file.read_text(encoding="utf-8")).get("base", USUAL))
    except (OSError, ValueError):
        return profile


def _line(process: "subprocess.Popen[bytes]") -> bytes:
    """The first line that it says, nothing when that does not come in time."""
    if process.stdout is None or not select.select([process.stdout], [], [], READY_S)[0]:
        return b""
    return process.stdout.readline()


def _last(said: IO[bytes]) -> str:
    """What it complained of."""
    said.seek(0)
    return first_line(said.read(4096).decode("utf-8", errors="replace")).removeprefix("pocketbench: ") or "it says nothing"


def _ending_with_us() -> Callable[[], None]:
    """What lets the kernel end the phone when this process is killed."""
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Switch it off and wait for that."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_S)
    if process.stdout:
        process.stdout.close()


def _quietly(call: Callable[[], None]) -> None:
    """Do what may no longer be possible."""
    with suppress(WireError):
        call()

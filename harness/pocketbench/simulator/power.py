"""The door's side: sockets, the phone's first process, its news, its end."""

import asyncio
import errno
import json
import os
import platform
import secrets
import select
import socket
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pocketbench.errors import CacheError, DeviceError
from pocketbench.simulator.adb.auth import Mode
from pocketbench.simulator.daemon import Start, serve
from pocketbench.simulator.faults import Wanted
from pocketbench.simulator.inside import drivers
from pocketbench.simulator.inside.given import given
from pocketbench.simulator.inside.workshop import Workshop
from pocketbench.simulator.programs import LINUX, PROGRAMS
from pocketbench.simulator.state.profile import Profile
from pocketbench.simulator.world import processes, root, shells, termux_root
from pocketbench.simulator.world.processes import Begun, Inside, Told
from pocketbench.simulator.world.storage import Storage

HOST = "127.0.0.1"
FIRST_PORT, PORTS = 5700, 100  # above those that adb looks for emulators on
READY_S = 30.0
CLIENT = Path(__file__).parent / "programs/client.py"


@dataclass(frozen=True, slots=True)
class Wish:
    """What phone to start.

    ``port`` 0 is any free one, None the first free from 5700 on; ``serial`` "" is the profile's with an index; ``kept`` the folder for its files, None
    for memory.
    """

    profile: Profile
    port: int | None = None
    control: int = 0
    serial: str = ""
    owner: Mode = "none"
    faults: tuple[Wanted, ...] = ()
    kept: Path | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A phone that is on. ``address`` is for ``adb connect``, ``control`` the port and token for faults.

    ``termux`` is the token that the server in Termux has printed, "" where there is none.
    """

    profile: str
    serial: str
    address: str
    control: str
    token: str
    termux: str
    _begun: Begun
    _workshop: Workshop | None

    def described(self) -> dict[str, Any]:
        """The line that programs read."""
        return {
            "event": "phone-ready", "profile": self.profile, "serial": self.serial, "address": self.address,
            "control": self.control, "token": self.token, "pid": os.getpid(), **({"termux_token": self.termux} if self.termux else {}),
        }  # fmt: skip

    def wait(self) -> None:
        """Wait for its end. Raises DeviceError with what went wrong: it has no end of its own."""
        raise _failed(_news(self._begun, None) or {"error": "its processes were ended"})

    def end(self) -> None:
        """Switch it off, and wait until nothing of it is left."""
        if self._workshop:
            self._workshop.close()
        self._begun.end()


def start(wish: Wish) -> Started:
    """Switch a phone on. Raises DeviceError where this computer cannot have one, or the port is taken."""
    _check_computer()
    adb = _listening(wish.port)
    control = _bound(wish.control)
    control.listen()
    port, token = adb.getsockname()[1], secrets.token_urlsafe(16)
    serial = wish.serial or f"{wish.profile.serial}{_index(port):04d}"
    wish = replace(wish, profile=drivers.held(wish.profile))
    workshop = _workshop(wish.profile)
    theirs, shelf = (workshop.theirs, workshop.shelf) if workshop else (None, None)
    lent = drivers.lent(wish.profile).environment  # in here: the phone does not see every file that this looks for
    begun = processes.begin(_inside(wish, Start(wish.profile, serial, wish.owner, token, wish.faults, adb, control, theirs, lent), shelf))
    if workshop:
        workshop.open()
    address, controlled = f"{HOST}:{port}", f"{HOST}:{control.getsockname()[1]}"
    adb.close()
    control.close()
    news = _news(begun, READY_S)
    if not news or not news.get("ready"):
        if workshop:
            workshop.close()
        begun.end()
        raise _failed(news or {"error": f"it was not ready after {READY_S:.0f} s"})
    return Started(wish.profile.name, serial, address, controlled, token, str(news.get("termux", "")), begun, workshop)


def _workshop(profile: Profile) -> Workshop | None:
    """What prepares its apps; None for a board, and where this computer's cache cannot be written."""
    with suppress(CacheError):
        return Workshop() if profile.android else None
    return None


def _inside(wish: Wish, start: Start, shelf: Path | None) -> Inside:
    """What its two processes do; ``shelf`` is the folder of its prepared apps."""
    made: list[Storage] = []
    client, profile = CLIENT.read_text(), wish.profile
    brought = termux_root.brought() if profile.termux else None
    added = given(profile, shelf)

    def furnish() -> None:
        names = tuple(PROGRAMS if profile.android else LINUX)
        made.append(root.enter(profile, wish.kept, lambda folder: shells.furnish(folder, names, client, profile), brought, added))

    def serve_(tell: Told) -> None:
        asyncio.run(serve(start, made[0], lambda printed: tell({"ready": True, "termux": printed})))

    return Inside(profile.user.id, profile.name, furnish, serve_)


def _check_computer() -> None:
    """See that this can be tried here at all. Raises DeviceError."""
    if platform.system() != "Linux":
        raise DeviceError(f"a simulated phone needs Linux and its namespaces; this is {platform.system()}", hint="run it in a Linux virtual machine")
    if not Path("/usr/bin/sh").exists():
        raise DeviceError("a simulated phone uses this computer's programs, and /usr/bin/sh is not there")


def _listening(port: int | None) -> socket.socket:
    """The socket that adb connects to. Raises DeviceError."""
    if port is not None:
        bound = _bound(port)
        bound.listen()
        return bound
    for candidate in range(FIRST_PORT, FIRST_PORT + PORTS):
        try:
            bound = _bound(candidate)
            bound.listen()
        except (DeviceError, OSError):
            continue
        return bound
    raise DeviceError(f"no port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1} is free", hint="--port 0 takes any")


def _bound(port: int) -> socket.socket:
    """A socket on a port of loopback that stays its own when it listens anew. Raises DeviceError when it is taken."""
    wanted = port or _free()
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, wanted))
    except OSError as error:
        bound.close()
        raise DeviceError(f"port {wanted}: {os.strerror(error.errno or errno.EADDRINUSE).lower()}", hint="--port 0 takes any that is free") from error
    bound.setblocking(False)
    return bound


def _free() -> int:
    """A port that is free: one that the kernel chose would be another after each unplugging."""
    with socket.socket() as asked:
        asked.bind((HOST, 0))
        port: int = asked.getsockname()[1]
        return port


def _index(port: int) -> int:
    """Which phone of its profile this is: the first has 0."""
    return port - FIRST_PORT if FIRST_PORT <= port < FIRST_PORT + PORTS else port


def _news(begun: Begun, seconds: float | None) -> dict[str, Any] | None:
    """The next line of news; None when there is none in time, or no more."""
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([begun.news], [], [], seconds)
        if not ready or not (part := os.read(begun.news, 1)):
            return None
        line += part
    news: dict[str, Any] = json.loads(line)
    return news


def _failed(news: dict[str, Any]) -> DeviceError:
    """Why there is no phone, and what may help."""
    refused = news.get("errno") in (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EINVAL, errno.ENOSPC)
    hint = (
        "it needs user, mount, process and network namespaces: on Ubuntu `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`, "
        "in Docker `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`, elsewhere `sysctl user.max_user_namespaces`"
    )
    return DeviceError(f"the simulated phone cannot run here: {str(news.get('error', ''))[:300]}", hint=hint if refused else "", log=str(news.get("trace", "")))

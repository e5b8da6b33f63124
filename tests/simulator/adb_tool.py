"""The real adb program and a real adb server of the tests' own, on a port of its own, with keys of its own."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import adbutils

DEADLINE_S = 60.0
BUNDLED = Path(adbutils.__file__).parent / "binaries/adb"


@dataclass(frozen=True)
class Said:
    """How an adb command ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Everything that it printed."""
        return self.out + self.err


@dataclass(frozen=True)
class Adb:
    """The program; with ``serial``, for one phone."""

    port: int
    home: Path
    serial: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What keeps it away from any other server."""
        return {**os.environ, "HOME": str(self.home), "ANDROID_ADB_SERVER_PORT": str(self.port), "ADB_MDNS": "0", "ADBUTILS_ADB_PATH": str(BUNDLED)}

    def words(self, *words: str) -> list[str]:
        """The command line."""
        return [str(BUNDLED), "-P", str(self.port), *(["-s", self.serial] if self.serial else []), *words]

    def __call__(self, *words: str, given: bytes | None = None, deadline: float = DEADLINE_S) -> Said:
        """Run one command; TimeoutExpired is raised past its deadline."""
        stdin = {"input": given} if given is not None else {"stdin": subprocess.DEVNULL}
        said = subprocess.run(self.words(*words), capture_output=True, timeout=deadline, env=self.environment, check=False, **stdin)
        return Said(said.returncode, said.stdout.decode(errors="replace"), said.stderr.decode(errors="replace"))

    def of(self, address: str) -> "Adb":
        """The same, for one phone, connected."""
        said = self("connect", address)
        assert address in said.out, said
        return replace(self, serial=address)

    def state(self) -> str:
        """The phone's state, as ``adb devices`` has it, "" when it is not listed."""
        lines = (line.split("\t") for line in replace(self, serial="")("devices").out.splitlines())
        return next((state for serial, state in (line for line in lines if len(line) == 2) if serial == self.serial), "")

    def becomes(self, state: str, *, deadline: float = DEADLINE_S) -> bool:
        """Whether the phone gets into a state in time."""
        return eventually(lambda: self.state() == state, deadline)


def eventually(is_so: Callable[[], bool], deadline: float = DEADLINE_S) -> bool:
    """Whether something becomes so in time."""
    until = time.monotonic() + deadline
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def server(home: Path) -> Iterator[Adb]:
    """A server of the tests' own, ended by its own port."""
    adb = Adb(free_port(), home)
    process = subprocess.Popen(adb.words("nodaemon", "server"), env=adb.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert eventually(lambda: answers(adb.port))
        yield adb
    finally:
        adb("kill-server")
        process.wait(timeout=DEADLINE_S)


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0

"""A server as a person starts it, and an order that it is at in the background."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from pocketbench import serving
from pocketbench.errors import PocketbenchError
from pocketbench.protocol import Order


@dataclass(frozen=True)
class Started:
    """A server that runs: its process, its port, its token, and the folder that it uses."""

    process: "subprocess.Popen[str]"
    port: int
    token: str
    base: Path

    def connect(self) -> serving.Server:
        """A connection to it."""
        return serving.connect(("127.0.0.1", self.port), self.token)

    @property
    def runners(self) -> list[psutil.Process]:
        """The runners that it has started."""
        return [one for one in psutil.Process(self.process.pid).children(recursive=True) if runs(one)]

    @property
    def sessions(self) -> list[Path]:
        """The folders of those who are there."""
        return sorted(self.base.glob("session-*"))


# The server as on a phone that has no room for files.
FULL = "import runpy, sys; sys.path.insert(0, sys.argv[0].rpartition('/')[0]); from serving import folder; folder.SPARED_BYTES = 1 << 62; "
FULL += "runpy.run_path(sys.argv[0], run_name='__main__')"


@contextmanager
def started(project: Path, base: Path, *words: str, full: bool = False) -> Iterator[Started]:
    """Start a server on a free port, where it is ``full`` without room; it is ended by SIGTERM."""
    script = str(project / "device_scripts" / "server.py")
    begin = [sys.executable, "-c", f"import sys; del sys.argv[0]; {FULL}"] if full else [sys.executable]
    command = [*begin, script, "--port", "0", "--folder", str(base), "--name", "here", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port, token = process.stdout.readline().strip().rpartition(":")[2], process.stdout.readline().strip().removeprefix("token: ")
        yield Started(process, int(port), token, base)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


@contextmanager
def carrying(server: Started, order: Order, folder: Path, deadline_s: float = 60) -> Iterator[tuple[serving.Server, list[Exception]]]:
    """A connection that is at an order, and what it came to; its end is waited for."""
    came: list[Exception] = []

    def carry(client: serving.Server) -> None:
        try:
            client.carry(order, folder, deadline_s)
        except PocketbenchError as error:
            came.append(error)

    with server.connect() as client:
        thread = threading.Thread(target=carry, args=(client,))
        thread.start()
        try:
            yield client, came
        finally:
            thread.join()


def runs(process: psutil.Process) -> bool:
    """Whether a process is there, and not as a zombie."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

"""Termux on the phone, and the server that its owner has started in it: another user's processes, with a home that adb's shell may not enter.

Termux's Python is this computer's, with its packages, behind Termux's own names. What is shown of it to nobody but itself is hidden
by a mount over its folder (:mod:`world.termux_root`), which only its own processes do without.
"""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from pocketbench.simulator.adb.services import descriptors
from pocketbench.simulator.state.phone import Phone
from pocketbench.simulator.world import kernel
from pocketbench.simulator.world.kernel import CLONE_NEWNS, CLONE_NEWUSER
from pocketbench.simulator.world.termux_root import HOME, PLACE, PREFIX

# A phone's server is at this port, wherever the phone is attached.
PORT = 8471
USER = 10123  # u0_a123: an app's
# Less than the phone itself has to be on: without its server it is on, too.
SAYS_WITHIN_S = 20.0
MAX_LINE = 4096


class Termux:
    """Termux on a phone that is on; ``lent`` are the drivers' variables. ``token`` is the one that the server has printed, "" before it has."""

    def __init__(self, phone: Phone, lent: Mapping[str, str]) -> None:
        self.token = ""
        self._phone, self._lent = phone, lent
        self._server: subprocess.Popen[bytes] | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def serves(self) -> bool:
        """Whether the server runs."""
        return self._server is not None and self._server.poll() is None

    async def start(self) -> None:
        """Start the server as its owner does, where none runs, and wait until it says how it is reached; what goes wrong is in the phone's log."""
        if self.serves:
            return
        self.token = ""
        said, telling = os.pipe()
        os.set_blocking(said, False)
        try:
            words = [f"{PREFIX}/bin/python", "pocketbench/server.py", "--port", str(PORT), "--token-file", "token"]
            self._server = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=telling,
                stderr=telling,
                env={**self._lent, **_environment()},
                start_new_session=True,
                preexec_fn=_become_termux,
            )
        except (OSError, subprocess.SubprocessError) as error:
            self._phone.say("E", "termux", f"the server cannot be started: {error}")
            os.close(said)
            return
        finally:
            os.close(telling)
        heard = asyncio.Event()
        self._reading = asyncio.create_task(self._read(self._server, said, heard))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(heard.wait(), SAYS_WITHIN_S)

    def end(self) -> None:
        """End the server, as its owner does with Ctrl-C."""
        if self._server is not None and self.serves:
            self._server.terminate()

    async def _read(self, server: "subprocess.Popen[bytes]", said: int, heard: asyncio.Event) -> None:
        """Hear what the server prints, to its end: the token, and the rest for the phone's log."""
        rest = b""
        try:
            while data := await descriptors.read(said, MAX_LINE):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._hear(line[:MAX_LINE].decode(errors="replace"), heard)
                rest = rest[-MAX_LINE:]
            await descriptors.ended(server.pid)
            self._phone.say("I", "termux", f"the server ended with code {server.wait()}")
        finally:
            os.close(said)
            heard.set()

    def _hear(self, line: str, heard: asyncio.Event) -> None:
        """One line; nobody else reads the log's token on a phone either."""
        if line.startswith("token: "):
            self.token = line.removeprefix("token: ")
            heard.set()
        else:
            self._phone.say("I", "termux", line)


def _become_termux() -> None:
    """In the new process: see Termux's own folder, be Termux's user, be at home."""
    kernel.unshare(CLONE_NEWNS)
    kernel.unmount(Path(PLACE))
    user = os.getuid()
    with contextlib.suppress(OSError):  # a kernel with few user namespaces: then it is called as adb's shell is
        kernel.unshare(CLONE_NEWUSER)
        for file, line in {"setgroups": "deny", "uid_map": f"{USER} {user} 1", "gid_map": f"{USER} {os.getgid()} 1"}.items():
            with open(f"/proc/self/{file}", "w") as mapping:  # noqa: PTH123
                mapping.write(line)
    os.umask(0o077)
    os.chdir(HOME)


def _environment() -> dict[str, str]:
    """The variables that Termux's own shell has."""
    return {
        "HOME": HOME, "PREFIX": PREFIX, "PATH": f"{PREFIX}/bin:/product/bin:/system/bin", "TMPDIR": f"{PREFIX}/tmp", "LANG": "C.UTF-8",  # noqa: S108 - on the phone
        "TERMUX_VERSION": "0.118.1", "ANDROID_ROOT": "/system", "ANDROID_DATA": "/data", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip

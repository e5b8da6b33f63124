"""One connection to a board, which commands and files go through: made when it is first needed, once.

It is a program of its own (``ssh -M``) that ends when its standard input does: with this process, however that ends. Its socket lies
in a folder that only this user can look into.
"""

import os
import shutil
import subprocess
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pocketbench.errors import CallOverdue, WireError
from pocketbench.ssh import program, running, told
from pocketbench.ssh.address import Address
from pocketbench.ssh.running import Running
from pocketbench.ssh.talk import first_line_of_its_own

CONNECT_S = 20.0
# A connection of which nothing is heard for this long is lost.
ALIVE_S, ALIVE_TIMES = 5, 4
LOOK_BYTES = 1 << 16
SHORT = 40
PREFIX, NAME = "pb-ssh-", "c"
# A connection has its socket before its folder is as old as this.
OLD_S = 60.0
HERE = "pocketbench-here"
# What a user has set for sessions of their own is not for this one. Whom to trust stays theirs to say.
_OPTIONS = {
    "BatchMode": "yes",
    "ControlMaster": "yes",
    "ControlPersist": "no",
    "ConnectTimeout": "15",
    "ServerAliveInterval": str(ALIVE_S),
    "ServerAliveCountMax": str(ALIVE_TIMES),
    "ClearAllForwardings": "yes",
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "PermitLocalCommand": "no",
    "RemoteCommand": "none",
    "RequestTTY": "no",
    "LogLevel": "ERROR",
}


class Master:
    """The connection to one address. Threads may share it."""

    def __init__(self, address: Address, at_work: Running) -> None:
        self._address, self._at_work = address, at_work
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._gone: Callable[[], object] = lambda: None
        # A folder that only this user can look into; its name is short enough for sockets.
        self.folder = Path()

    def way(self, until: float) -> list[str]:
        """The words of a program that goes through the connection, up to the host's name; it is made now where there is none.

        Raises LoginRefused, PhoneUnusable, WireCut, SshMissing, and TimeoutError at ``until``.
        """
        with self._turn:
            if self._process is None or self._process.poll() is not None:
                self._end()
                self._begin(min(until, time.monotonic() + CONNECT_S))
        # Settings are the connection's; and where that is lost, none is made in passing.
        return [program.path(), "-F", "none", "-S", str(self._socket), "-o", "ProxyCommand=false", "-o", "LogLevel=ERROR", "-T"]

    def end(self, *, of: Path | None = None) -> None:
        """Hang up; the next one who goes there calls anew. ``of``: only the connection whose folder that was, for another thread may have made one since."""
        with self._turn:
            if of in (None, self.folder):
                self._end()

    @property
    def _socket(self) -> Path:
        """Where the connection is reached."""
        return self.folder / NAME

    def _begin(self, until: float) -> None:
        """Call, and wait until the far side's shell answers."""
        _sweep()
        ssh = program.path()
        try:
            self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_base()))
        except OSError as error:
            raise WireError(f"ssh:{self._address}: {_base()}: no folder for its socket can be made: {error.strerror}", command="ssh") from error
        options = [word for name, value in {**_OPTIONS, "ControlPath": str(self._socket)}.items() for word in ("-o", f"{name}={value}")]
        words = [ssh, *options, *self._address.words, f"exec sh -c 'echo {HERE}; exec cat >/dev/null 2>&1'"]
        try:
            process = self._process = self._at_work.start(words)
        except BaseException:
            self.folder.rmdir()
            raise
        self._gone = weakref.finalize(self, _hang_up, process, self.folder)
        try:
            self._answered(process, until)
        except BaseException:
            self._end()
            raise
        finally:
            self._at_work.waited_for(process)

    def _answered(self, process: "subprocess.Popen[bytes]", until: float) -> None:
        """Wait for the far side's first word."""
        try:
            answered, said = first_line_of_its_own(process, until, HERE.encode(), LOOK_BYTES)
        except TimeoutError:
            message = f"ssh:{self._address}: no connection within {CONNECT_S:g} s"
            raise CallOverdue(message, hint=f"{self._address.typed} true", serial=str(self._address), command="ssh") from None
        if not answered:
            raise told.unconnected(said.decode("utf-8", errors="replace"), self._address)

    def _end(self) -> None:
        """Hang up, where somebody called."""
        self._gone()
        self._process = None


def _base() -> str:
    """Where folders for sockets are made: a socket's whole name has 100 bytes at most."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    return own if len(own) < SHORT and os.access(own, os.W_OK) else "/tmp"  # noqa: S108 - a folder of its own is made there


def _sweep() -> None:
    """Remove what harnesses that were killed have left: ssh has taken its socket away, the folder is empty."""
    for folder in Path(_base()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else's, or in use
            if folder.stat().st_mtime < time.time() - OLD_S:
                folder.rmdir()


def _hang_up(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """End a connection, and remove its folder."""
    running.end(process)
    shutil.rmtree(folder, ignore_errors=True)

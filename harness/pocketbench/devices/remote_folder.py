"""A run's own folder on a device: everything that is put there lies in it, and goes with it.

    <base>/<machine>-<boot>-<pid>-<start>-<token>/     base: /data/local/tmp/pocketbench, on a board /tmp/pocketbench-<uid>

The name says whose it is: the computer, its boot, the process and when that began. What a killed harness left is found by the
next one on the same computer, and removed with what still runs in it; what belongs to a living process, or to another computer, stays.
"""

import functools
import hashlib
import os
import re
import secrets
import socket
from pathlib import Path

from pocketbench import cache
from pocketbench.devices import remote_group
from pocketbench.errors import WireError
from pocketbench.remote import Remote, transfer
from pocketbench.remote.transfer import Listener, Moved

SWEEP_S = 20.0
# What a transfer may take: to begin with, and for each byte at a rate that even a bad cable has.
LEAST_S = 60.0
SLOWEST_BYTES_PER_S = 500_000

_NAME = re.compile(r"([0-9a-f]{12})-([0-9a-f]{8})-([0-9]{1,10})-([0-9]{1,12})-[0-9a-f]{8}")
# In /tmp, which is everybody's, somebody else could have made the folder first, and change what runs in it.
_BASE = """if [ -d /data/local/tmp ] && [ -w /data/local/tmp ]; then b=/data/local/tmp/pocketbench; is=-d; else b=/tmp/pocketbench-$(id -u); is=-O; fi
mkdir -p "$b" && [ ! -L "$b" ] && [ "$is" "$b" ] && [ -w "$b" ] && cd "$b" && pwd && ls"""
_CHOSEN = """mkdir -p "{base}" && [ ! -L "{base}" ] && cd "{base}" || exit 1
[ -w . ] || {{ echo "{base}: Permission denied" >&2; exit 1; }}
echo "{base}" && ls"""
_REMOVE = 'cd / && rm -rf "{path}" && {{ rmdir "{base}" 2>/dev/null; true; }}'


class Folder:
    """The folder of this process on one device, made when it is first needed: in ``base``, or where everybody's files go. ``mode`` says who may enter it."""

    def __init__(self, remote: Remote, *, base: str = "", mode: str = "700") -> None:
        self._remote, self._mode = remote, mode
        self._where = _CHOSEN.format(base=base) if base else _BASE
        self._base, self._made = "", False
        self._there: set[str] = set()
        self._token = secrets.token_hex(4)
        self._hashes: dict[tuple[int, int, int, int], str] = {}

    @property
    def path(self) -> str:
        """Where it is. Raises WireError when it cannot be made."""
        if not self._made:
            self._base, *left = self._remote.done(self._where, called="make a folder").splitlines()
            self._sweep(left)
            self._remote.done(f'mkdir -m {self._mode} -p "{self._base}/{self._name}"', called="make a folder")
            self._made = True
        return f"{self._base}/{self._name}"

    def named(self, local: Path, suffix: str = "") -> str:
        """A name for a file or folder that says what is in it, hashed once."""
        return f"{self._sha256(local)[:32]}{suffix}"

    def put(self, files: dict[str, Path], listen: Listener | None) -> Moved:
        """Bring files to names inside the folder, names that say what is in them or never change; what this process has seen there is not looked at again.

        Raises WireError.
        """
        lacking = {f"{self.path}/{name}": local for name, local in files.items() if name not in self._there}
        if not lacking:
            return Moved()
        deadline_s = LEAST_S + sum(local.stat().st_size for local in lacking.values()) / SLOWEST_BYTES_PER_S
        moved = transfer.push(self._remote, lacking, deadline_s=deadline_s, listen=listen)
        self._there.update(files)
        return moved

    def forget(self) -> None:
        """Believe nothing of what is there: the device was away meanwhile. Where it was is not forgotten: it may be there."""
        self._made = False
        self._there.clear()

    def remove(self) -> None:
        """End what still runs in it and take it away, with the folder above when that is empty. Raises WireError."""
        if self._base:
            self._gone(self._name)
            self._base = ""
            self.forget()

    @property
    def _name(self) -> str:
        """Its name: who this process is."""
        return of_this_process(self._token)

    def _sha256(self, local: Path) -> str:
        """What is in a file or folder; a file that was not touched is not read again."""
        status = local.stat()
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if local.is_dir():
            return cache.sha256_of(local)
        if key not in self._hashes:
            self._hashes[key] = cache.sha256_of(local)
        return self._hashes[key]

    def _sweep(self, names: list[str]) -> None:
        """Remove what processes of this computer that are no more have left."""
        for name in names:
            if is_left(name):
                try:
                    self._gone(name)
                except WireError:
                    continue  # it will be looked for again by the next one

    def _gone(self, name: str) -> None:
        """End what runs in a folder, and remove it. The name is one that this module has made."""
        path = f"{self._base}/{name}"
        self._remote.done(f"{remote_group.end(path)}\n{_REMOVE.format(path=path, base=self._base)}", deadline_s=SWEEP_S, called="remove a folder")


def of_this_process(token: str) -> str:
    """A name that says whose it is, with eight digits that tell this process's own things apart; see :func:`is_left`."""
    return f"{_machine()}-{_boot()}-{os.getpid()}-{_start(os.getpid())}-{token}"


def is_left(name: str) -> bool:
    """Whether a folder was a process's of this computer that is no more."""
    found = _NAME.fullmatch(name)
    if found is None or found[1] != _machine():
        return False
    return found[2] != _boot() or str(_start(int(found[3]))) != found[4]


@functools.cache
def _machine() -> str:
    """What this computer is, and the container on it: twelve digits."""
    told = [_text("/etc/machine-id") or socket.gethostname(), _link("/proc/self/ns/pid")]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


@functools.cache
def _boot() -> str:
    """Its boot: eight digits."""
    return hashlib.sha256(_text("/proc/sys/kernel/random/boot_id").encode()).hexdigest()[:8]


def _start(pid: int) -> int:
    """When a process began, in the kernel's ticks since the boot; 0 for one that is not there."""
    stat = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return int(stat[19]) if len(stat) > 19 and stat[0] != "Z" else 0


def _text(file: str) -> str:
    """What a file of the system says, "" where it is not."""
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _link(file: str) -> str:
    """Where a link leads, "" where it is not."""
    try:
        return str(Path(file).readlink())
    except OSError:
        return ""

"""Files to a device and back, whole: verified by sha256 on the far side, skipped where they are there already.

A file is sent beside its place and moved there once the device has read it again and its hash is right: a cable that was pulled leaves no half of one.
"""

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pocketbench import cache
from pocketbench.errors import CallOverdue, CommandFailed, WireCut, WireError
from pocketbench.remote import Remote, Share, hashing

# Called with the name on the device, and how many bytes of how many are there.
Listener = Callable[[str, int, int], None]
T = TypeVar("T")
CLEAR_S = 10.0


@dataclass(frozen=True, slots=True)
class Moved:
    """What moving files took: bytes and seconds on the wire, seconds of hashing on the far side, how many files there were and how many were there already."""

    bytes: int = 0
    seconds: float = 0.0
    verify_seconds: float = 0.0
    files: int = 0
    skipped: int = 0


def push(device: Remote, files: Mapping[str, Path], *, deadline_s: float, listen: Listener | None = None) -> Moved:
    """Bring files to their places (absolute paths on the device), whose folders are made. What has the right hash already is not sent.

    Raises PhoneFull, CallOverdue (``deadline_s`` is for all of them), WireCut, PhoneUnusable, CommandFailed; none of the files is half there then.
    """
    until = time.monotonic() + deadline_s
    wanted = {remote: cache.sha256_of(local) for remote, local in files.items()}
    there, looked = _timed(lambda: hashing.of(device, wanted, deadline_s=deadline_s))
    lacking = {remote: sha256 for remote, sha256 in wanted.items() if there.get(remote) != sha256}
    try:
        _, sent = _timed(lambda: _send({remote: files[remote] for remote in lacking}, device, until, listen))
        _, settled = _timed(lambda: hashing.settle(device, lacking, deadline_s=_left(until, device)))
    except WireError:
        with suppress(WireError):
            hashing.clear(device, lacking, deadline_s=CLEAR_S)
        raise
    return Moved(sum(files[remote].stat().st_size for remote in lacking), sent, looked + settled, len(wanted), len(wanted) - len(lacking))


def pull(device: Remote, remote: str, local: Path, *, deadline_s: float, limit_bytes: int, sha256: str = "", listen: Listener | None = None) -> Moved:
    """Bring one file here, at most ``limit_bytes`` of it, whole or not at all; ``sha256`` is its hash there where that is known already.

    Raises CommandFailed for what is no file there, has another hash than here or is larger; WireCut, CallOverdue, PhoneUnusable.
    """
    until = time.monotonic() + deadline_s
    found, looked = (sha256, 0.0) if sha256 else _timed(lambda: hashing.of(device, [remote], deadline_s=deadline_s).get(remote, ""))
    if not found:
        raise CommandFailed(f"{device.serial}: {remote}: no file there", serial=device.serial, command=f"pull {remote}")
    with tempfile.TemporaryDirectory(dir=local.parent, prefix=".pull-") as folder:
        came = Path(folder) / "file"
        telling = _about(remote, came, listen)
        _, spent = _timed(lambda: device.fetch(remote, came, deadline_s=_left(until, device), limit_bytes=limit_bytes, listen=telling))
        if came.is_symlink() or not came.is_file() or cache.sha256_of(came) != found:
            raise WireCut(f"{device.serial}: {remote}: what came is not what is there", serial=device.serial, command=f"pull {remote}")
        came.replace(local)
    return Moved(local.stat().st_size, spent, looked, 1, 0)


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    """What a call gives, and the seconds it took."""
    began = time.monotonic()
    return call(), time.monotonic() - began


def _send(files: Mapping[str, Path], device: Remote, until: float, listen: Listener | None) -> None:
    """Send files beside their places."""
    for remote, local in files.items():
        size = local.stat().st_size
        telling = (lambda share, remote=remote, size=size: listen(remote, int(share * size), size)) if listen else None
        device.send(local, remote + hashing.PART, deadline_s=_left(until, device), listen=telling)


def _about(remote: str, came: Path, listen: Listener | None) -> Share | None:
    """Tell of a file that is coming, whose size nobody has said: what there is of it, and what that makes of the whole."""
    if listen is None:
        return None

    def tell(share: float) -> None:
        there = came.stat().st_size if came.exists() else 0
        listen(remote, there, int(there / share) if share else 0)

    return tell


def _left(until: float, device: Remote) -> float:
    """What is left of a deadline, in seconds. Raises CallOverdue for nothing."""
    left = until - time.monotonic()
    if left <= 0:
        raise CallOverdue(f"{device.serial}: files not moved in time", serial=device.serial, command="push")
    return left

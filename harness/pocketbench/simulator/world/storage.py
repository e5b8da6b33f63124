"""The phone's storage: /data, and /sdcard in it. In memory, so that it can be full, or in a folder of the user's."""

import os
from dataclasses import dataclass
from pathlib import Path

from pocketbench.simulator.world import kernel
from pocketbench.simulator.world.kernel import MS_NODEV, MS_NOSUID, MS_REMOUNT

DATA = Path("/data")
FOLDERS = ("app", "data", "local/tmp", "media/0", "misc/adb", "system")
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@dataclass(frozen=True, slots=True)
class Storage:
    """``total`` bytes in memory; 0 for a folder of the user's, which has what its disk has."""

    total: int

    def fill(self, left: int | None) -> None:
        """Leave only so many bytes free, None for all that there is. Raises ValueError where it lies in a folder."""
        if not self.total:
            raise ValueError("a phone whose files are kept in a folder has that folder's disk; only one without --root can be full")
        used = self.total if left is None else self._used() + left
        kernel.mount("tmpfs", DATA, "", MS_REMOUNT | MS_NOSUID | MS_NODEV, f"size={max(used, 4096)}")

    def seal(self, *, sealed: bool) -> None:
        """Keep everybody out of the files of apps and of the owner, which nobody can decrypt before the phone is unlocked; or let them in again."""
        for place in ("data", "media/0"):
            (DATA / place).chmod(0 if sealed else 0o771)

    def free(self) -> int:
        """Bytes that can still be written."""
        found = os.statvfs(DATA)
        return found.f_bavail * found.f_frsize

    def _used(self) -> int:
        """Bytes that are taken."""
        found = os.statvfs(DATA)
        return (found.f_blocks - found.f_bfree) * found.f_frsize


def make(root: Path, size: str, kept: Path | None) -> Storage:
    """Mount /data under ``root``, with the folders that every phone has; ``kept`` is where it lies, seen from here, when not in memory."""
    data = root / "data"
    data.mkdir()
    total = 0
    if kept is None:
        total = min(int(size[:-1]) * _UNITS[size[-1]], _memory() // 2)
        kernel.mount("tmpfs", data, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=771,size={total}")
    else:
        kernel.bind(kept, data, writable=True)
    for name in FOLDERS:
        (data / name).mkdir(parents=True, exist_ok=True)
    return Storage(total)


def _memory() -> int:
    """The bytes of the computer's memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

"""/dev and /proc: what a process needs, and nothing through which it could reach the computer."""

import secrets
import uuid
from pathlib import Path

from pocketbench.simulator.world import kernel
from pocketbench.simulator.world.kernel import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# The computer's own switches; a process with the computer's root as its owner could turn them (runc masks the same).
READ_ONLY = ("bus", "fs", "irq", "sys")
HIDDEN = ("kcore", "keys", "latency_stats", "sched_debug", "sysrq-trigger", "timer_list", "timer_stats")
BOOT_ID = Path("/dev/.boot_id")
CLOCK = Path("/dev/.clock")
SOCKET = Path("/dev/socket/pocketbench")


def make_dev(root: Path, computer: Path) -> None:
    """A /dev with the harmless devices of the computer, whose root is at ``computer``."""
    dev = root / "dev"
    kernel.mount("tmpfs", dev, "tmpfs", MS_NOSUID, "mode=755,size=1m")
    for name in DEVICES:
        (dev / name).touch()
        kernel.mount(str(computer / "dev" / name), dev / name, flags=MS_BIND)
    for name in ("pts", "shm", "socket"):
        (dev / name).mkdir()
    kernel.mount("devpts", dev / "pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    kernel.mount("tmpfs", dev / "shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    for name, target in {
        "ptmx": "pts/ptmx",
        "fd": "/proc/self/fd",
        "stdin": "/proc/self/fd/0",
        "stdout": "/proc/self/fd/1",
        "stderr": "/proc/self/fd/2",
    }.items():
        (dev / name).symlink_to(target)


def make_proc(root: Path) -> None:
    """A /proc of the phone's own processes."""
    proc = root / "proc"
    kernel.mount("proc", proc, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for name in READ_ONLY:
        if (proc / name).is_dir():
            kernel.bind(proc / name, proc / name)
    for name in HIDDEN:
        if (proc / name).exists():
            kernel.bind(root / "dev/null", proc / name)
    _own_boot_id(root)


def boot_anew() -> None:
    """Have another boot id; everything else that a boot changes is the daemon's."""
    BOOT_ID.write_text(f"{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}\n")


def _own_boot_id(root: Path) -> None:
    """A boot id of the phone's own, where the computer has one."""
    file, shown = root / "dev" / BOOT_ID.name, root / "proc/sys/kernel/random/boot_id"
    file.write_text("")
    if shown.exists():
        kernel.bind(file, shown)

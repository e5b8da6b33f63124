"""The system calls for a world of one's own that Python 3.11 has no functions for."""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import time
from pathlib import Path

CLONE_NEWTIME, CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00000080, 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 32, 4096, 16384, 1 << 18
MS_RDONLY = 1
MNT_DETACH = 2
_SYS_MOUNT_SETATTR = 442  # the same on every architecture
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 1, 2, 4
_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 15, 24, 36, 38
_CAPABILITIES_3 = 0x20080522  # _LINUX_CAPABILITY_VERSION_3: two words of each set
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the computer's namespaces for fresh ones. Raises OSError."""
    _checked(_libc.unshare(flags), "unshare")


def leave(namespaces: int, user: int) -> None:
    """Leave the computer's namespaces, that of users among them, and be ``user`` in the fresh one. Raises OSError."""
    owner, group = os.getuid(), os.getgid()
    unshare(namespaces)
    for file, line in {"setgroups": "deny", "uid_map": f"{user} {owner} 1", "gid_map": f"{user} {group} 1"}.items():
        Path("/proc/self", file).write_text(line)


def mount(source: str, target: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system, or change a mount. Raises OSError with the target's name."""
    given = [text.encode() if text else None for text in (source, str(target), kind)]
    _checked(_libc.mount(*given, ctypes.c_ulong(flags), options.encode() or None), str(target))


def bind(source: Path, target: Path, *, writable: bool = False) -> None:
    """Show ``source``, with all that is mounted in it, at ``target``; set-user-id programs and device files are none there."""
    mount(str(source), target, flags=MS_BIND | MS_REC)
    attributes = struct.pack("=4Q", (0 if writable else _MOUNT_ATTR_RDONLY) | _MOUNT_ATTR_NOSUID, 0, 0, 0)
    where = (ctypes.c_int(_AT_FDCWD), str(target).encode(), ctypes.c_uint(_AT_RECURSIVE))
    _checked(_libc.syscall(ctypes.c_long(_SYS_MOUNT_SETATTR), *where, attributes, ctypes.c_size_t(len(attributes))), str(target))


def unmount(target: Path) -> None:
    """Take a mount away, now or when nobody uses it any more. Raises OSError."""
    _checked(_libc.umount2(str(target).encode(), MNT_DETACH), str(target))


def pivot_root(new: Path, old: Path) -> None:
    """Make ``new`` the root; the one before is then at ``old``, a folder in it. Raises OSError."""
    _checked(_libc.pivot_root(str(new).encode(), str(old).encode()), str(new))
    os.chdir("/")


def set_host_name(name: str) -> None:
    """The name that ``hostname`` says. Raises OSError."""
    data = name.encode()
    _checked(_libc.sethostname(data, ctypes.c_size_t(len(data))), "sethostname")


def start_loopback() -> None:
    """Bring up the namespace's own loopback. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:
        asked = fcntl.ioctl(some, _SIOCGIFFLAGS, struct.pack("16sH22x", b"lo", 0))
        flags = struct.unpack_from("16sH", asked)[1]
        fcntl.ioctl(some, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | _IFF_UP))


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    _checked(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")


def give_up_powers() -> None:
    """What this process starts from now on has no capability and cannot gain one; it itself keeps its own."""
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    capability = 0
    while _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1


def lose_powers() -> None:
    """Have no capability any more, neither this process nor what it starts. Raises OSError."""
    give_up_powers()
    _checked(_libc.capset(struct.pack("=Ii", _CAPABILITIES_3, 0), bytes(24)), "capset")


def end_with_parent() -> None:
    """Be killed when the parent ends."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def start_uptime() -> None:
    """Let what is started from now on count its uptime from here. Raises OSError where the kernel cannot."""
    boottime, monotonic = time.clock_gettime(time.CLOCK_BOOTTIME), time.clock_gettime(time.CLOCK_MONOTONIC)
    unshare(CLONE_NEWTIME)
    with open("/proc/self/timens_offsets", "w") as offsets:  # noqa: PTH123
        offsets.write(f"boottime {-int(boottime)} 0\nmonotonic {-int(monotonic)} 0\n")


def call_myself(name: str) -> None:
    """Be shown under this name by ``ps`` and found under no other by ``pkill -f``. Without the memory of its arguments, only the short name changes."""
    _libc.prctl(_PR_SET_NAME, name.rsplit("/", 1)[-1].encode()[:15], 0, 0, 0)
    fields = Path("/proc/self/stat").read_text().rsplit(") ", 1)[1].split()
    start, end = int(fields[45]), int(fields[46])  # arg_start and arg_end, fields 48 and 49 of proc(5)
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, name.encode()[: end - start - 1], min(len(name), end - start - 1))


def _checked(result: int, name: str) -> None:
    """Raise what the kernel refused."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)

"""Which files the phone's root holds: folders of its own, programs of the computer, read-only, under the names that a phone has them by."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pocketbench.simulator.state.profile import Profile

# What Android's toybox has, and the few others that come with it; those that the computer has are linked.
TOYBOX = Path(__file__).parent / "toybox.txt"
_HOST_BINARIES = (Path("/usr/bin"), Path("/usr/sbin"))
LIBRARIES = ("lib", "lib32", "lib64", "libx32")


@dataclass(frozen=True, slots=True)
class Layout:
    """Folders to make, links to make, folders of the computer to show read-only under their own names, small files to write.

    Names have no leading slash; ``programs`` is the folder of the simulator's own.
    """

    folders: tuple[str, ...]
    links: dict[str, str]
    shown: tuple[Path, ...]
    files: dict[str, str]
    programs: str


@dataclass(frozen=True, slots=True)
class Added:
    """What a root holds beside: links, and folders of the computer to show read-only under names of the phone's own, all without a leading slash."""

    links: dict[str, str] = field(default_factory=dict)
    bound: dict[str, Path] = field(default_factory=dict)


def layout(profile: Profile) -> Layout:
    """The root of a phone, or of a board."""
    return _android(profile) if profile.android else _linux(profile)


def python() -> str:
    """The interpreter that the simulator's own programs run on, outside any virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)


def _android(profile: Profile) -> Layout:
    """Android's tree: /system is not the user's, /data and /sdcard are."""
    programs = "system/bin"
    links = {"bin": "/system/bin", "etc": "/system/etc", "sdcard": "/storage/self/primary", "d": "/sys/kernel/debug"}
    links |= {f"{programs}/{name}": str(found) for name in TOYBOX.read_text().split() if (found := _found(name))}
    return Layout(
        folders=("system/bin", "system/etc", "system/lib64", "system/app", "vendor", "product", "apex", "mnt", "storage/self", "storage/emulated/0"),
        links={**links, **_libraries(), "storage/self/primary": "/storage/emulated/0"},
        shown=_shown(profile),
        files=_files(profile, "system/etc"),
        programs=programs,
    )


def _linux(profile: Profile) -> Layout:
    """A board's tree: the computer's programs under their own names."""
    links = {name: f"usr/{name}" for name in ("bin", "sbin") if Path("/", name).is_symlink()}
    system = f'NAME="Pocketbench {profile.model}"\nID=pocketbench\nPRETTY_NAME="{profile.manufacturer} {profile.model}, Linux"\n'
    return Layout(
        folders=("opt/bin", "etc", "root", "home", "mnt", "var", "run", "sdcard"),
        links={**links, **_libraries()},
        shown=(*_shown(profile), *(Path("/", name) for name in ("bin", "sbin") if Path("/", name).is_dir() and name not in links)),
        files={**_files(profile, "etc"), "etc/os-release": system},
        programs="opt/bin",
    )


def seen() -> tuple[Path, ...]:
    """The computer's folders of programs that a phone with this computer's Python sees."""
    return _prefixes(packages=True)


def _prefixes(*, packages: bool) -> tuple[Path, ...]:
    """/usr and the interpreter's own folder; ``packages``: that of its packages, too."""
    prefixes = {Path(sys.base_prefix).resolve(), *({Path(sys.prefix).resolve()} if packages else ())}
    return (Path("/usr"), *(prefix for prefix in sorted(prefixes) if not prefix.is_relative_to("/usr")))


def _found(name: str) -> Path | None:
    """Where the computer has a program under /usr, which the phone sees; /bin is another name for a part of it, or the phone goes without."""
    return next((folder / name for folder in _HOST_BINARIES if (folder / name).exists()), None)


def _libraries() -> dict[str, str]:
    """/lib and its like where they are links into /usr."""
    return {name: f"usr/{name}" for name in LIBRARIES if Path("/", name).is_symlink()}


def _shown(profile: Profile) -> tuple[Path, ...]:
    """The computer's programs and libraries, the interpreter of the simulator's programs and, where the phone has Python in any way, its packages."""
    libraries = tuple(Path("/", name) for name in LIBRARIES if Path("/", name).is_dir() and not Path("/", name).is_symlink())
    return (*_prefixes(packages=profile.python or profile.termux is not None), *libraries)


def _files(profile: Profile, etc: str) -> dict[str, str]:
    """Who is who, and where libraries lie."""
    user = profile.user
    home = "/root" if user.id == 0 else "/"
    passwd = f"{user.name}:x:{user.id}:{user.id}::{home}:/bin/sh\n" + ("" if user.id == 0 else "root:x:0:0::/:/bin/sh\n")
    group = f"{user.name}:x:{user.id}:\n" + ("" if user.id == 0 else "root:x:0:\n")
    return {
        f"{etc}/passwd": passwd,
        f"{etc}/group": group,
        f"{etc}/hosts": "127.0.0.1 localhost\n::1 ip6-localhost\n",
        f"{etc}/inputrc": "set enable-bracketed-paste off\n",
    }

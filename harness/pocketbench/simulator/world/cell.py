"""A cell: where a stranger's files are worked on. What is shown of the computer is read-only, one folder can be written to; no network, and limits.

    a process ──▶ leaves the computer's namespaces, waits ──forks──▶ the cell's first process: works, has no capability

When either ends the kernel ends everything in there.
"""

import os
import resource
from collections.abc import Iterable
from pathlib import Path

from pocketbench.simulator.world import dev, kernel, layout, root
from pocketbench.simulator.world.processes import NAMESPACES

USER = 1000
MAX_FILE, MAX_DATA, MAX_PROCESSOR_S, MAX_OPEN = 2 << 30, 4 << 30, 600, 1024  # of each process
LIMITS = {
    resource.RLIMIT_FSIZE: MAX_FILE,
    resource.RLIMIT_DATA: MAX_DATA,
    resource.RLIMIT_CPU: MAX_PROCESSOR_S,
    resource.RLIMIT_NOFILE: MAX_OPEN,
    resource.RLIMIT_CORE: 0,
}
_PROGRAMS = ("bin", *layout.LIBRARIES)  # folders, or links into /usr


def enter(shown: Iterable[Path], folder: Path) -> None:
    """Go on in a cell, in a process of its own; the one that called waits and ends with its exit code. Raises OSError in the one that goes on, or before.

    ``shown`` are files and folders that are seen read-only, ``folder`` is the one to write to; each has the name in there that it has out here.
    """
    seen = {path: path.resolve() for path in sorted(shown)}
    kernel.leave(NAMESPACES, USER)
    kernel.end_with_parent()
    working = os.fork()
    if working:
        os._exit(_code(os.waitpid(working, 0)[1]))
    kernel.end_with_parent()
    _furnish(seen, folder)
    for limit, most in LIMITS.items():
        _, hard = resource.getrlimit(limit)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (bound, bound))
    kernel.lose_powers()


def _furnish(shown: dict[Path, Path], folder: Path) -> None:
    """Build the root and move in; what is shown is in it where it really is, and under the name that it was given."""
    root.step_aside()
    for name in ("dev", "proc", "etc", "tmp"):
        (root.ROOT / name).mkdir()
    for name in _PROGRAMS:
        _program(name)
    for path, real in shown.items():
        kernel.bind(_there(real), _place(real))
        _link(path, real)
    kernel.bind(_there(folder), _place(folder), writable=True)
    dev.make_dev(root.ROOT, root.COMPUTER)
    dev.make_proc(root.ROOT)
    root.find_libraries(root.ROOT / "etc")
    root.move_in()
    os.chdir(folder)


def _program(name: str) -> None:
    """A folder that programs are looked for in, as it is on the computer."""
    place = root.COMPUTER / name
    if place.is_symlink():
        (root.ROOT / name).symlink_to(place.readlink())
    elif place.is_dir():
        kernel.bind(place, _place(Path("/", name)))


def _there(path: Path) -> Path:
    """Where something of the computer is for now."""
    return root.COMPUTER / path.relative_to("/")


def _place(path: Path) -> Path:
    """A place for something to be shown at."""
    place = root.ROOT / path.relative_to("/")
    if _there(path).is_dir():
        place.mkdir(parents=True, exist_ok=True)
    elif not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    return place


def _link(path: Path, real: Path) -> None:
    """Another name for what is shown, where it has one."""
    place = root.ROOT / path.relative_to("/")
    if not place.exists() and path != real:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(real)


def _code(status: int) -> int:
    """An exit code as a shell tells it."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code

"""The phone's root: built beside the computer's, moved into, and the computer's taken away."""

from collections.abc import Callable
from pathlib import Path

from pocketbench.simulator.state.profile import Profile
from pocketbench.simulator.world import dev, kernel, layout, storage, sys_files, termux_root
from pocketbench.simulator.world.kernel import MS_BIND, MS_NODEV, MS_NOSUID, MS_PRIVATE, MS_RDONLY, MS_REC, MS_REMOUNT
from pocketbench.simulator.world.layout import Added, Layout
from pocketbench.simulator.world.storage import Storage
from pocketbench.simulator.world.termux_root import Brought

_BASE = Path("/tmp")  # noqa: S108 - a folder that every computer has: the phone's root is mounted over it, in this process's own view
COMPUTER = Path("/computer")
ROOT = Path("/phone")


def enter(profile: Profile, kept: Path | None, furnish: Callable[[Path], None], termux: Brought | None = None, added: Added | None = None) -> Storage:
    """Make the root of a phone and move this process into it; ``furnish`` puts the simulator's programs into the folder that it is given.

    ``termux`` is what is in Termux, None where the phone has none; ``added`` what lies in the root beside its layout.

    The computer's root must be this process's own view of it (a mount namespace). Raises OSError.
    """
    plan = layout.layout(profile)
    step_aside()
    made = _build(plan, profile, kept)
    _add(added or Added())
    furnish(ROOT / plan.programs)
    if termux:
        termux_root.make(ROOT, termux)
    move_in()
    return made


def step_aside() -> None:
    """Have the computer's root at :data:`COMPUTER`, and an empty one to be filled at :data:`ROOT`. Raises OSError."""
    kernel.mount("none", Path("/"), flags=MS_REC | MS_PRIVATE)
    kernel.mount("tmpfs", _BASE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    computer = _BASE / COMPUTER.name
    computer.mkdir()
    kernel.pivot_root(_BASE, computer)
    ROOT.mkdir()
    kernel.mount("tmpfs", ROOT, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")


def _build(plan: Layout, profile: Profile, kept: Path | None) -> Storage:
    """Everything in its place."""
    for name in ("dev", "proc", "sys", *plan.folders):
        (ROOT / name).mkdir(parents=True, exist_ok=True)
    made = storage.make(ROOT, profile.storage, kept and COMPUTER / kept.relative_to("/"))
    _shared_storage(profile)
    for path in plan.shown:
        _show(path, path)
    dev.make_dev(ROOT, COMPUTER)
    dev.make_proc(ROOT)
    sys_files.make(ROOT / "sys", profile)
    for name, target in plan.links.items():
        (ROOT / name).symlink_to(target)
    for name, text in plan.files.items():
        (ROOT / name).write_text(text)
    find_libraries(ROOT / ("system/etc" if profile.android else "etc"))
    return made


def _add(added: Added) -> None:
    """Put more into the root."""
    for name, source in added.bound.items():
        (ROOT / name).mkdir(parents=True, exist_ok=True)
        kernel.bind(COMPUTER / source.relative_to("/"), ROOT / name)
    for name, target in added.links.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).symlink_to(target)


def _shared_storage(profile: Profile) -> None:
    """What the user of a phone sees of its storage; a board has folders to write to instead."""
    if profile.android:
        kernel.mount(str(ROOT / "data/media/0"), ROOT / "storage/emulated/0", flags=MS_BIND)
        return
    for name, place in {"tmp": "tmp", "root": "root", "home": "home", "var": "var", "sdcard": "media/0"}.items():
        (ROOT / "data" / place).mkdir(exist_ok=True, parents=True)
        (ROOT / name).mkdir(exist_ok=True)
        kernel.mount(str(ROOT / "data" / place), ROOT / name, flags=MS_BIND)


def _show(source: Path, place: Path) -> None:
    """Show a folder of the computer, read-only."""
    target = ROOT / place.relative_to("/")
    target.mkdir(parents=True, exist_ok=True)
    kernel.bind(COMPUTER / source.relative_to("/"), target)


def find_libraries(etc: Path) -> None:
    """Let programs find their libraries, and names that are chosen of several (awk) lead somewhere."""
    for name in ("ld.so.cache", "ld.so.conf"):
        if (COMPUTER / "etc" / name).is_file():
            (etc / name).write_bytes((COMPUTER / "etc" / name).read_bytes())
    if (COMPUTER / "etc/alternatives").is_dir():
        (etc / "alternatives").mkdir()
        kernel.bind(COMPUTER / "etc/alternatives", etc / "alternatives")


def move_in() -> None:
    """Make it the root, and the computer's no more; from now on the root's own files cannot be changed."""
    aside = ROOT / ".computer"
    aside.mkdir()
    kernel.pivot_root(ROOT, aside)
    kernel.unmount(Path("/.computer"))
    Path("/.computer").rmdir()
    kernel.mount("none", Path("/"), flags=MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)

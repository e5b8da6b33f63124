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
_COMPUTER = Path("/computer")
_ROOT = Path("/phone")


def enter(profile: Profile, kept: Path | None, furnish: Callable[[Path], None], termux: Brought | None = None, added: Added | None = None) -> Storage:
    """Make the root of a phone and move this process into it; ``furnish`` puts the simulator's programs into the folder that it is given.

    ``termux`` is what is in Termux, None where the phone has none; ``added`` what lies in the root beside its layout.

    The computer's root must be this process's own view of it (a mount namespace). Raises OSError.
    """
    plan = layout.layout(profile)
    _step_aside()
    _ROOT.mkdir()
    kernel.mount("tmpfs", _ROOT, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    made = _build(plan, profile, kept)
    _add(added or Added())
    furnish(_ROOT / plan.programs)
    if termux:
        termux_root.make(_ROOT, termux)
    _move_in()
    return made


def _step_aside() -> None:
    """Have the computer's root at /computer, in a root that is empty otherwise."""
    kernel.mount("none", Path("/"), flags=MS_REC | MS_PRIVATE)
    kernel.mount("tmpfs", _BASE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    computer = _BASE / _COMPUTER.name
    computer.mkdir()
    kernel.pivot_root(_BASE, computer)


def _build(plan: Layout, profile: Profile, kept: Path | None) -> Storage:
    """Everything in its place."""
    for name in ("dev", "proc", "sys", *plan.folders):
        (_ROOT / name).mkdir(parents=True, exist_ok=True)
    made = storage.make(_ROOT, profile.storage, kept and _COMPUTER / kept.relative_to("/"))
    _shared_storage(profile)
    for path in plan.shown:
        _show(path, path)
    dev.make_dev(_ROOT, _COMPUTER)
    dev.make_proc(_ROOT)
    sys_files.make(_ROOT / "sys", profile)
    for name, target in plan.links.items():
        (_ROOT / name).symlink_to(target)
    for name, text in plan.files.items():
        (_ROOT / name).write_text(text)
    _loader(_ROOT / ("system/etc" if profile.android else "etc"))
    return made


def _add(added: Added) -> None:
    """Put more into the root."""
    for name, source in added.bound.items():
        (_ROOT / name).mkdir(parents=True, exist_ok=True)
        kernel.bind(_COMPUTER / source.relative_to("/"), _ROOT / name)
    for name, target in added.links.items():
        (_ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (_ROOT / name).symlink_to(target)


def _shared_storage(profile: Profile) -> None:
    """What the user of a phone sees of its storage; a board has folders to write to instead."""
    if profile.android:
        kernel.mount(str(_ROOT / "data/media/0"), _ROOT / "storage/emulated/0", flags=MS_BIND)
        return
    for name, place in {"tmp": "tmp", "root": "root", "home": "home", "var": "var", "sdcard": "media/0"}.items():
        (_ROOT / "data" / place).mkdir(exist_ok=True, parents=True)
        (_ROOT / name).mkdir(exist_ok=True)
        kernel.mount(str(_ROOT / "data" / place), _ROOT / name, flags=MS_BIND)


def _show(source: Path, place: Path) -> None:
    """Show a folder of the computer, read-only."""
    target = _ROOT / place.relative_to("/")
    target.mkdir(parents=True, exist_ok=True)
    kernel.bind(_COMPUTER / source.relative_to("/"), target)


def _loader(etc: Path) -> None:
    """Let programs find their libraries, and names that are chosen of several (awk) lead somewhere."""
    for name in ("ld.so.cache", "ld.so.conf"):
        if (_COMPUTER / "etc" / name).is_file():
            (etc / name).write_bytes((_COMPUTER / "etc" / name).read_bytes())
    if (_COMPUTER / "etc/alternatives").is_dir():
        (etc / "alternatives").mkdir()
        kernel.bind(_COMPUTER / "etc/alternatives", etc / "alternatives")


def _move_in() -> None:
    """Make it the root, and the computer's no more; from now on the root's own files cannot be changed."""
    aside = _ROOT / ".computer"
    aside.mkdir()
    kernel.pivot_root(_ROOT, aside)
    kernel.unmount(Path("/.computer"))
    Path("/.computer").rmdir()
    kernel.mount("none", Path("/"), flags=MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)

"""The user's cache folder: what was made under a key is found again.

    <root>/<kind>/<key>/            an entry, complete
    <root>/<kind>/.making/<key>-…   one being made; renamed into place when it is complete
    <root>/<kind>/.locks/<key>      held while an entry is made
    <root>/.used/<process>          held while that process lives; names the entries it was given

The root is the system's cache folder for "pocketbench", or the environment variable ``POCKETBENCH_CACHE``.
All locks are the kernel's (flock): a killed process holds none, so what it left half-made is known for what it is.
"""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pocketbench.cache import use
from pocketbench.cache.hashes import code_of, key_of, sha256_of
from pocketbench.cache.kept import keep, kept
from pocketbench.cache.told import VARIABLE, told
from pocketbench.errors import CacheError, UnknownName
from pocketbench.registry import nearest

__all__ = ["VARIABLE", "alone", "clean", "code_of", "folder", "keep", "kept", "key_of", "made", "root", "scratch", "sha256_of", "size"]

_FULL_OR_READ_ONLY = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def root() -> Path:
    """The cache folder; it need not be there yet."""
    import platformdirs

    chosen = os.environ.get(VARIABLE)
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_cache_path("pocketbench")


def folder(kind: str, key: str) -> Path:
    """Where the entry of a key is, or would be. Raises ValueError for a kind or key that is no plain file name."""
    return root() / _plain(kind) / _plain(key)


def made(kind: str, key: str, make: Callable[[Path], object], *, force: bool = False) -> tuple[Path, bool]:
    """Return the entry's folder and whether ``make`` was called for it now.

    ``make`` fills an empty folder on the same file system, which is then renamed; when it raises, nothing is left. One
    process or thread makes a key while others wait for it. ``force`` makes it again. Raises CacheError when the folder is
    full or cannot be written.
    """
    place = folder(kind, key)
    use.note(place)
    if place.is_dir() and not force:
        return place, False
    with _locked(place):
        if place.is_dir() and not force:
            return place, False
        _sweep(place.parent, held=place.name)
        _make(place, make)
    return place, True


@contextmanager
def scratch(kind: str = "work") -> Iterator[Path]:
    """Give an empty folder in the cache that nobody else uses and that :func:`clean` leaves alone; remove it afterwards."""
    place = folder(kind, f"{os.getpid()}-{secrets.token_hex(8)}")
    with _locked(place):
        for left in _entries(place.parent):
            _removed(left)  # of a process that was killed; what is in use is locked
        with told(place):
            place.mkdir()
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
            _lock_file(place).unlink(missing_ok=True)


@contextmanager
def alone(what: str, *, waiting: Callable[[], None], given_up: Callable[[], bool] | None = None) -> Iterator[None]:
    """Hold something that one process uses at a time, as a device that is measured on; call ``waiting`` when another one has it.

    Raises CacheError when ``given_up`` says, while this waits, that it is no longer wanted.
    """
    place = root() / ".turns" / _plain(what)
    with ExitStack() as held:
        try:
            held.enter_context(_locked(place, timeout=0))
        except Timeout:
            waiting()
            try:
                held.enter_context(_locked(place, given_up=given_up))
            except Timeout as error:
                raise CacheError(f"{what}: no longer waited for") from error
        yield


def size() -> dict[str, tuple[int, int]]:
    """For each kind, how many entries there are and how many bytes their files have, half-made ones with them."""
    return {kind.name: (len(_entries(kind)), _bytes(kind)) for kind in _kinds()}


def clean(kinds: Collection[str] | None = None) -> int:
    """Remove the entries of some kinds, or of all; return how many bytes that freed.

    What another living process makes or was given stays. Raises UnknownName for a kind that the cache does not hold.
    """
    known = {kind.name: kind for kind in _kinds()}
    for name in kinds or ():
        if name not in known:
            raise UnknownName(f"the cache {root()} holds no {name!r}; it holds: {', '.join(known) or 'nothing'}", hint=nearest(name, known))
    used = use.by_others(root())
    chosen = [kind for name, kind in known.items() if kinds is None or name in kinds]
    return sum(_sweep(kind) + sum(_removed(entry) for entry in _entries(kind) if f"{kind.name}/{entry.name}" not in used) for kind in chosen)


def _plain(name: str) -> str:
    """Check that a kind or a key is a plain name."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        raise ValueError(f"{name!r} is no name for a cache entry")
    return name


def _make(place: Path, make: Callable[[Path], object]) -> None:
    """Make an entry beside its place, settle it on the disk and rename it."""
    with told(place):
        making = place.parent / ".making"
        making.mkdir(exist_ok=True)
        new, old = (making / f"{place.name}-{secrets.token_hex(4)}" for _ in range(2))
        new.mkdir()
    try:
        with told(place, only=_FULL_OR_READ_ONLY):
            make(new)
        with told(place):
            _settle(new)
            if place.exists():
                place.rename(old)
            new.rename(place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _settle(new: Path) -> None:
    """Write everything through to the disk, so that a power cut does not leave an empty file under a good name."""
    for path in [*new.rglob("*"), new]:
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _lock_file(place: Path) -> Path:
    """The file that is locked while an entry is made."""
    return place.parent / ".locks" / place.name


@contextmanager
def _locked(place: Path, *, timeout: float = -1, given_up: Callable[[], bool] | None = None) -> Iterator[None]:
    """Hold the lock of an entry. Raises Timeout when another holds it longer than ``timeout`` seconds, or until ``given_up`` says so."""
    with ExitStack() as held:
        with told(place):
            _lock_file(place).parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(_lock_file(place), thread_local=False).acquire(timeout, cancel_check=given_up))
        yield


def _sweep(kind: Path, *, held: str = "") -> int:
    """Remove what killed processes left half-made, and return its bytes; what others make now is locked and stays."""
    freed = 0
    for left in sorted((kind / ".making").glob("*")):
        key = left.name.rpartition("-")[0]
        with suppress(Timeout), nullcontext() if key == held else _locked(kind / key, timeout=0):
            freed += _bytes(left)
            shutil.rmtree(left, ignore_errors=True)
    return freed


def _removed(entry: Path) -> int:
    """Take an entry out of its place at once, then delete it; return its bytes, 0 when it is being made."""
    making = entry.parent / ".making"
    with suppress(Timeout), _locked(entry, timeout=0), told(entry):
        if not entry.is_dir():
            return 0
        making.mkdir(exist_ok=True)
        held, gone = _bytes(entry), making / f"{entry.name}-{secrets.token_hex(4)}"
        entry.rename(gone)
        shutil.rmtree(gone)
        return held
    return 0


def _kinds() -> list[Path]:
    """The folders of the kinds there are."""
    with told(root()):
        return sorted(path for path in root().iterdir() if path.is_dir() and not path.name.startswith(".")) if root().exists() else []


def _entries(kind: Path) -> list[Path]:
    """The complete entries of a kind."""
    return sorted(path for path in kind.iterdir() if path.is_dir() and not path.name.startswith("."))


def _bytes(place: Path) -> int:
    """How many bytes the files under a folder have. One that vanishes meanwhile counts nothing."""
    held = 0
    for path in place.rglob("*"):
        with suppress(OSError):
            held += path.lstat().st_size if path.is_file() else 0
    return held

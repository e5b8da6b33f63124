"""What a key is made of."""

import hashlib
import inspect
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocketbench.cache.told import told
from pocketbench.errors import CacheError

CHUNK_BYTES = 1 << 20


def key_of(parts: Mapping[str, Any]) -> str:
    """The sha256 of JSON builtins, whatever the order of their keys. Raises TypeError for anything else."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def code_of(*things: object) -> str:
    """The sha256 of source code: of a package's folder, of a module's file, or of the file that an adapter's class is written in."""
    files = [Path(inspect.getfile(thing if inspect.ismodule(thing) else type(thing))) for thing in things]
    digest = hashlib.sha256()
    for file in files:
        for part in sorted(file.parent.glob("*.py")) if file.name == "__init__.py" else [file]:
            digest.update(sha256_of(part).encode())
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes; of a folder, over the names and contents of its files in sorted order.

    Raises CacheError for what cannot be read, and for links and special files inside a folder: what they hold may change unseen.
    """
    digest = hashlib.sha256()
    with told(path, "it must be readable"):
        if not path.is_dir():
            _feed(digest, path)
            return digest.hexdigest()
        for file in _files(path):
            name = file.relative_to(path).as_posix().encode()
            digest.update(b"%d:%b:%d:" % (len(name), name, file.stat().st_size))
            _feed(digest, file)
    return digest.hexdigest()


def _files(place: Path) -> list[Path]:
    """The files under a folder in sorted order. Raises CacheError for a link or a special file."""
    paths = sorted(place.rglob("*"))
    for path in paths:
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise CacheError(f"{path}: a link or a special file, and what it holds may change unseen", hint="put the file itself there")
    return [path for path in paths if path.is_file()]


def _feed(digest: "hashlib._Hash", file: Path) -> None:
    """Hash a regular file's bytes, a piece at a time."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise CacheError(f"{file}: not a regular file", hint="give a file or a folder of files")
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK_BYTES):
            digest.update(chunk)

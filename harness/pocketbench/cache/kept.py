"""Small typed files inside entries: what a worker said of what it made."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pocketbench.errors import CacheError

S = TypeVar("S", bound=msgspec.Struct)


def keep(file: Path, said: Any) -> None:
    """Write JSON builtins or a struct into an entry that is being made."""
    file.write_bytes(msgspec.json.encode(said))


def kept(file: Path, kind: type[S]) -> S:
    """Read it again, typed. Raises CacheError, with what to type, when the entry was damaged."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, ValueError) as error:
        raise CacheError(f"{file}: a damaged cache entry: {error}", hint=f"pocketbench cache clean {file.parent.parent.name}") from error

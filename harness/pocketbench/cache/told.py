"""The system's refusals in the user's words."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import Timeout

from pocketbench.errors import CacheError

VARIABLE = "POCKETBENCH_CACHE"
HINT = f"free some space (pocketbench cache clean), or choose another folder: export {VARIABLE}=/a/folder"


@contextmanager
def told(path: Path, hint: str = HINT, *, only: Collection[int] = ()) -> Iterator[None]:
    """Turn the system's refusals into CacheError, all of them or ``only`` those of some error numbers."""
    try:
        yield
    except Timeout:
        raise
    except OSError as error:
        if only and error.errno not in only:
            raise
        raise CacheError(f"{path}: {error.strerror or error}", hint=hint) from error

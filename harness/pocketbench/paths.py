"""Paths that users write: found relative to a folder, and told in a message when the system will not look at them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pocketbench.errors import PocketbenchError
from pocketbench.registry import nearest

SHOWN = 80


def path_of(text: str, base: Path, error: type[PocketbenchError]) -> Path:
    """The path that a text speaks of, there or not: relative to ``base``, ``~`` and ``~name`` as shells read them.

    Raises ``error`` for what no file can be: a user who does not exist, a name that is too long, a null byte, a folder without permission.
    """
    with told(text if len(text) <= SHOWN else f"{text[:SHOWN]}…", error):
        path = base / Path(text).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError):
            path.stat()
    return path


def check_readable(path: Path, error: type[PocketbenchError]) -> None:
    """See that a file's bytes can be read. Raises ``error`` in the system's words."""
    with told(str(path), error), path.open("rb") as file:
        file.read(1)


@contextmanager
def told(name: str, error: type[PocketbenchError]) -> Iterator[None]:
    """Turn what the system says of a path into ``error``; ``name`` is for the message."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as refused:
        said = refused.strerror if isinstance(refused, OSError) else str(refused)
        raise error(f"{name!r} cannot be read: {said or refused}") from refused


def neighbour(path: Path) -> str:
    """Say which file of the same folder has the nearest name, or nothing."""
    with suppress(OSError):
        return nearest(path.name, [file.name for file in path.parent.iterdir()])
    return ""

"""What sources that are files have in common: where they are, and what to say when they are not there."""

from pathlib import Path

from pocketbench.errors import SourceError
from pocketbench.registry import nearest


def path_of(text: str, base: Path) -> Path:
    """The path that a suite speaks of, relative to the suite's folder."""
    return base / Path(text).expanduser()


def check_file(text: str, base: Path) -> None:
    """See that a file is there and not empty. Raises SourceError naming the nearest file in its folder."""
    path = path_of(text, base)
    if path.is_dir():
        raise SourceError(f"{path} is a folder, not a {path.suffix} file")
    if not path.is_file():
        raise SourceError(f"{path}: there is no such file", hint=_neighbour(path))
    if path.stat().st_size == 0:
        raise SourceError(f"{path} is empty")


def _neighbour(path: Path) -> str:
    """The file of the same folder whose name is nearest."""
    return nearest(path.name, [file.name for file in path.parent.iterdir()]) if path.parent.is_dir() else ""

"""What sources that are files have in common: where they are, and what to say when they are not there."""

from pathlib import Path

from pocketbench import paths
from pocketbench.errors import SourceError


def path_of(text: str, base: Path) -> Path:
    """The path that a suite speaks of, relative to the suite's folder. Raises SourceError for what no file can be."""
    return paths.path_of(text, base, SourceError)


def check_file(text: str, base: Path) -> None:
    """See that a file is there, can be read and is not empty. Raises SourceError naming the nearest file in its folder."""
    path = path_of(text, base)
    if path.is_dir():
        raise SourceError(f"{path} is a folder, not a {path.suffix} file")
    if not path.is_file():
        raise SourceError(f"{path}: there is no such file", hint=paths.neighbour(path))
    if path.stat().st_size == 0:
        raise SourceError(f"{path} is empty")
    paths.check_readable(path, SourceError)

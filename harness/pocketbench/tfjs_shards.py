"""The shards of a TensorFlow.js model: files beside ``model.json`` that are read one after another, as if they were one.

Names and sizes come from a file that may come from anywhere: no name leads out of the folder, and nothing is read but what is asked for.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import Refused

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FILE = "model.json"
# The most; published models have less than a hundredth.
MAX_SHARDS, MAX_BYTES = 1 << 14, 1 << 32
# A part of a path that means the same to a file system and in the address of a page.
_PART = re.compile(r"[^\\/:?#%*\"<>|\x00-\x1f\x7f]{1,255}")
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Shards:
    """Files in their order, and where each ends, counted over all of them."""

    paths: tuple[Path, ...]
    ends: tuple[int, ...]

    @property
    def size(self) -> int:
        """The bytes of all together."""
        return self.ends[-1] if self.ends else 0

    def bytes(self, start: int, size: int) -> "Array":
        """``size`` bytes from ``start`` on, a view where one shard holds them, else a copy. Raises Refused for a shard that is shorter by now."""
        import numpy as np

        pieces = []
        while size:
            at = bisect_right(self.ends, start)
            begin = self.ends[at - 1] if at else 0
            whole = np.memmap(self.paths[at], np.uint8, "r") if self.paths[at].stat().st_size else np.empty(0, np.uint8)
            piece = whole[start - begin : start - begin + size]
            if not len(piece):
                raise unreadable(FILE, f"the shard {self.paths[at].name[:LONGEST_NAME]!r} became shorter while it was read")
            pieces.append(piece)
            start, size = start + len(piece), size - len(piece)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces) if pieces else np.empty(0, np.uint8)


def shards(folder: Path, names: Sequence[str]) -> Shards:
    """The shards of these names. Raises Refused (engine-cannot-read) for too many, too much, one that comes twice, or is no file inside the folder."""
    if len(names) > MAX_SHARDS:
        raise unreadable(FILE, f"weightsManifest names {len(names)} shards, and {MAX_SHARDS} is the most")
    paths = tuple(path_of(name, folder) for name in names)
    if len(set(paths)) != len(paths):
        raise unreadable(FILE, "weightsManifest names a shard twice")
    ends = tuple(accumulate(path.stat().st_size for path in paths))
    if ends and ends[-1] > MAX_BYTES:
        raise unreadable(FILE, f"its shards have {ends[-1]} bytes, and {MAX_BYTES} is the most")
    return Shards(paths, ends)


def path_of(name: str, folder: Path) -> Path:
    """A shard's file. Raises Refused (engine-cannot-read) for a name that leads out of the folder, or to what is no file."""
    parts, short = name.removeprefix("./").split("/"), name[:LONGEST_NAME]
    if any(part in (".", "..") or not _PART.fullmatch(part) for part in parts):
        raise unreadable(FILE, f"weightsManifest names the shard {short!r}, which is no name inside the folder")
    path = folder.joinpath(*parts)
    try:
        inside, file = path.resolve(strict=True).is_relative_to(folder.resolve()), path.is_file()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise unreadable(FILE, f"there is no shard {short!r} beside it") from error
    if not inside or not file:
        raise unreadable(FILE, f"the shard {short!r} {'is no file' if inside else 'is a link that leads out of the folder'}")
    return path


def unreadable(where: str, why: str) -> Refused:
    """A file that is not whole."""
    return Refused("engine-cannot-read", f"{where} is not a whole model of TensorFlow.js: {why}"[:300], hint="copy or convert it again")

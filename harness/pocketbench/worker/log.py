"""What a worker prints: a file that the process appends to, of which only the end is kept."""

import os
from pathlib import Path

LIMIT_BYTES = 4 * 1024 * 1024
TAIL_BYTES = 16 * 1024


class Log:
    """The file that a worker's standard output and error go to; :meth:`tail` speaks of the latest call alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._began = 0

    def begin(self) -> None:
        """Note where the output of a new call begins."""
        self._began = self._size()

    def trim(self) -> None:
        """Keep the end of a file that has grown past the limit. What is printed at this very moment may be lost."""
        size = self._size()
        if size <= LIMIT_BYTES:
            return
        kept = b"[what was printed before is not kept]\n" + self._from(size - TAIL_BYTES)
        os.truncate(self.path, 0)
        with self.path.open("ab") as file:
            file.write(kept)
        self._began = max(0, len(kept) - (size - self._began))

    def tail(self) -> str:
        """The end of what was printed since the call began."""
        return self._from(max(self._began, self._size() - TAIL_BYTES)).decode("utf-8", errors="replace").strip()

    def _size(self) -> int:
        """The file's size in bytes, 0 before there is one."""
        return self.path.stat().st_size if self.path.exists() else 0

    def _from(self, offset: int) -> bytes:
        """Read the file from an offset, at most as much as a tail may have."""
        if not self.path.exists():
            return b""
        with self.path.open("rb") as file:
            file.seek(offset)
            return file.read(TAIL_BYTES)

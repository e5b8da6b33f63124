"""What a worker prints: kept in a file that is bounded, and the end of it for messages."""

from contextlib import suppress
from pathlib import Path

LIMIT_BYTES = 4 * 1024 * 1024
TAIL_BYTES = 16 * 1024
CUT = b"[what was printed before is not kept]\n"


class Log:
    """The file that a worker's standard output and error go to; :meth:`tail` speaks of the latest call alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._end = b""

    def begin(self) -> None:
        """A new call begins: what was printed before is not its own."""
        self._end = b""
        self._write(b"")

    def add(self, printed: bytes) -> None:
        """Keep what was printed. A log that cannot be written (a full disk) costs the file, not the call."""
        self._end = (self._end + printed)[-TAIL_BYTES:]
        self._write(printed)

    def tail(self) -> str:
        """The end of what was printed since the call began."""
        return self._end.decode("utf-8", errors="replace").strip()

    def _write(self, printed: bytes) -> None:
        """Append to the file, or begin it again with the end alone when it would pass the limit."""
        with suppress(OSError):
            full = self.path.exists() and self.path.stat().st_size + len(printed) > LIMIT_BYTES
            with self.path.open("wb" if full else "ab") as file:
                file.write(CUT + self._end if full else printed)

"""The phone's log: the newest lines, and a way to wait for more."""

import asyncio
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

LEVELS = "VDIWEFS"
MAX_LINES = 20_000
MAX_MESSAGE = 4000  # what Android keeps of one message


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number since the start, time of day in seconds since 1970, process, level (of :data:`LEVELS`), tag, message."""

    number: int
    wall: float
    pid: int
    level: str
    tag: str
    message: str


class Log:
    """A ring of lines. Readers keep the number of the last line they saw and wait on :meth:`more`."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=MAX_LINES)
        self._count = 0
        self._event = asyncio.Event()

    def add(self, wall: float, level: str, tag: str, message: str, *, pid: int = 0) -> None:
        """Append a message, one line for each of its lines."""
        for text in message[:MAX_MESSAGE].splitlines() or [""]:
            self._count += 1
            self._lines.append(Line(self._count, wall, pid or os.getpid(), level, tag[:100], text))
        self._event.set()
        self._event = asyncio.Event()

    def clear(self) -> None:
        """Forget every line."""
        self._lines.clear()

    def after(self, number: int) -> Iterator[Line]:
        """The lines after one, oldest first."""
        return iter([line for line in self._lines if line.number > number])

    async def more(self) -> None:
        """Wait until a line is added."""
        await self._event.wait()

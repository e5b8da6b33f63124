"""Turns: who asks first is served first, one at a time."""

import threading
from collections import deque


class Turns:
    """A queue in front of one thing that only one may use at a time."""

    def __init__(self) -> None:
        self._queue: deque[object] = deque()
        self._moved = threading.Condition()

    def ask(self) -> "Turn":
        """Stand at the end of the queue."""
        turn = Turn(self._queue, self._moved)
        with self._moved:
            self._queue.append(turn)
        return turn


class Turn:
    """A place in the queue, which must be left."""

    def __init__(self, queue: "deque[object]", moved: threading.Condition) -> None:
        self._queue, self._moved = queue, moved

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; whether it is one's turn."""
        with self._moved:
            return self._moved.wait_for(lambda: self._queue[0] is self, seconds)

    def leave(self) -> None:
        """Let the next one have it."""
        with self._moved:
            self._queue.remove(self)
            self._moved.notify_all()

"""Waiting until what was lost answers again."""

import time
from collections.abc import Callable
from threading import Event

LOOK_EVERY_S = 0.5


def within(seconds: float, answers: Callable[[], bool], given_up: Event) -> bool:
    """Whether something answers before so many seconds are over, asked at least once; ``given_up`` ends the waiting."""
    until = time.monotonic() + seconds
    while not given_up.is_set():
        if answers():
            return True
        if time.monotonic() > until:
            return False
        given_up.wait(LOOK_EVERY_S)
    return False

"""Several queues at once."""

import threading
import time

import pytest

from pocketbench.together import together


def test_tasks_go_on_beside_each_other_and_all_are_done_at_the_end() -> None:
    """Both wait for each other in the middle."""
    meeting, done = threading.Barrier(2, timeout=60), []

    def task() -> None:
        meeting.wait()
        done.append(threading.current_thread())

    together([task, task], lambda: None)

    assert len(set(done)) == 2


def test_a_single_task_is_done_in_this_thread() -> None:
    """So that Ctrl-C meets it where it is."""
    done: list[threading.Thread] = []
    together([lambda: done.append(threading.current_thread())], lambda: None)

    assert done == [threading.current_thread()]


def test_the_first_error_ends_the_others_and_is_raised() -> None:
    """They are asked until they have ended."""
    over = threading.Event()
    asked: list[float] = []

    def fail() -> None:
        raise ValueError("mine")

    def give_up() -> None:
        asked.append(time.monotonic())
        if len(asked) > 1:
            over.set()

    with pytest.raises(ValueError, match="mine"):
        together([lambda: over.wait(30) and None, fail], give_up)

    assert len(asked) == 2

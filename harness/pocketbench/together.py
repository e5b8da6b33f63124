"""Several queues of work at once, each in a thread of its own: the first error, or Ctrl-C, ends all of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

AGAIN_EVERY_S = 0.5


def together(tasks: Sequence[Callable[[], None]], give_up: Callable[[], None]) -> None:
    """Do all tasks at once and return when all are done; a single one is done in this thread.

    When one raises, or this thread is interrupted, ``give_up`` is called, more than once, until the others have ended; then that is raised.
    """
    if len(tasks) < 2:
        for task in tasks:
            task()
        return
    with ThreadPoolExecutor(len(tasks), thread_name_prefix="device") as pool:
        going = [pool.submit(task) for task in tasks]
        try:
            for ended in wait(going, return_when=FIRST_EXCEPTION).done:
                ended.result()
        except BaseException:
            _end(going, give_up)
            raise


def _end(going: "Sequence[Future[None]]", give_up: Callable[[], None]) -> None:
    """Ask all to end until they have: one that is between two steps hears nothing the first time."""
    while True:
        give_up()
        if not wait(going, timeout=AGAIN_EVERY_S).not_done:
            return

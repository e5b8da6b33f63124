"""What the machine shows of itself: how fine its clock is, and how much memory this process has had."""

import itertools
import re
import time
from contextlib import suppress
from pathlib import Path


def clock_step(readings: int = 4000) -> int:
    """The smallest step, in nanoseconds, between two readings of the clock one after the other."""
    seen = [time.perf_counter_ns() for _ in range(readings)]
    return min((later - earlier for earlier, later in itertools.pairwise(seen) if later > earlier), default=0)


def high_water(*, reset: bool = False) -> int | None:
    """The high-water mark of resident memory in bytes, None where the system shows none.

    ``reset`` first brings the mark down to what is resident now, where that is permitted ("echo 5 > /proc/PID/clear_refs",
    Linux' Documentation/filesystems/proc.rst). VmHWM, not getrusage's ru_maxrss: Linux keeps the larger of the old and new mark
    across execve (fs/exec.c, exec_mmap: setmax_mm_hiwater_rss(&tsk->signal->maxrss, old_mm)), so that a runner started
    by a big process would show the big one's mark. Seen: started from 311 MiB, VmHWM said 11 MiB and ru_maxrss 311 MiB.
    """
    if reset:
        with suppress(OSError):  # not permitted: the mark since the process began is still a mark before load
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else None

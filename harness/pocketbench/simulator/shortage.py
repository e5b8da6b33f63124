"""What the kernel's killer does when memory is short."""

import contextlib
import fnmatch
import os
import signal
from pathlib import Path

from pocketbench.simulator.programs import table
from pocketbench.simulator.state.phone import Phone


def kill(phone: Phone, name: str) -> int:
    """Kill the processes whose short name, or first word, is ``name`` or matches it as a pattern; how many there were. Never init nor this one."""
    mine = {1, os.getpid()}
    victims = [row for row in table.processes() if row.pid not in mine and _is(row, name)]
    for row in victims:
        phone.say("I", "lowmemorykiller", f"Kill '{row.name}' ({row.pid}), uid {phone.profile.user.id}, oom_score_adj 900 to free {row.resident}kB rss")
        with contextlib.suppress(ProcessLookupError):
            os.kill(row.pid, signal.SIGKILL)
    return len(victims)


def _is(row: table.Row, name: str) -> bool:
    """Whether a process goes by a name."""
    first = row.command.split("\0")[0]
    return any(fnmatch.fnmatchcase(candidate, name) for candidate in (row.name, first, Path(first).name))

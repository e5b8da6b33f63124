"""``ps`` and ``pidof``, as toybox has them."""

import time
from collections.abc import Callable

from pocketbench.simulator.programs import table
from pocketbench.simulator.programs.call import Call, Ended
from pocketbench.simulator.programs.table import Row
from pocketbench.simulator.programs.words import options_off, value_of

DEFAULT = "USER,PID,PPID,VSZ,RSS,WCHAN,ADDR,S,NAME"
FULL = "UID,PID,PPID,C,STIME,TTY,TIME,CMD"
_COLUMNS: dict[str, Callable[[Row, str], str]] = {
    "USER": lambda _, user: user,
    "UID": lambda _, user: user,
    "PID": lambda row, _: str(row.pid),
    "TID": lambda row, _: str(row.pid),
    "PPID": lambda row, _: str(row.parent),
    "VSZ": lambda row, _: str(row.virtual),
    "RSS": lambda row, _: str(row.resident),
    "WCHAN": lambda *_: "0",
    "ADDR": lambda *_: "0",
    "S": lambda row, _: row.state,
    "STAT": lambda row, _: row.state,
    "C": lambda row, _: str(round(row.share)),
    "%CPU": lambda row, _: f"{row.share:.1f}",
    "NI": lambda row, _: str(row.nice),
    "TTY": lambda *_: "?",
    "TIME": lambda row, _: time.strftime("%H:%M:%S", time.gmtime(row.cpu)),
    "STIME": lambda *_: "00:00:00",
    "NAME": lambda row, _: row.name if row.command else f"[{row.name}]",
    "COMM": lambda row, _: row.name,
    "COMMAND": lambda row, _: row.name,
    "CMD": lambda row, _: row.command.replace("\0", " ") or f"[{row.name}]",
    "ARGS": lambda row, _: row.command.replace("\0", " ") or f"[{row.name}]",
    "CMDLINE": lambda row, _: row.command.replace("\0", " ") or f"[{row.name}]",
}


async def ps(call: Call) -> None:
    """``ps [-A|-e|-f] [-o FIELD[=HEADING],…] [-p PID,…]``; without options only the caller's terminal's, here: all."""
    wanted = value_of(call.words, "-o") or (FULL if any(word.startswith("-") and not word.startswith("--") and "f" in word for word in call.words) else DEFAULT)
    fields = [field.partition("=") for field in wanted.replace(" ", ",").split(",") if field]
    if unknown := [name for name, _, _ in fields if name.upper() not in _COLUMNS]:
        raise await call.fail(f"ps: bad -o {unknown[0]}")
    only = value_of(call.words, "-p", "--pid")
    rows = [row for row in table.processes() if only is None or str(row.pid) in only.split(",")]
    user, apps = call.phone.profile.user.name, call.device.apps
    lines = [[heading if equals else name.upper() for name, equals, heading in fields]]
    lines += [[_COLUMNS[name.upper()](row, apps.user_of(row.command) or user) for name, _, _ in fields] for row in rows]
    await call.say(_aligned(lines if any(lines[0]) else lines[1:]))
    if only is not None and not rows:
        raise Ended(1)


async def pidof(call: Call) -> None:
    """``pidof NAME…``, the newest first; exit code 1 when there is none."""
    names = options_off(call.words)
    found = [row.pid for row in table.processes() if {row.name, row.command.split("\0")[0]} & set(names)]
    if not found:
        raise Ended(1)
    await call.say(" ".join(str(pid) for pid in sorted(found, reverse=True)))


def _aligned(lines: list[list[str]]) -> str:
    """Columns; numbers to the right, the last as long as it is."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))] if lines else []
    return "\n".join(
        " ".join(
            cell.rjust(width) if cell.isdecimal() and column else cell.ljust(width) for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )

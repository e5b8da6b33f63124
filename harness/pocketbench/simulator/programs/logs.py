"""``logcat`` and ``log``."""

import re
import time
from collections.abc import Callable

from pocketbench.simulator.programs.call import Call, Ended
from pocketbench.simulator.programs.words import options_off, value_of
from pocketbench.simulator.state.log import LEVELS, Line

VALUED = ("-v", "--format", "-t", "-T", "-b", "--buffer", "-e", "--regex", "-m", "--max-count", "-G", "-f", "-r", "-n", "--pid", "--tail")
_FORMATS: dict[str, Callable[[Line], str]] = {
    "threadtime": lambda line: f"{_stamp(line)} {line.pid:5d} {line.pid:5d} {line.level} {line.tag:<8}: {line.message}",
    "time": lambda line: f"{_stamp(line)} {line.level}/{line.tag:<8}({line.pid:5d}): {line.message}",
    "brief": lambda line: f"{line.level}/{line.tag:<8}({line.pid:5d}): {line.message}",
    "tag": lambda line: f"{line.level}/{line.tag:<8}: {line.message}",
    "process": lambda line: f"{line.level}({line.pid:5d}) {line.message}  ({line.tag})",
    "thread": lambda line: f"{line.level}({line.pid:5d}:{line.pid:5d}) {line.message}",
    "raw": lambda line: line.message,
    "long": lambda line: f"[ {_stamp(line)} {line.pid:5d}:{line.pid:5d} {line.level}/{line.tag:<8} ]\n{line.message}\n",
}


async def logcat(call: Call) -> None:
    """``logcat [-c] [-d] [-t COUNT|TIME] [-T COUNT|TIME] [-v FORMAT] [-s] [-e REGEX] [--pid PID] [-g] [TAG:LEVEL …]``."""
    log = call.phone.log
    if {"-c", "--clear"} & set(call.words):
        log.clear()
    elif {"-g", "--buffer-size"} & set(call.words):
        await call.say("main: ring buffer is 256 KiB (0 B consumed), max entry is 5120 B, max payload is 4068 B")
    else:
        await _show(call, await _wanted(call), await _printed(call))


async def log(call: Call) -> None:
    """``log [-p LEVEL] [-t TAG] MESSAGE…``."""
    level = (value_of(call.words, "-p") or "i").upper()[:1]
    if level not in LEVELS:
        raise await call.fail("log: bad -p")
    message = " ".join(options_off(call.words, valued=("-p", "-t")))
    call.phone.say(level, value_of(call.words, "-t") or "log", message, pid=call.process)


async def _show(call: Call, wanted: Callable[[Line], bool], printed: Callable[[Line], str]) -> None:
    """Print what there is, then what comes, unless only what there is was asked for."""
    log = call.phone.log
    newest = value_of(call.words, "-t", "-T", "--tail")
    lines = [line for line in log.after(0) if wanted(line)]
    if newest is not None:
        lines = lines[max(0, len(lines) - int(newest)) :] if newest.isdecimal() else [line for line in lines if _stamp(line) >= newest]
    last = max((line.number for line in log.after(0)), default=0)
    if lines:
        await call.say("\n".join(["--------- beginning of main", *(printed(line) for line in lines)]))
    if {"-d", "-t"} & set(call.words):
        raise Ended(0)
    while True:
        await log.more()
        for line in log.after(last):
            last = line.number
            if wanted(line):
                await call.say(printed(line))


async def _printed(call: Call) -> Callable[[Line], str]:
    """How a line is printed."""
    named = [word for given in _all_of(call.words, "-v", "--format") for word in given.split(",")]
    if unknown := [name for name in named if name not in (*_FORMATS, "epoch", "color", "year", "UTC", "usec", "uid", "descriptive", "printable")]:
        raise await call.fail(f"logcat: Invalid parameter '{unknown[0]}' to -v")
    form = _FORMATS[next((name for name in reversed(named) if name in _FORMATS), "threadtime")]
    if "epoch" in named:
        return lambda line: form(line).replace(_stamp(line), f"{line.wall:.3f}", 1)
    return form


async def _wanted(call: Call) -> Callable[[Line], bool]:
    """Which lines are printed: those at or above their tag's level, or the level of all others; of one process; that match."""
    words = options_off(call.words, valued=VALUED)
    least = {tag: level.upper() or "V" for tag, _, level in (word.partition(":") for word in words)}
    least.setdefault("*", "S" if "-s" in call.words else "V")
    if any(level not in LEVELS for level in least.values()):
        raise await call.fail("logcat: Invalid filter expression in command-line")
    pid, text = value_of(call.words, "--pid"), value_of(call.words, "-e", "--regex")
    try:
        pattern = re.compile(text or "")
    except re.error as error:
        raise await call.fail(f"logcat: {error}") from error

    def wanted(line: Line) -> bool:
        level = least.get(line.tag, least["*"])
        loud = level != "S" and LEVELS.index(line.level) >= LEVELS.index(level)
        return loud and pid in (None, str(line.pid)) and bool(pattern.search(line.message))

    return wanted


def _all_of(words: tuple[str, ...], *names: str) -> list[str]:
    """The words after each of these options."""
    return [words[place + 1] for place, word in enumerate(words[:-1]) if word in names] + [
        word[2:] for word in words if word.startswith("-v") and len(word) > 2
    ]


def _stamp(line: Line) -> str:
    """A line's time of day, to the millisecond."""
    return time.strftime("%m-%d %H:%M:%S", time.gmtime(line.wall)) + f".{int(line.wall * 1000) % 1000:03d}"

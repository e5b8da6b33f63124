"""Work on a stranger's APK, done in a cell (``world/cell.py``): what is to be done goes in, lines of JSON come out, and time is bounded."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Literal

import msgspec

import pocketbench
from pocketbench import assets
from pocketbench.errors import PocketbenchError, ToolchainMissing
from pocketbench.simulator.inside import runtime
from pocketbench.simulator.inside.prepared import NotPrepared
from pocketbench.simulator.packages.apk import NotInstalled
from pocketbench.simulator.world import layout

DEADLINE_S = 600.0
MAX_LINE = 60_000


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with an APK: ``folder`` is the one to write to, ``path`` a class path, ``mender`` and ``framework`` are for preparing.

    For verifying: ``sdk`` is the phone's, ``package`` and ``name`` (the file's, on the phone) are told in refusals.
    """

    do: Literal["prepare", "verify"]
    apk: str
    folder: str
    java: str
    path: tuple[str, ...]
    mender: str = ""
    framework: str = ""
    sdk: int = 0
    package: str = ""
    name: str = ""
    shown: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """What comes out: how it goes, or at the end one of the others: the result, the package manager's word and why, or what failed and what helps."""

    said: str = ""
    done: str | None = None
    refused: tuple[str, str] | None = None
    failed: tuple[str, str] | None = None


def done(task: Task, listen: Callable[[str], None] = lambda _: None, *, deadline_s: float = DEADLINE_S) -> str:
    """Have it done; the result. Raises NotInstalled for what the APK is to blame for, ToolchainMissing for what the computer is."""
    task = msgspec.structs.replace(task, shown=tuple(map(str, _shown(task))))
    words = [sys.executable, "-m", "pocketbench.simulator.inside.cell_main"]
    environment = {**os.environ, "TMPDIR": task.folder}
    with TemporaryFile() as wrong, subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=wrong, env=environment) as working:
        late = threading.Timer(deadline_s, working.kill)
        late.start()
        try:
            last = _heard(working, task, listen)
        finally:
            on_time = late.is_alive()
            late.cancel()
            working.kill()
        if last is None:
            code = working.wait()
            raise NotPrepared(f"work on it ended with exit code {code}: {_end(wrong)}" if on_time else f"it took more than {deadline_s:g} s")
    return _result(last)


def _heard(working: "subprocess.Popen[bytes]", task: Task, listen: Callable[[str], None]) -> Line | None:
    """Give it the task and listen; the last line, None where it ended without one."""
    assert working.stdin  # noqa: S101 - they are pipes
    assert working.stdout  # noqa: S101
    try:
        working.stdin.write(msgspec.json.encode(task))
        working.stdin.close()
    except BrokenPipeError:
        return None
    last = None
    for line in _lines(working.stdout):
        if line.said:
            listen(line.said)
        else:
            last = line
    working.wait()
    return last


def _end(wrong: IO[bytes]) -> str:
    """The last line that was written on stderr."""
    wrong.seek(max(0, wrong.seek(0, os.SEEK_END) - 4000))
    return (wrong.read().decode(errors="replace").strip().splitlines() or ["no word"])[-1][:300]


def _lines(said: IO[bytes]) -> Iterator[Line]:
    """Its lines; what is none ends them."""
    while line := said.readline(MAX_LINE):
        try:
            yield msgspec.json.decode(line, type=Line)
        except msgspec.MsgspecError:
            return


def _result(last: Line) -> str:
    """What the last line says. Raises NotInstalled and ToolchainMissing."""
    if last.refused:
        word, why = last.refused
        raise NotPrepared(why) if word == NotPrepared.WORD else NotInstalled(word, why[:1000])
    if last.failed:
        message, hint = last.failed
        raise ToolchainMissing(message[:1000], hint=hint) if hint else PocketbenchError(message[:1000])
    return last.done or ""


def _shown(task: Task) -> Iterator[Path]:
    """What the cell sees of the computer: Python with this package, the JDK, the jars, the sources, the APK."""
    yield from (Path(sys.prefix), *layout.seen())
    yield from runtime.bound(Path(task.java)).values()
    yield from {Path(name).parent if name.endswith(".jar") else Path(name) for name in (*task.path, task.mender, task.framework) if name}
    yield from (Path(pocketbench.__file__).parent, assets.find("android_app"), Path(task.apk))

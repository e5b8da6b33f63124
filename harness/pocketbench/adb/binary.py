"""The adb program: which one, and one run of it with a deadline.

``$ADBUTILS_ADB_PATH`` where it is set, else the one that adbutils brings. Not the first on ``PATH``, as adbutils itself has it: distributions carry
old ones (Debian bookworm 29.0.6), and what a device lists could lead those out of the folder that they pull into (daeken.svbtle.com,
2020; 36.0.0 refuses such names: tried). All since 2018 speak to each other's servers.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pocketbench.errors import AdbMissing, CallOverdue, WireCut
from pocketbench.remote.answers import Said

VARIABLE = "ADBUTILS_ADB_PATH"
LOOK_EVERY_S = 0.25
HINT = f"install the Android platform tools, then export {VARIABLE}=/path/to/adb"


def path() -> Path:
    """The program. Raises AdbMissing."""
    chosen = os.environ.get(VARIABLE)
    program = Path(chosen) if chosen else _brought()
    if not os.access(program, os.X_OK) or not program.is_file():
        raise AdbMissing(f"{program}: there is no adb", hint=f"set {VARIABLE} to one that is there" if chosen else HINT)
    return program


def run(words: Sequence[str], *, deadline_s: float, serial: str = "", given_up: Callable[[], bool] = lambda: False) -> Said:
    """Run adb with some words to its end. Raises, having ended it, CallOverdue after ``deadline_s`` seconds, WireCut once ``given_up`` says so; AdbMissing."""
    try:
        process = subprocess.Popen(
            [str(path()), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True
        )
    except OSError as error:
        raise AdbMissing(f"{path()}: {error.strerror}", hint=HINT) from error
    try:
        out, err = _waited(process, words, deadline_s, serial, given_up)
    finally:
        end(process)
    return Said(out, err, process.returncode)


def _waited(process: "subprocess.Popen[str]", words: Sequence[str], deadline_s: float, serial: str, given_up: Callable[[], bool]) -> tuple[str, str]:
    """What a program says until its end. Raises CallOverdue, WireCut."""
    said, until = "adb " + " ".join(words), time.monotonic() + deadline_s
    while True:
        try:
            return process.communicate(timeout=max(0.0, min(LOOK_EVERY_S, until - time.monotonic())))
        except subprocess.TimeoutExpired:
            if given_up():
                raise WireCut(f"{said:.200}: given up", serial=serial, command=said) from None
            if time.monotonic() >= until:
                raise CallOverdue(f"{said:.200}: not done after {deadline_s:g} s", serial=serial, command=said) from None


def end(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """End a program that was started in a session of its own; not the server, which has left that session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def _brought() -> Path:
    """The program inside the package adbutils, found without importing it."""
    import importlib.util

    found = importlib.util.find_spec("adbutils")
    if found is None or found.origin is None:
        raise AdbMissing("the package adbutils is not installed", hint="pip install --upgrade pocketbench")
    return Path(found.origin).parent / "binaries" / "adb"

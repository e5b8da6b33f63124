"""Runs on simulated phones that suffer something at some moment: what became of every job, and what was left anywhere.

Fifty of them, one after the other, in half an hour: ``python tests/faults_at_random.py 50 SEED``; in the app ``python tests/faults_at_random.py 50 SEED app``.
"""

import collections
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil

import far_end
import faults_in_the_app
import linear_run
from far_end import FarEnd
from pocketbench import serving, store
from pocketbench.adb import ports
from pocketbench.model import Measured

# No run may take longer: two orders a job at their deadline, and a phone that does not come back.
HANG_S = 300.0
SUITE = (
    linear_run.HEAD
    + """
[matrix.detail]
techniques = ["as_is"]
threads = [1, 2]

[measure]
processes = 2
budget = "300ms"
deadline = "10s"
"""
)
# Each with how it may be had.
FAULTS = {
    "unplug": ("",), "drop_after": ("0", "2000", "60000"), "reboot": ("0", "2"), "wedge": ("shell", "all"), "kill": ("python*",), "full": ("0", "100K"),
    "rate": ("30K",), "offline": ("",), "hot": ("50",),
}  # fmt: skip


@dataclass
class Became:
    """What became of one run: the fault, how the run and what went on with it ended, the seconds of both, and everything that is not as it must be."""

    number: int
    fault: str
    exit_code: int | None = None
    reasons: list[str] = field(default_factory=list)
    resumes: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lane:
    """What is run on which phones, and what may befall them within so many seconds from an event on; ``left`` prints what is left of a run there."""

    profiles: tuple[str, ...]
    lay_out: Callable[[Path], tuple[str, ...]]
    faults: Mapping[str, tuple[str, ...]]
    begins: str
    within_s: float
    inflict: Callable[[FarEnd, str, str], object]
    left: str


@dataclass(frozen=True)
class Soaked:
    """One phone, and the folder from which runs are started with these words."""

    far: FarEnd
    folder: Path
    words: tuple[str, ...]


def soak(runs: int, seed: int, folder: Path, name: str = "python") -> Iterator[Became]:
    """Carry out so many runs of a lane, one after the other, on its phones in turns."""
    chance = random.Random(seed)  # noqa: S311 - the same ones again for the same seed
    lane = LANES[name]
    words = lane.lay_out(folder)
    with ExitStack() as stack:
        server = stack.enter_context(far_end.served(folder))
        phones = [stack.enter_context(far_end.started(server, profile, "--serial", f"SOAK-{name}-{profile}")) for profile in lane.profiles]
        for number in range(runs):
            soaked = Soaked(phones[number % len(phones)], folder, words)
            became = _one(number, soaked, lane, chance)
            _checked(became, soaked, lane)
            yield became


def _one(number: int, soaked: Soaked, lane: Lane, chance: random.Random) -> Became:
    """One run with a fault at some moment of it, and what finishes it."""
    name, far = chance.choice(sorted(lane.faults)), soaked.far
    value, after, lasts = chance.choice(lane.faults[name]), chance.uniform(0, lane.within_s), chance.choice((1.0, 4.0, 15.0, None))
    became = Became(number, f"{name}{'=' + value if value else ''} after {after:.1f} s, {f'for {lasts:g} s' if lasts else 'for good'}, on {far.serial}")
    began = time.monotonic()
    process = _start(soaked)
    suffering = threading.Thread(target=_suffer, args=(process, soaked, lane, lambda: lane.inflict(far, name, value), after, lasts), daemon=True)
    suffering.start()
    became.exit_code = _ended(process, became, soaked.folder)
    suffering.join(60)
    became.reasons = _reasons(soaked.folder, became)
    _well(far)
    while became.resumes < 3 and _open_jobs(soaked.folder):
        became.resumes += 1
        subprocess.run([sys.executable, "-m", "pocketbench", "devices", "--lift", far.serial], capture_output=True, check=False, timeout=60)
        _ended(_start(soaked, "--resume", "last"), became, soaked.folder)
    became.seconds = time.monotonic() - began
    return became


def _suffer(process: "subprocess.Popen[bytes]", soaked: Soaked, lane: Lane, inflict: Callable[[], object], after: float, lasts: float | None) -> None:
    """Let the phone have its fault while the run is at it, and be well again while the run goes on, or not."""
    while lane.begins not in (soaked.folder / "out").read_text():
        if process.poll() is not None:
            return
        time.sleep(0.02)
    time.sleep(after)
    inflict()
    if lasts:
        time.sleep(lasts)
        soaked.far.do("heal")
        if soaked.far.termux_token:
            soaked.far.do("termux")


def _start(soaked: Soaked, *words: str) -> "subprocess.Popen[bytes]":
    """Start a run."""
    far, folder = soaked.far, soaked.folder
    environment = {**os.environ, serving.VARIABLE: far.termux_token or "none", "POCKETBENCH_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pocketbench", "run", "suite.toml", *soaked.words, "--device", f"adb:{far.serial}", "--json", *words]
    with (folder / "out").open("w") as out, (folder / "err").open("w") as error:
        return subprocess.Popen(command, cwd=folder, stdout=out, stderr=error, env=environment, start_new_session=True)


def _ended(process: "subprocess.Popen[bytes]", became: Became, folder: Path) -> int | None:
    """Wait for the end of a run; its exit code, None for one that hangs."""
    try:
        code = process.wait(HANG_S)
    except subprocess.TimeoutExpired:
        became.wrong.append("hangs")
        process.kill()
        process.wait()
        return None
    said = (folder / "err").read_text()
    if code not in (0, 1) or "Traceback" in said:
        became.wrong.append(f"exit code {code}: {said.strip()[-400:]}")
    return code


def _reasons(folder: Path, became: Became) -> list[str]:
    """Why jobs have no measurement. Every job of the plan has a record."""
    found = store.read(store.find(folder / "results", "last"))
    lost = set(found.facts.planned) - set(found.records)
    if lost:
        became.wrong.append(f"no record of {sorted(lost)}")
    return [record.refusal.reason for record in found.records.values() if hasattr(record, "refusal")]


def _open_jobs(folder: Path) -> list[str]:
    """The jobs that have no measurement."""
    found = store.read(store.find(folder / "results", "last"))
    return [job for job in found.facts.planned if not isinstance(found.records.get(job), Measured)]


def _well(far: FarEnd) -> None:
    """Let nothing be wrong any more."""
    far.heal()
    if far.termux_token:
        far.do("termux")
        until = time.monotonic() + 20
        while not far.do("heal")["termux"] and time.monotonic() < until:
            time.sleep(0.2)


def _checked(became: Became, soaked: Soaked, lane: Lane) -> None:
    """Nothing of a run is left anywhere, and every job was measured in the end; only one that Android ended for want of memory may not be."""
    far, folder = soaked.far, soaked.folder
    if still := _open_jobs(folder):
        became.wrong.append(f"not finished by --resume: {still}")
    time.sleep(3)  # what was ended has gone by then
    left = far.phone.done(lane.left).split("\n")
    here = [one.info["cmdline"] for one in psutil.process_iter(["cmdline"]) if any(re.search(rf"{folder}\b", word) for word in one.info["cmdline"] or [])]
    if any(left) or here or ports.forwards(far.phone):
        became.wrong.append(f"left: {left} {here} {ports.forwards(far.phone)}")


def _lay_out(folder: Path) -> tuple[str, ...]:
    """The linear model, its rows and a suite of two jobs a device; the words with which it is run by Python."""
    linear_run.made(folder, SUITE)
    return "--only", "python.litert"


LANES = {
    "python": Lane(
        ("board", "phone"), _lay_out, FAULTS, "job-started", 4.0, lambda far, name, value: far.do(name, value or None),
        "ls /data/local/tmp; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep 'runner/[r]unner.py'; true",
    ),
    "app": Lane(("phone",), faults_in_the_app.lay_out, faults_in_the_app.FAULTS, "device-told", 12.0, faults_in_the_app.inflict, faults_in_the_app.LEFT),
}  # fmt: skip


def main(words: list[str]) -> int:
    """Tell of each run, then of all; the exit code."""
    runs, seed = int(words[0]) if words else 50, int(words[1]) if len(words) > 1 else 1
    counted: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="pocketbench-soak-") as place:
        for became in soak(runs, seed, Path(place), *words[2:3]):
            print(json.dumps(became.__dict__), flush=True)  # noqa: T201
            counted.update({"runs": 1, "wrong": bool(became.wrong), "resumed": bool(became.resumes), f"exit {became.exit_code}": 1})
            counted.update(became.reasons)
    print(json.dumps(counted))  # noqa: T201
    return 1 if counted["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

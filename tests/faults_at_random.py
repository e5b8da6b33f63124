"""Runs on simulated phones that suffer something at some moment: what became of every job, and what was left anywhere.

Fifty of them, one after the other, in half an hour: ``python tests/faults_at_random.py 50 SEED``.
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
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

import far_end
import tiny_tflite
from far_end import FarEnd
from pocketbench import serving, store
from pocketbench.adb import ports

# No run may take longer: two orders a job at their deadline, and a phone that does not come back.
HANG_S = 300.0
SUITE = """
[suite]
name = "tiny"

[[model]]
name = "linear"
source = "linear.tflite"
data = { source = "rows.npz", calibration = 0, scoring = 40, score = "r2" }

[matrix.detail]
techniques = ["as_is"]
threads = [1, 2]

[measure]
processes = 2
budget = "300ms"
deadline = "10s"
"""
WEIGHTS = np.array([[1.0], [-2.0], [0.5]], dtype=np.float32)
PROFILES = ("board", "phone")
# Each with how it may be had, and whether it is of those that end by themselves.
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


def soak(runs: int, seed: int, folder: Path) -> Iterator[Became]:
    """Carry out so many runs, one after the other, on a board and on a phone in turns."""
    chance = random.Random(seed)  # noqa: S311 - the same ones again for the same seed
    _lay_out(folder)
    with ExitStack() as stack:
        server = stack.enter_context(far_end.served(folder))
        phones = [stack.enter_context(far_end.started(server, profile, "--serial", f"SOAK-{profile}")) for profile in PROFILES]
        for number in range(runs):
            far = phones[number % len(phones)]
            became = _one(number, far, folder, chance)
            _checked(became, far, folder)
            yield became


def _one(number: int, far: FarEnd, folder: Path, chance: random.Random) -> Became:
    """One run with a fault at some moment of it, and what finishes it."""
    name = chance.choice(sorted(FAULTS))
    value, after, lasts = chance.choice(FAULTS[name]), chance.uniform(0, 4), chance.choice((1.0, 4.0, 15.0, None))
    became = Became(number, f"{name}{'=' + value if value else ''} after {after:.1f} s, {f'for {lasts:g} s' if lasts else 'for good'}, on {far.serial}")
    began = time.monotonic()
    process = _start(folder, far)
    suffering = threading.Thread(target=_suffer, args=(process, far, folder, name, value, after, lasts), daemon=True)
    suffering.start()
    became.exit_code = _ended(process, became, folder)
    suffering.join(60)
    became.reasons = _reasons(folder, became)
    _well(far)
    while became.resumes < 3 and _open_jobs(folder):
        became.resumes += 1
        subprocess.run([sys.executable, "-m", "pocketbench", "devices", "--lift", far.serial], capture_output=True, check=False, timeout=60)
        _ended(_start(folder, far, "--resume", "last"), became, folder)
    became.seconds = time.monotonic() - began
    return became


def _suffer(process: "subprocess.Popen[bytes]", far: FarEnd, folder: Path, name: str, value: str, after: float, lasts: float | None) -> None:
    """Let the phone have its fault while the run is at its jobs, and be well again while the run goes on, or not."""
    while "job-started" not in (folder / "out").read_text():
        if process.poll() is not None:
            return
        time.sleep(0.02)
    time.sleep(after)
    far.do(name, value or None)
    if lasts:
        time.sleep(lasts)
        far.do("heal")
        if far.termux_token:
            far.do("termux")


def _start(folder: Path, far: FarEnd, *words: str) -> "subprocess.Popen[bytes]":
    """Start a run."""
    environment = {**os.environ, serving.VARIABLE: far.termux_token or "none", "POCKETBENCH_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "pocketbench", "run", "suite.toml", "--only", "python.litert", "--device", f"adb:{far.serial}", "--json", *words]
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
    return [job for job in found.facts.planned if hasattr(found.records.get(job), "refusal") or job not in found.records]


def _well(far: FarEnd) -> None:
    """Let nothing be wrong any more."""
    far.heal()
    if far.termux_token:
        far.do("termux")
        until = time.monotonic() + 20
        while not far.do("heal")["termux"] and time.monotonic() < until:
            time.sleep(0.2)


def _checked(became: Became, far: FarEnd, folder: Path) -> None:
    """Nothing of a run is left anywhere, and every job was measured in the end."""
    if still := _open_jobs(folder):
        became.wrong.append(f"not finished by --resume: {still}")
    time.sleep(0.5)
    left = far.phone.done("ls /data/local/tmp; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep 'runner/[r]unner.py'; true").split("\n")
    here = [one.info["cmdline"] for one in psutil.process_iter(["cmdline"]) if any(re.search(rf"{folder}\b", word) for word in one.info["cmdline"] or [])]
    if any(left) or here or ports.forwards(far.phone):
        became.wrong.append(f"left: {left} {here} {ports.forwards(far.phone)}")


def _lay_out(folder: Path) -> None:
    """A ready-made linear model, its rows and a suite of two jobs a device."""
    rows = np.random.default_rng(0).random((60, 3), dtype=np.float32)
    np.savez(folder / "rows.npz", x=rows, y=rows @ WEIGHTS + 3)
    (folder / "linear.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, np.array([3.0], dtype=np.float32)))
    (folder / "suite.toml").write_text(SUITE)


def main(words: list[str]) -> int:
    """Tell of each run, then of all; the exit code."""
    runs, seed = int(words[0]) if words else 50, int(words[1]) if len(words) > 1 else 1
    counted: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="pocketbench-soak-") as place:
        for became in soak(runs, seed, Path(place)):
            print(json.dumps(became.__dict__), flush=True)  # noqa: T201
            counted.update({"runs": 1, "wrong": bool(became.wrong), "resumed": bool(became.resumes), f"exit {became.exit_code}": 1})
            counted.update(became.reasons)
    print(json.dumps(counted))  # noqa: T201
    return 1 if counted["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

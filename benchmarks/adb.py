"""Files to a simulated phone and back, beside ``adb push``, ``adb pull`` and adbutils' own sync: how much of adb's speed is left."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import adbutils

from pocketbench.adb import Phone, binary
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.sim import Sim
from pocketbench.remote import transfer

SIZE_BYTES = int(os.environ.get("ADB_BENCH_MIB", "1024")) << 20
ROUNDS = 8
PLACE = "/data/local/tmp/bench"
DEADLINE_S = 600.0


def measure() -> dict[str, object]:
    """Move one file of random bytes in turns; medians in MB/s, and of pairs, one right after the other, ours as a share of adb's (goal: 0.95)."""
    device = Sim("phone")._device  # noqa: SLF001 - a phone without a run
    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder) / "file"
        _fill(local)
        return _measured(device, local)


def _measured(device: AdbDevice, local: Path) -> dict[str, object]:
    """Take turns, ours first and adb's first, so that all ways meet the same disturbances."""
    phone, back = device.phone, local.with_name("back")
    ways: dict[str, Callable[[], float]] = {
        "push": lambda: _push(phone, local),
        "adb push": lambda: _timed(lambda: _adb(phone, "push", str(local), f"{PLACE}/adb")),
        "pull": lambda: transfer.pull(phone, f"{PLACE}/adb", back, deadline_s=DEADLINE_S, limit_bytes=SIZE_BYTES).seconds,
        "adb pull": lambda: _timed(lambda: _adb(phone, "pull", f"{PLACE}/adb", str(back))),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        for first, second in (("push", "adb push"), ("pull", "adb pull")):
            for name in (first, second) if number % 2 else (second, first):
                took[name].append(ways[name]())
    speeds = {name: SIZE_BYTES / 1e6 / statistics.median(seconds) for name, seconds in took.items()}
    slow = (
        SIZE_BYTES / 1e6 / _timed(lambda: adbutils.AdbClient(phone.server.host, phone.server.port).device(phone.serial).sync.push(local, f"{PLACE}/adbutils"))
    )
    shares = {f"{name}, of adb's": round(_share(took[name], took[f"adb {name}"]), 2) for name in ("push", "pull")}
    return {**{f"{name}, MB/s": round(speed) for name, speed in speeds.items()}, "adbutils push, MB/s": round(slow), **shares, "bytes": SIZE_BYTES}


def _share(ours: list[float], theirs: list[float]) -> float:
    """The median over pairs of how fast ours is, as a share of theirs: on a busy computer a pair meets much the same disturbance."""
    return statistics.median(other / own for own, other in zip(ours, theirs, strict=True))


def _push(phone: Phone, local: Path) -> float:
    """Push to a place where it is not, and return the seconds on the wire."""
    phone.done(["rm", "-rf", f"{PLACE}/ours"])
    return transfer.push(phone, {f"{PLACE}/ours": local}, deadline_s=DEADLINE_S).seconds


def _adb(phone: Phone, *words: str) -> None:
    """Run adb itself."""
    subprocess.run([str(binary.path()), *phone.server.words, "-s", phone.serial, *words], check=True, capture_output=True)


def _timed(call: Callable[[], object]) -> float:
    """The seconds of a call."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


def _fill(file: Path) -> None:
    """Random bytes, which nothing compresses."""
    with file.open("wb") as opened:
        for _ in range(SIZE_BYTES >> 20):
            opened.write(os.urandom(1 << 20))

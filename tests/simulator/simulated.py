"""Phones as a user starts them: ``pocketbench phone`` in a process of its own, and its control port."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pocketbench.simulator import faults
from pocketbench.simulator.telling import tell

READY_S = 60.0


@dataclass(frozen=True)
class Simulated:
    """A phone that is on."""

    process: subprocess.Popen[bytes]
    ready: dict[str, Any]

    @property
    def address(self) -> str:
        """Where adb connects to."""
        return str(self.ready["address"])

    @property
    def control(self) -> str:
        """The control port and its token, as the command line takes them."""
        return f"{self.ready['control']}/{self.ready['token']}"

    def fault(self, text: str) -> dict[str, Any]:
        """Have a fault; the phone's state."""
        return tell(self.control, faults.parse(text))

    def state(self) -> dict[str, Any]:
        """The phone's state."""
        return tell(self.control)

    def processes(self) -> list[int]:
        """Every process of the phone, as the computer numbers them: those below the one that was started."""
        return below(self.process.pid)

    def off(self) -> int:
        """Switch it off; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=READY_S)


@contextmanager
def on(*options: str, environment: dict[str, str] | None = None) -> Iterator[Simulated]:
    """A phone from here to there; the test is skipped, or fails where none may be, when the kernel lets nobody have one."""
    with switched_on(options, environment=environment) as (phone,):
        yield phone


@contextmanager
def switched_on(*each: tuple[str, ...], environment: dict[str, str] | None = None) -> Iterator[tuple[Simulated, ...]]:
    """Several phones, each with options of its own, starting at the same time; ``environment`` is what differs from ours."""
    words = [sys.executable, "-m", "pocketbench", "phone", "--json", "--port", "0"]
    variables = {**os.environ, **(environment or {})}
    processes = [subprocess.Popen([*words, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables) for options in each]
    try:
        yield tuple(_ready(process) for process in processes)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.communicate(timeout=READY_S)


def _ready(process: subprocess.Popen[bytes]) -> Simulated:
    """A phone whose line has come."""
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], READY_S)
    line = process.stdout.readline() if ready else b""
    if not line:
        _not_here(process)
    return Simulated(process, json.loads(line))


def below(pid: int) -> list[int]:
    """The processes that a process started, and those that they did."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(one for child in children for one in below(child))]


def alive(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


def _not_here(process: subprocess.Popen[bytes]) -> None:
    """Say why there is no phone."""
    process.terminate()
    said = process.communicate(timeout=READY_S)[1].decode()
    refused = "it needs user, mount, process and network namespaces" in said and os.environ.get("POCKETBENCH_REQUIRE_PARTS") != "1"
    (pytest.skip if refused else pytest.fail)(said)

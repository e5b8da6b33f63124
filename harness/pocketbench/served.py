"""A job as a service: each process listens, and is sent rows, each round trip timed beside what the service says the inference took.

Who sends them is this side, or the app on the same phone (:mod:`pocketbench.asked_by_app`).
"""

import math
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketbench import asked_by_app, orders, serving, tensors, toolchains
from pocketbench.asked_by_app import ROUND_TRIP as ROUND_TRIP
from pocketbench.devices import Device, Serves
from pocketbench.engines import ENGINES, SERVE, needs_app
from pocketbench.model import BYTE, NANOSECOND, Job, Look, Measurement, Refusal
from pocketbench.orders import Bench
from pocketbench.protocol import Order, Phase, Report, Serving
from pocketbench.serving.asking import Asking

OFF = "off"
LANE = "serve"


@dataclass(frozen=True, slots=True)
class Told:
    """What one process gave: its report, the samples of each phase that was asked for, and how the app saw the phone where it is who asked."""

    report: Report
    measurements: list[Measurement]
    looks: list[Look]


def is_service(job: Job) -> bool:
    """Whether a job is to be measured so."""
    return job.options.get(SERVE, OFF) != OFF


def lacking(job: Job, device: Device) -> Refusal | None:
    """Why a service cannot be had on a device, as far as that is known beforehand; None for a job that is none."""
    if not is_service(job):
        return None
    if not isinstance(device, Serves):
        return Refusal("admit", "no-runner", f"services on {device.name} are not reached from here", 'serve = ["off"] measures without one')
    here = device.kind == "host" and job.runner == "python" and job.options[SERVE] == "http"
    if here and ENGINES.get(job.engine).environment:
        return Refusal("admit", "toolchain-missing", f"{job.engine} runs in an environment of its own, which has no Flask")
    if here and (absent := toolchains.missing(LANE)):
        return Refusal("admit", "toolchain-missing", f"HTTP is answered by Flask: {', '.join(absent)} is not installed", toolchains.line_to_type(LANE))
    return None


def process(bench: Bench, folder: Path, phases: Sequence[Phase], number: int, *, every_row: bool) -> Told:
    """Run one service and have it asked: the first row in each of the phases and, with ``every_row``, all rows before, whose outputs are written as runners do.

    Raises Refused, DeviceError and ProtocolError.
    """
    found: list[Measurement] = []
    looks: list[Look] = []
    by_app = needs_app(bench.job)
    if by_app:
        asked_by_app.lay_out(bench, folder)

    def talk(order: Order, service: Serving, connect: Callable[[], socket.socket]) -> None:
        found.clear()  # a device that was brought back runs the service again
        if by_app:
            told = asked_by_app.ask(bench, folder, service, order.serve, phases, number, every_row=every_row)
            found[:], looks[:] = told.measurements, told.looks
        with serving.asking(order.serve, service, connect, sum(map(tensors.row_bytes, order.outputs))) as asking:
            if not by_app:
                found.extend(_asked(asking, order, folder, phases, number, every_row=every_row))
            asking.stop()

    report = orders.serve(bench, folder, bench.job.options[SERVE], talk)
    load = [Measurement("load", NANOSECOND, item.phase, number, item.ns, item.batch) for item in report.samples]
    memory = [Measurement("memory", BYTE, "peak", number, [report.memory.peak_bytes - report.memory.before_load_bytes])] if report.memory else []
    return Told(report, [*load, *found, *memory], looks)


def _asked(asking: Asking, order: Order, folder: Path, phases: Sequence[Phase], number: int, *, every_row: bool) -> list[Measurement]:
    """Ask from this side."""
    rows = _rows(order, folder)
    row = next(rows)
    if every_row:
        _all(asking, order, folder, row, rows)
    return [measurement for phase in phases for measurement in _phase(asking, phase, row, number)]


def _all(asking: Asking, order: Order, folder: Path, first: bytes, others: Iterator[bytes]) -> None:
    """Send every row, and write the outputs."""
    sizes = [tensors.row_bytes(tensor) for tensor in order.outputs]
    files = [(folder / tensor.file).open("wb") for tensor in order.outputs]
    try:
        for row in (first, *others):
            outputs, at = asking.infer(row).outputs, 0
            for file, size in zip(files, sizes, strict=True):
                file.write(outputs[at : at + size])
                at += size
    finally:
        for file in files:
            file.close()


def _phase(asking: Asking, phase: Phase, row: bytes, number: int) -> list[Measurement]:
    """Ask until a phase ends, as a runner times until one ends: the inferences, and the round trips."""
    answers = []
    goes_on, began = bool(phase.max_runs or phase.max_ns), time.perf_counter_ns()
    while True:
        answers.append(asking.infer(row))
        count, spent = len(answers), time.perf_counter_ns() - began
        late = (phase.max_ns and spent >= phase.max_ns) if goes_on else spent >= phase.min_ns
        if count >= phase.min_runs and (late or count == (phase.max_runs or math.inf)):
            break
    metric = "first" if phase.phase == "first" else "latency"
    return [
        Measurement(metric, NANOSECOND, phase.phase, number, [one.inference_ns for one in answers]),
        Measurement(ROUND_TRIP, NANOSECOND, phase.phase, number, [one.round_trip_ns for one in answers]),
    ]


def _rows(order: Order, folder: Path) -> Iterator[bytes]:
    """The bytes of one row after another: of each input in the order's order."""
    files = [(folder / tensor.file).open("rb") for tensor in order.inputs]
    try:
        for _ in range(order.rows):
            yield b"".join(file.read(tensors.row_bytes(tensor)) for file, tensor in zip(files, order.inputs, strict=True))
    finally:
        for file in files:
            file.close()

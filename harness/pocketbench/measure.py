"""One job measured: outputs compared and scored, memory, then timing in fresh processes until it is precise enough.

The runner obeys, the host decides: how many processes, how long, in which batches, and when to stop is decided here.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import orders, scores, served, stats, store, tensors, trust, watched
from pocketbench.model import BYTE, NANOSECOND, Agreement, Artifact, Look, Measured, Measurement, Proof
from pocketbench.orders import Bench
from pocketbench.protocol import Phase, Report
from pocketbench.techniques import parse

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    Scorer = Callable[[list[Array]], float | None]

MIN_SAMPLES = 20
MAX_SAMPLES = 10_000
WARMUP_SHARE = 0.2
# A sample must last this many steps of the clock, so that one step is 1 % of it.
STEPS_PER_SAMPLE = 100
# What ended the measuring of a job that was not to be timed.
UNTIMED = "not timed"
# A page is shown no mark of its memory, so no browser is started for that.
WITHOUT_MEMORY = ("web",)


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try: processes at least, wall seconds for all timing processes of the job, the interval's half width as a share of the median.

    With 0 processes nothing but the outputs is looked at.
    """

    processes: int
    budget_s: float
    precision: float


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a job's outputs are held against: the source's own outputs, and a score where rows have labels."""

    reference: list["Array"]
    classes: bool
    score: "Scorer"
    score_name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What was measured, how the runner saw its device meanwhile, and what ended the timing."""

    measurements: list[Measurement]
    looks: list[Look]
    stopped_by: str


def measure(bench: Bench, artifact: Artifact, yardstick: Yardstick, effort: Effort) -> Measured:
    """Carry out every order of one job. Raises Refused or DeviceError when one of them fails."""
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="milliseconds")
    before = dict(bench.device.conditions())
    with orders.laid_out(bench) as folder:
        if served.is_service(bench.job):
            arrays, report, taken = _served(bench, folder, effort)
        else:
            arrays, report = orders.outputs(bench, folder)
            taken = _measurements(bench, folder, effort) if effort.processes else Taken([], [], UNTIMED)
        agreement = scores.agreement(arrays, yardstick.reference, yardstick.classes)
        score = yardstick.score(arrays)
    proof, after = _proof(report), dict(bench.device.conditions())
    simulated = bench.device.kind == "simulated"
    around = watched.flaws(before, after, taken.looks, simulated=simulated) if taken.measurements else ()
    flaws = (*_flaws(artifact, agreement, yardstick.classes, taken.measurements, proof), *(("SIMULATED",) if simulated else ()), *around)
    return Measured(
        schema=store.SCHEMA, job=bench.job, artifact=artifact.key, device_kind=bench.device.kind, engine_version=report.hello.engine_version,
        proof=proof, measurements=taken.measurements, agreement=agreement, score=score, score_name=yardstick.score_name,
        flaws=flaws, conditions={"before": before, "after": after},
        stopped_by=taken.stopped_by, clock_step_ns=report.hello.clock_step_ns, started=started, seconds=round(time.monotonic() - began, 3),
        looks=tuple(taken.looks),
    )  # fmt: skip


def _measurements(bench: Bench, folder: Path, effort: Effort) -> Taken:
    """Memory and times."""
    if bench.job.runner in WITHOUT_MEMORY:
        return _timing(bench, folder, effort)
    memory = orders.carry(bench, folder, "memory")
    timing = _timing(bench, folder, effort)
    return Taken([*timing.measurements, *_memory(memory)], [*watched.looks(memory, "memory", 0), *timing.looks], timing.stopped_by)


def _served(bench: Bench, folder: Path, effort: Effort) -> tuple[list["Array"], Report, Taken]:
    """Outputs and times of a service: fresh ones until the round trips are told precisely enough or the budget is spent. The first answers every row."""
    began, ordered = time.monotonic(), phases(effort)[1:] if effort.processes else ()
    first = served.process(bench, folder, ordered, 0, every_row=True)
    arrays = tensors.read_outputs(bench.anatomy.outputs, bench.rows.scoring, folder)
    if not effort.processes:
        return arrays, first.report, Taken([], [], UNTIMED)
    measurements, looks, number = first.measurements, first.looks, 0
    while (stopped_by := _stop(measurements, effort, time.monotonic() - began, served.ROUND_TRIP)) == "":
        number += 1
        told = served.process(bench, folder, ordered, number, every_row=False)
        measurements, looks = [*measurements, *told.measurements], [*looks, *told.looks]
    return arrays, first.report, Taken(measurements, looks, stopped_by)


def steady(measurements: list[Measurement], metric: str = "latency") -> list["Array"]:
    """The blocks that latency, or another metric, is computed from: nanoseconds of one inference, one array a process."""
    import numpy as np

    return [np.asarray(item.samples) / item.batch for item in measurements if item.metric == metric and item.phase == "steady"]


def phases(effort: Effort) -> tuple[Phase, ...]:
    """The phases of one process. Half the budget goes to the processes asked for, the rest to more of them if need be."""
    block_ns = effort.budget_s * 1e9 / (2 * effort.processes)
    return (
        Phase("load"),
        Phase("first"),
        Phase("warmup", min_runs=2, min_ns=int(block_ns * WARMUP_SHARE)),
        Phase("steady", min_runs=-(-MIN_SAMPLES // effort.processes), max_runs=MAX_SAMPLES, max_ns=int(block_ns * (1 - WARMUP_SHARE))),
    )


def timed(report: Report, process: int) -> list[Measurement]:
    """The samples of one timing process as measurements."""
    metrics = {"load": "load", "first": "first"}
    return [Measurement(metrics.get(item.phase, "latency"), NANOSECOND, item.phase, process, item.ns, item.batch) for item in report.samples]


def _timing(bench: Bench, folder: Path, effort: Effort) -> Taken:
    """Time fresh processes until the interval is narrow enough or the budget is spent."""
    began, ordered = time.monotonic(), phases(effort)
    first = orders.carry(bench, folder, "timing", phases=ordered)
    measurements, looks = timed(first, 0), watched.looks(first, "timing", 0)
    batch = _batch(measurements, first.hello.clock_step_ns)
    if batch > 1:
        measurements = [_as_pilot(item) for item in measurements]
    while (stopped_by := _stop(measurements, effort, time.monotonic() - began)) == "":
        report = orders.carry(bench, folder, "timing", phases=ordered, batch=batch)
        process = 1 + max(item.process for item in measurements)
        measurements += timed(report, process)
        looks += watched.looks(report, "timing", process)
    return Taken(measurements, looks, stopped_by)


def _stop(measurements: list[Measurement], effort: Effort, spent_s: float, metric: str = "latency") -> str:
    """Say why no more processes are wanted, or "" when one more is. A budget that is spent still gives the processes asked for."""
    blocks = steady(measurements, metric)
    if len(blocks) < effort.processes:
        return ""
    if len(blocks) > 1 and stats.precise(stats.summarise(blocks), effort.precision):
        return "precision"
    average_s = spent_s / len(blocks)
    return "budget" if spent_s + average_s > effort.budget_s else ""


def _batch(measurements: list[Measurement], clock_step_ns: int) -> int:
    """How many inferences make a sample that the clock can see: the next power of two."""
    median = stats.summarise(steady(measurements)).median
    wanted = STEPS_PER_SAMPLE * clock_step_ns / max(median, 1)
    return 1 << max(0, math.ceil(math.log2(max(wanted, 1))))


def _as_pilot(item: Measurement) -> Measurement:
    """Keep the samples of a first process whose clock was too coarse, under a phase of their own."""
    import msgspec

    return msgspec.structs.replace(item, phase="pilot") if item.phase == "steady" else item


def _memory(report: Report) -> list[Measurement]:
    """Peak memory: the high-water mark less its mark just before load, in bytes."""
    if report.memory is None:
        return []
    return [Measurement("memory", BYTE, "peak", 0, [report.memory.peak_bytes - report.memory.before_load_bytes])]


def _proof(report: Report) -> Proof:
    """What the runner says executed."""
    executed = report.executed
    return Proof(executed.executed_on, executed.driver, executed.execution, executed.delegated, executed.operations) if executed else Proof("")


def _flaws(artifact: Artifact, agreement: Agreement, classes: bool, measurements: list[Measurement], proof: Proof) -> tuple[str, ...]:
    """The artifact's flaws, this job's own outputs', its driver's and its timing's, each once."""
    integer = any(step.integer for step in parse(artifact.variant.technique))
    outputs = trust.agreement_flaws(agreement, integer=integer, classes=classes)
    return tuple(dict.fromkeys((*artifact.flaws, *outputs, *trust.emulated(proof.driver), *_noisy(measurements))))


def _noisy(measurements: list[Measurement]) -> tuple[str, ...]:
    """The flaw of the timing; none where nothing was timed."""
    if not (blocks := steady(measurements)):
        return ()
    summary = stats.summarise(blocks)
    return trust.noisy(summary.low, summary.high, summary.median)

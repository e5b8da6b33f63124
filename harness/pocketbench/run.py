"""A run: open the models, convert and check the variants, measure the jobs, append a record as each ends.

A failure is a result: the next job goes on and the run says so at the end.
"""

import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pocketbench import convert, devices, events, measure, opened, orders, scores, stats, store, suite, toolchains
from pocketbench.admit import admit
from pocketbench.devices import Device
from pocketbench.errors import PocketbenchError, ResultsError
from pocketbench.model import Artifact, Failed, Job, Measured, Refusal, Skipped, Variant
from pocketbench.opened import Opened
from pocketbench.planned import Planned
from pocketbench.reasons import REASONS, reason_of
from pocketbench.store import Run
from pocketbench.worker import Workers

PACKAGES = ("pocketbench", "tensorflow", "keras", "ai-edge-litert", "numpy", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line adds to a suite: where results go, a run to go on with, seconds for the whole run, re-making."""

    results: Path
    resume: str = ""
    budget_s: float = 0.0
    allow: tuple[str, ...] = ()


@dataclass(slots=True)
class _Going:
    """A run that is going on: what all its steps need."""

    planned: Planned
    run: Run
    models: opened.Models
    workers: Workers
    listen: events.Listener
    deadline: float
    finished: frozenset[str]
    allow: frozenset[str]


def run(planned: Planned, wishes: Wishes, listen: events.Listener) -> events.RunEnded:
    """Carry out a plan and return the last event. Raises SourceError or DataError before any folder is made."""
    began = time.monotonic()
    finished, resumed = _finished(planned, wishes)
    with tempfile.TemporaryDirectory(prefix="pocketbench-") as logs, Workers(Path(logs)) as workers:
        listen(events.Planned(len(planned.plan.variants), len(planned.plan.jobs), len(planned.plan.skips)))
        wanted = tuple(dict.fromkeys(job.variant for job in planned.plan.jobs if job.id not in finished))
        models = opened.open_models(planned.opened, wanted, workers, listen)
        folder = resumed or _create(planned, wishes)
        store.claim(folder)
        try:
            listen(events.RunStarted(str(folder.folder)))
            deadline = began + wishes.budget_s if wishes.budget_s else float("inf")
            going = _Going(planned, folder, models, workers, listen, deadline, finished, frozenset(wishes.allow))
            _skips(going)
            artifacts = _convert(going, wanted)
            for device in planned.devices:
                _measure_on(device, artifacts, going)
        finally:
            store.release(folder)
    return events.RunEnded(str(folder.folder), **_counted(folder))


def _finished(planned: Planned, wishes: Wishes) -> tuple[frozenset[str], Run | None]:
    """The jobs that a resumed run need not do again, and the run; nothing and None for a new one."""
    if not wishes.resume:
        return frozenset(), None
    folder = store.find(wishes.results, wishes.resume)
    contents = store.read(folder)
    if contents.facts.suite_hash != planned.opened.hash:
        raise ResultsError(
            f"{folder.folder}: made with another suite than {planned.opened.file} is now",
            hint="run the suite without --resume, or restore its text: it is in run.json",
        )
    done = {job for job, record in contents.records.items() if isinstance(record, Measured) or not REASONS[record.refusal.reason].transient}
    return frozenset(done), folder


def _create(planned: Planned, wishes: Wishes) -> Run:
    """Make the run's folder."""
    host = devices.find("host")
    return store.create(
        wishes.results, suite_text=planned.opened.text, suite_name=planned.opened.suite.suite.name, versions=toolchains.versions(PACKAGES),
        host=host.facts(), commit=_commit(), devices={device.name: {"kind": device.kind, **device.facts()} for device in planned.devices},
    )  # fmt: skip


def _skips(going: _Going) -> None:
    """Write down what will not be tried."""
    for skip in going.planned.plan.skips:
        _skipped(going, skip.job, skip.device_kind, skip.refusal)


def _convert(going: _Going, wanted: Sequence[Variant]) -> dict[Variant, Artifact]:
    """Convert and check every variant that an unfinished job needs; a failed one fails its jobs."""
    artifacts = {}
    for variant, made in convert.each(wanted, going.models, going.workers, going.listen):
        if isinstance(made, Artifact):
            store.append(going.run, made)
            artifacts[variant] = made
        else:
            _conversion_failed(going, variant, made)
    return artifacts


def _measure_on(device: Device, artifacts: dict[Variant, Artifact], going: _Going) -> None:
    """Measure the unfinished jobs of one device, one after another."""
    for job in going.planned.plan.jobs:
        if job.device != device.name or job.id in going.finished or job.variant not in artifacts:
            continue
        artifact = artifacts[job.variant]
        refusal = admit(job, artifact.anatomy, device.facts())
        if time.monotonic() > going.deadline:
            refusal = Refusal("measure", "budget-spent", "the time given to the whole run was spent before this job", f"--resume {going.run.id} goes on")
        if refusal:
            _skipped(going, job, device.kind, refusal, artifact.key)
        else:
            _measured(going, device, job, artifact)


def _measured(going: _Going, device: Device, job: Job, artifact: Artifact) -> None:
    """Measure one job and write its record, whatever comes of it."""
    going.listen(events.JobStarted(job.id))
    model, wish = going.models[job.variant.model, job.variant.framework], going.planned.opened.suite.measure
    bench = orders.Bench(job, Path(artifact.path), artifact.anatomy, model.source, model.rows, device, suite.seconds(wish.deadline))
    effort = measure.Effort(wish.processes, suite.seconds(wish.budget), suite.share(wish.precision))
    began = _now()
    try:
        record = measure.measure(bench, artifact, _yardstick(going, model), effort)
    except (PocketbenchError, OSError) as error:
        _failed(going, job, device.kind, "measure", error, began, artifact.key)
        return
    store.append(going.run, msgspec.structs.replace(record, allowed=tuple(flaw for flaw in record.flaws if flaw in going.allow)))
    median = stats.summarise(measure.steady(record.measurements)).median
    going.listen(events.JobEnded(job.id, "ok", record.seconds, median, flaws=record.flaws))


def _yardstick(going: _Going, model: Opened) -> measure.Yardstick:
    """What the job's outputs are held against."""
    scorer = scores.scorer(model.wish.data.score, model.rows, going.planned.opened.base, going.workers)
    return measure.Yardstick(orders.reference(model.reference, len(model.source.outputs)), model.classes, scorer, model.wish.data.score)


def _conversion_failed(going: _Going, variant: Variant, error: PocketbenchError) -> None:
    """Fail every job of a variant that could not be made."""
    kinds = {device.name: device.kind for device in going.planned.devices}
    for job in going.planned.plan.jobs:
        if job.variant == variant and job.id not in going.finished:
            _failed(going, job, kinds[job.device], "convert", error, _now())


def _failed(going: _Going, job: Job, kind: str, stage: str, error: Exception, began: str, artifact: str = "") -> None:
    """Write the record of a job that failed, with what its process printed."""
    log = getattr(error, "log", "")
    name = store.write_log(going.run, job.id, log) if log else ""
    message, hint = (error.message, error.hint) if isinstance(error, PocketbenchError) else (str(error), "")
    refusal = Refusal(stage, reason_of(error), message, hint)
    store.append(going.run, Failed(store.SCHEMA, job, kind, refusal, began, artifact, name))
    going.listen(events.JobEnded(job.id, "failed", reason=refusal.reason, message=message))


def _skipped(going: _Going, job: Job, kind: str, refusal: Refusal, artifact: str = "") -> None:
    """Write the record of a job that is not tried, once in a run."""
    if job.id in going.finished:
        return
    store.append(going.run, Skipped(store.SCHEMA, job, kind, refusal, _now(), artifact))
    going.listen(events.JobEnded(job.id, "skipped", reason=refusal.reason, message=refusal.message))


def _counted(folder: Run) -> dict[str, int]:
    """How many jobs of each status the run now holds."""
    statuses = ["ok" if isinstance(record, Measured) else record.status for record in store.read(folder).records.values()]
    return {status: statuses.count(status) for status in ("ok", "failed", "skipped")}


def _now() -> str:
    """The time in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _commit() -> str:
    """The commit of the folder the run was started in, "" outside a git checkout."""
    try:
        said = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""

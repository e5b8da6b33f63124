"""A run: open the models, convert and check the variants, measure the jobs, append a record as each ends.

A failure is a result: the next job goes on and the run says so at the end.
"""

import functools
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pocketbench import cache, convert, devices, environments, events, measure, opened, orders, stats, store, suite, toolchains, waiting
from pocketbench.admit import admit
from pocketbench.devices import Device, Elsewhere
from pocketbench.engines import ENGINES, Engine
from pocketbench.errors import CacheError, DeviceError, PocketbenchError, ResultsError, ToolchainMissing
from pocketbench.formats import FORMATS
from pocketbench.model import FRAMEWORKS, Artifact, Failed, Job, Measured, Refusal, Skipped, Variant
from pocketbench.reasons import REASONS, reason_of, skips
from pocketbench.request import Request
from pocketbench.store import Run
from pocketbench.together import together
from pocketbench.worker import Workers


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line adds to a suite.

    Where results go, a run to go on with, seconds for the whole run, flaws that are expected, whether a phone that does not answer may be restarted.
    """

    results: Path
    resume: str = ""
    budget_s: float = 0.0
    allow: tuple[str, ...] = ()
    may_restart: bool = False


@dataclass(slots=True)
class _Going:
    """A run that is going on: what all its steps need. ``jobs`` are those that have no record yet.

    ``environments`` are those that were asked for, each with why it cannot be had. ``stopped`` is set when no more is to be measured.
    """

    request: Request
    run: Run
    jobs: tuple[Job, ...]
    finished: frozenset[str]
    models: opened.Models
    workers: Workers
    listen: events.Listener
    deadline: float
    allow: frozenset[str]
    environments: dict[str, Refusal | None] = field(default_factory=dict)
    may_restart: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def late(self) -> bool:
        """Whether the time given to the whole run is spent."""
        return time.monotonic() > self.deadline


def run(request: Request, wishes: Wishes, listen: events.Listener) -> events.RunEnded:
    """Carry out a request and return the last event. Raises SourceError or DataError before any folder is made."""
    deadline, listen = time.monotonic() + wishes.budget_s if wishes.budget_s else float("inf"), _one_at_a_time(listen)
    with _resumed(request, wishes) as (resumed, finished), tempfile.TemporaryDirectory(prefix="pocketbench-") as logs, Workers(Path(logs)) as workers:
        store.check(wishes.results)
        jobs = tuple(job for job in request.plan.jobs if job.id not in finished)
        variants = tuple(dict.fromkeys(job.variant for job in jobs))
        listen(events.Planned(len(variants), len(jobs), len(request.plan.skips)))
        models = opened.open_models(request.wished, variants, workers, listen)
        folder = resumed or _create(request, wishes)
        with _claimed(folder):
            listen(events.RunStarted(str(folder.folder)))
            going = _Going(request, folder, jobs, finished, models, workers, listen, deadline, frozenset(wishes.allow), may_restart=wishes.may_restart)
            _carry_out(going, variants)
    return events.RunEnded(str(folder.folder), **_counted(folder))


def _carry_out(going: _Going, variants: Sequence[Variant]) -> None:
    """Write the skips, convert, measure."""
    for skip in going.request.plan.skips:
        if skip.job.id not in going.finished:
            _skipped(going, skip.job, skip.device_kind, skip.refusal)
    artifacts = _convert(going, variants)
    going.workers.rest()
    queues = _queues(going)
    together([functools.partial(_queue, queue, artifacts, going, told=len(queues) > 1) for queue in queues], functools.partial(_give_up, going))


def _queues(going: _Going) -> list[list[Device]]:
    """The devices that have jobs, side by side those that do not disturb each other: the browser is this computer, too."""
    queues: dict[str, list[Device]] = {}
    for device in going.request.devices:
        if any(job.device == device.name for job in going.jobs):
            queues.setdefault(_place(device), []).append(device)
    return list(queues.values())


def _place(device: Device) -> str:
    """What is measured on by one at a time."""
    return "host" if device.kind == "browser" else device.name


def _queue(queue: Sequence[Device], artifacts: dict[Variant, Artifact | None], going: _Going, *, told: bool) -> None:
    """Measure on one device after another; ``told`` where others go on beside them."""
    for device in queue:
        _measure_on(device, artifacts, going, told=told)


def _give_up(going: _Going) -> None:
    """Let every device end what it is at."""
    going.stopped.set()
    for device in going.request.devices:
        device.give_up()


def _one_at_a_time(listen: events.Listener) -> events.Listener:
    """A listener that is called by one device at a time."""
    turn = threading.Lock()

    def heard(event: events.Event) -> None:
        with turn:
            listen(event)

    return heard


@contextmanager
def _resumed(request: Request, wishes: Wishes) -> Iterator[tuple[Run | None, frozenset[str]]]:
    """The run to go on with, kept from others, and the jobs that need not be done again; None and none for a new run."""
    if not wishes.resume:
        yield None, frozenset()
        return
    folder = store.find(wishes.results, wishes.resume)
    with _claimed(folder):
        contents = store.read(folder)
        if contents.facts.suite_hash != request.wished.hash:
            message = f"{folder.folder}: made with another suite than {request.wished.file} is now"
            raise ResultsError(message, hint="run the suite without --resume, or restore its text: it is in run.json")
        yield folder, frozenset(job for job, record in contents.records.items() if not _again(record))


@contextmanager
def _claimed(folder: Run) -> Iterator[None]:
    """Keep other processes from writing to a run."""
    store.claim(folder)
    try:
        yield
    finally:
        store.release(folder)


def _again(record: store.Result) -> bool:
    """Whether a job is tried again: its reason may go away by itself, or is one that this version does not know."""
    if isinstance(record, Measured):
        return False
    reason = REASONS.get(record.refusal.reason)
    return reason is None or reason.transient


def _create(request: Request, wishes: Wishes) -> Run:
    """Make the run's folder."""
    # Of what has an environment of its own, each record of an engine and each artifact of a converter has the version.
    runtimes = [engine.package for engine in ENGINES if not engine.environment]
    here = ((adapter, name) for adapter in FORMATS for name in FRAMEWORKS if not toolchains.TOOLCHAINS.get(adapter.toolchain(name)).own)
    packages = ["pocketbench", "numpy", *(package for adapter, name in here for package in adapter.packages(name)), *runtimes]
    return store.create(
        wishes.results, suite_text=request.wished.text, suite_name=request.wished.suite.suite.name, versions=toolchains.versions(dict.fromkeys(packages)),
        host=devices.find("host").facts(), commit=_commit(), devices={device.name: {"kind": device.kind, **device.facts()} for device in request.devices},
        planned=[*(job.id for job in request.plan.jobs), *(skip.job.id for skip in request.plan.skips)],
    )  # fmt: skip


def _convert(going: _Going, variants: Sequence[Variant]) -> dict[Variant, Artifact | None]:
    """Convert and check variants until the run's time is spent; one that cannot be made is None and fails its jobs."""
    found: dict[Variant, Artifact | None] = {}
    kinds = {device.name: device.kind for device in going.request.devices}
    for variant, made in convert.each(variants, going.models, going.workers, going.listen):
        if isinstance(made, Artifact):
            store.append(going.run, made)
            found[variant] = made
        else:
            found[variant], began = None, _now()
            for job in (job for job in going.jobs if job.variant == variant):
                _not_converted(going, job, kinds[job.device], made, began)
        if going.late:
            break
    return found


def _not_converted(going: _Going, job: Job, kind: str, error: Exception, began: str) -> None:
    """Write the record of a job whose file cannot be had: a skip where the reason says that there was nothing to try."""
    reason = reason_of(error)
    if isinstance(error, PocketbenchError) and skips(error):
        _skipped(going, job, kind, Refusal("convert", reason, error.message, error.hint))
    else:
        _failed(going, job, kind, "convert", error, began)


def _measure_on(device: Device, artifacts: dict[Variant, Artifact | None], going: _Going, *, told: bool) -> None:
    """Measure the jobs of one device, one after another, while nobody else measures on it, and leave it as it was found."""
    jobs = [job for job in going.jobs if job.device == device.name]
    visit = device.held(going.listen, may_restart=going.may_restart) if isinstance(device, Elsewhere) else nullcontext()
    with cache.alone(_place(device), waiting=lambda: going.listen(events.DeviceBusy(device.name))), visit:
        if told:
            going.listen(events.DeviceStarted(device.name, len(jobs)))
        _each_on(device, jobs, artifacts, going)


def _each_on(device: Device, jobs: Sequence[Job], artifacts: dict[Variant, Artifact | None], going: _Going) -> None:
    """Measure the jobs of one device; those that the run's time does not reach are skips that can be resumed."""
    facts = device.facts()
    doorkeeper = waiting.Doorkeeper(device, going.request.wished.suite.gate, going.listen, until=going.deadline)
    for job in jobs:
        artifact = artifacts.get(job.variant)
        if going.stopped.is_set() or (artifact is None and job.variant in artifacts):
            continue  # it failed already
        refusal = admit(job, artifact.anatomy, facts) if artifact else None
        if refusal:
            _skipped(going, job, device.kind, refusal, artifact)
        elif artifact is None or going.late:
            spent = Refusal("measure", "budget-spent", "the time given to the whole run was spent before this job", f"--resume {going.run.id} goes on")
            _skipped(going, job, device.kind, spent, artifact)
        elif lacking := device.lacking or _lacking(going, job, device):
            _skipped(going, job, device.kind, lacking, artifact)
        elif kept_out := doorkeeper.refusal():
            _skipped(going, job, device.kind, kept_out, artifact)
        else:
            _measured(going, device, job, artifact)


def _lacking(going: _Going, job: Job, device: Device) -> Refusal | None:
    """Why the environment that the job's engine needs on this computer cannot be had; None where it is there, made now or earlier, or none is needed."""
    engine = ENGINES.get(job.engine)
    if isinstance(device, Elsewhere):
        return _lacking_there(device, engine)
    name = engine.environment
    if not name or device.kind != "host":
        return None
    if name not in going.environments:
        if not environments.is_made(name):
            going.listen(events.EnvironmentMaking(name))
        try:
            environments.python_of(name)
        except ToolchainMissing as error:
            going.environments[name] = Refusal("admit", "toolchain-missing", error.message, error.hint)
        else:
            going.environments[name] = None
    return going.environments[name]


def _lacking_there(device: Elsewhere, engine: Engine) -> Refusal | None:
    """Why an engine cannot run on a device that is elsewhere; None too where the device does not answer, which its first order says better."""
    try:
        return device.lacks(engine.name, engine.package)
    except DeviceError:
        return None


def _measured(going: _Going, device: Device, job: Job, artifact: Artifact) -> None:
    """Measure one job and write its record, whatever comes of it."""
    going.listen(events.JobStarted(job.id))
    model, wish = going.models[job.variant.model, job.variant.framework], going.request.wished.suite.measure
    bench = orders.Bench(job, Path(artifact.path), artifact.anatomy, model.source, model.rows, device, suite.seconds(wish.deadline), going.stopped)
    effort = measure.Effort(wish.processes, suite.seconds(wish.budget), suite.share(wish.precision))
    yardstick = measure.Yardstick(model.outputs(), model.classes, model.scorer(going.request.wished.base, going.workers), model.wish.data.score)
    began = _now()
    try:
        record = measure.measure(bench, artifact, yardstick, effort)
    except CacheError:
        raise
    except (PocketbenchError, OSError) as error:
        if not going.stopped.is_set():
            _failed(going, job, device.kind, "measure", error, began, artifact.key)
        return
    store.append(going.run, msgspec.structs.replace(record, allowed=tuple(flaw for flaw in record.flaws if flaw in going.allow)))
    blocks = measure.steady(record.measurements)
    median = stats.summarise(blocks).median if blocks else None
    going.listen(events.JobEnded(job.id, "ok", record.seconds, median, flaws=record.flaws))


def _failed(going: _Going, job: Job, kind: str, stage: str, error: Exception, began: str, artifact: str = "") -> None:
    """Write the record of a job that failed, and what its process printed."""
    message, hint, log = (error.message, error.hint, error.log) if isinstance(error, PocketbenchError) else (str(error), "", "")
    name = store.write_log(going.run, job.id, log) if log else ""
    refusal = Refusal(stage, reason_of(error), message, hint)
    store.append(going.run, Failed(store.SCHEMA, job, kind, refusal, began, artifact, name))
    going.listen(events.JobEnded(job.id, "failed", reason=refusal.reason, message=message))


def _skipped(going: _Going, job: Job, kind: str, refusal: Refusal, artifact: Artifact | None = None) -> None:
    """Write the record of a job that is not tried."""
    store.append(going.run, Skipped(store.SCHEMA, job, kind, refusal, _now(), artifact.key if artifact else ""))
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

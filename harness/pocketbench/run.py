"""A run: open the models, convert and check the variants, measure the jobs, append a record as each ends.

A failure is a result: the next job goes on and the run says so at the end.
"""

import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pocketbench import convert, devices, events, opened, queues, store, toolchains
from pocketbench.devices import Device
from pocketbench.engines import ENGINES, needs_app
from pocketbench.errors import PocketbenchError, ResultsError
from pocketbench.formats import FORMATS
from pocketbench.model import FRAMEWORKS, Artifact, Job, Measured, Refusal, Variant
from pocketbench.reasons import REASONS, reason_of, skips
from pocketbench.request import Request
from pocketbench.store import Run
from pocketbench.under_way import Going, failed, now, skipped
from pocketbench.worker import Workers


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line adds to a suite.

    Where results go, a run to go on with, seconds for the whole run, flaws that are expected, whether a phone that does not answer may be restarted,
    an APK to take instead of one that is built, whether the app stays on phones that did not have it.
    """

    results: Path
    resume: str = ""
    budget_s: float = 0.0
    allow: tuple[str, ...] = ()
    may_restart: bool = False
    apk: Path | None = None
    keep_app: bool = False


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
            allow = frozenset(wishes.allow)
            going = Going(request, folder, jobs, finished, models, workers, listen, deadline, allow, may_restart=wishes.may_restart, keep_app=wishes.keep_app)
            _carry_out(going, variants, wishes.apk)
    return events.RunEnded(str(folder.folder), **_counted(folder))


def _carry_out(going: Going, variants: Sequence[Variant], apk: Path | None) -> None:
    """Write the skips, convert, build the app where a job needs it, measure."""
    for skip in going.request.plan.skips:
        if skip.job.id not in going.finished:
            skipped(going, skip.job, skip.device_kind, skip.refusal)
    artifacts = _convert(going, variants)
    going.workers.rest()
    if any(needs_app(job) for job in going.jobs):
        going.apk = apk or _built(going)
    queues.measure_all(artifacts, going)


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
    runtimes = [engine.package for engine in ENGINES if engine.package and not engine.environment]
    here = ((adapter, name) for adapter in FORMATS for name in FRAMEWORKS if not toolchains.TOOLCHAINS.get(adapter.toolchain(name)).own)
    packages = ["pocketbench", "numpy", *(package for adapter, name in here for package in adapter.packages(name)), *runtimes]
    return store.create(
        wishes.results, suite_text=request.wished.text, suite_name=request.wished.suite.suite.name, versions=toolchains.versions(dict.fromkeys(packages)),
        host=devices.find("host").facts(), commit=_commit(), devices=_facts(request.devices),
        planned=[*(job.id for job in request.plan.jobs), *(skip.job.id for skip in request.plan.skips)], asked=(request.names, request.only),
    )  # fmt: skip


def _facts(named: Sequence[Device]) -> dict[str, devices.Facts]:
    """What each device is; of one that does not answer, its kind. Raises DeviceError where none answers."""
    told: dict[str, devices.Facts] = {}
    silent: list[PocketbenchError] = []
    for device in named:
        try:
            told[device.name] = {"kind": device.kind, **device.facts()}
        except PocketbenchError as error:
            silent.append(error)
            told[device.name] = {"kind": device.kind}
    if len(silent) == len(named):
        raise silent[0]
    return told


def _convert(going: Going, variants: Sequence[Variant]) -> dict[Variant, Artifact | None]:
    """Convert and check variants until the run's time is spent; one that cannot be made is None and fails its jobs."""
    found: dict[Variant, Artifact | None] = {}
    kinds = {device.name: device.kind for device in going.request.devices}
    for variant, made in convert.each(variants, going.models, going.workers, going.listen):
        if isinstance(made, Artifact):
            store.append(going.run, made)
            found[variant] = made
        else:
            found[variant], began = None, now()
            for job in (job for job in going.jobs if job.variant == variant):
                _not_converted(going, job, kinds[job.device], made, began)
        if going.late:
            break
    return found


def _built(going: Going) -> Path | Refusal:
    """The Android app, built or found in the cache; why it cannot be built."""
    from pocketbench import app_build

    going.listen(events.AppBuilding())
    try:
        return app_build.build().path
    except PocketbenchError as error:
        return Refusal(
            "admit", "toolchain-missing", f"the Android app cannot be built: {error.message}", error.hint or "run … --apk APK takes one that is built"
        )


def _not_converted(going: Going, job: Job, kind: str, error: Exception, began: str) -> None:
    """Write the record of a job whose file cannot be had: a skip where the reason says that there was nothing to try."""
    reason = reason_of(error)
    if isinstance(error, PocketbenchError) and skips(error):
        skipped(going, job, kind, Refusal("convert", reason, error.message, error.hint))
    else:
        failed(going, job, kind, "convert", error, began)


def _counted(folder: Run) -> dict[str, int]:
    """How many jobs of each status the run now holds."""
    statuses = ["ok" if isinstance(record, Measured) else record.status for record in store.read(folder).records.values()]
    return {status: statuses.count(status) for status in ("ok", "failed", "skipped")}


def _commit() -> str:
    """The commit of the folder the run was started in, "" outside a git checkout."""
    try:
        said = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""

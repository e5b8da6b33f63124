"""The jobs of a run measured: devices side by side, each with its jobs one after another, and simulated ones when this computer has measured its own."""

import functools
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import msgspec

from pocketbench import cache, environments, events, measure, orders, pages, served, stats, store, suite, waiting
from pocketbench.admit import admit
from pocketbench.devices import CarriesApp, Device, Elsewhere, adb_app_parts
from pocketbench.engines import APP, ENGINES, Engine, needs_app
from pocketbench.errors import CacheError, DeviceError, PocketbenchError, ProtocolError, Refused, ToolchainMissing
from pocketbench.model import AppInstalled, Artifact, Job, Refusal, Variant
from pocketbench.together import together
from pocketbench.under_way import Going, failed, now, skipped

NODE = "node"

Artifacts = dict[Variant, Artifact | None]


def measure_all(artifacts: Artifacts, going: Going) -> None:
    """Measure on all devices at once, simulated ones after the others. An error that is no job's, or Ctrl-C, ends what every device is at."""
    devices = [device for device in going.request.devices if any(job.device == device.name for job in going.jobs)]
    rounds = _queues([device for device in devices if not _simulated(device)]), _queues([device for device in devices if _simulated(device)])
    told = sum(map(len, rounds)) > 1
    for queues in rounds:
        together([functools.partial(_queue, queue, artifacts, going, told=told) for queue in queues], functools.partial(_give_up, going))


def _simulated(device: Device) -> bool:
    """Whether it is a program of this computer, which would disturb what is measured here; its own times mean nothing."""
    return device.kind == "simulated"


def _queues(devices: Sequence[Device]) -> list[list[Device]]:
    """Side by side those that do not disturb each other: the browser is this computer, too."""
    queues: dict[str, list[Device]] = {}
    for device in devices:
        queues.setdefault(_place(device), []).append(device)
    return list(queues.values())


def _place(device: Device) -> str:
    """What is measured on by one at a time."""
    return "host" if device.kind == "browser" else device.name


def _queue(queue: Sequence[Device], artifacts: Artifacts, going: Going, *, told: bool) -> None:
    """Measure on one device after another; ``told`` where others go on beside them."""
    for device in queue:
        _measure_on(device, artifacts, going, told=told)


def _give_up(going: Going) -> None:
    """Let every device end what it is at."""
    going.stopped.set()
    for device in going.request.devices:
        device.give_up()


def _measure_on(device: Device, artifacts: Artifacts, going: Going, *, told: bool) -> None:
    """Measure the jobs of one device, one after another, while nobody else measures on it, and leave it as it was found."""
    jobs = [job for job in going.jobs if job.device == device.name]
    visit = device.held(going.listen, may_restart=going.may_restart) if isinstance(device, Elsewhere) else nullcontext()
    with cache.alone(_place(device), waiting=lambda: going.listen(events.DeviceBusy(device.name)), given_up=going.stopped.is_set), visit:
        if told:
            going.listen(events.DeviceStarted(device.name, len(jobs)))
        _each_on(device, jobs, artifacts, going)


def _each_on(device: Device, jobs: Sequence[Job], artifacts: Artifacts, going: Going) -> None:
    """Measure the jobs of one device; those that the run's time does not reach are skips that can be resumed. One that does not answer fails them all."""
    try:
        facts = device.facts()
    except PocketbenchError as error:
        for job in jobs:
            failed(going, job, device.kind, "measure", error, now())
        return
    doorkeeper = waiting.Doorkeeper(device, going.request.wished.suite.gate, going.listen, until=going.deadline)
    for job in jobs:
        artifact = artifacts.get(job.variant)
        if going.stopped.is_set() or (artifact is None and job.variant in artifacts):
            continue  # it failed already
        refusal = admit(job, artifact.anatomy, facts) if artifact else None
        if refusal:
            skipped(going, job, device.kind, refusal, artifact)
        elif artifact is None or going.late:
            spent = Refusal("measure", "budget-spent", "the time given to the whole run was spent before this job", f"--resume {going.run.id} goes on")
            skipped(going, job, device.kind, spent, artifact)
        elif lacking := device.lacking or served.lacking(job, device) or _lacking(going, job, device):
            _not_begun(going, device, job, lacking, artifact)
        elif kept_out := doorkeeper.refusal():
            skipped(going, job, device.kind, kept_out, artifact)
        else:
            _measured(going, device, job, artifact)


def _not_begun(going: Going, device: Device, job: Job, lacking: Refusal, artifact: Artifact) -> None:
    """Write the record of a job for which something is lacking: a skip, but where bringing it was tried and the device would not have it."""
    if lacking.reason == "device-refused":
        failed(going, job, device.kind, lacking.stage, Refused(lacking.reason, lacking.message, hint=lacking.hint), now(), artifact.key)
    else:
        skipped(going, job, device.kind, lacking, artifact)


def _lacking(going: Going, job: Job, device: Device) -> Refusal | None:
    """Why what the job needs besides cannot be had, on this computer an environment or Node.js; None where it is there, made now or earlier."""
    engine = ENGINES.get(job.engine)
    if needs_app(job) and ((lacking := _lacking_app(going, device)) or job.runner == APP):
        return lacking
    if isinstance(device, Elsewhere):
        return _lacking_there(device, engine)
    name = NODE if job.runner == NODE else engine.environment
    if not name or device.kind != "host":
        return None
    if name not in going.environments:
        try:
            _make_ready(name, going.listen)
        except ToolchainMissing as error:
            going.environments[name] = Refusal("admit", "toolchain-missing", error.message, error.hint)
        else:
            going.environments[name] = None
    return going.environments[name]


def _make_ready(name: str, listen: events.Listener) -> None:
    """Make an engine's own environment, or what Node.js runs. Raises ToolchainMissing."""
    if name == NODE:
        pages.folder()
        pages.node()
        return
    if not environments.is_made(name):
        listen(events.EnvironmentMaking(name))
    environments.python_of(name)


def _lacking_there(device: Elsewhere, engine: Engine) -> Refusal | None:
    """Why an engine cannot run on a device that is elsewhere; None too where the look fails there, which its first order says better."""
    try:
        return device.lacks(engine.name, engine.package)
    except (DeviceError, ProtocolError, Refused):
        return None


def _lacking_app(going: Going, device: Device) -> Refusal | None:
    """Why the Android app cannot be had on a device; None too where the device does not answer, which its first order says better."""
    if not isinstance(going.apk, Path):
        return going.apk or Refusal("admit", "no-runner", "nobody has brought the app")
    if not isinstance(device, CarriesApp):
        return Refusal("admit", "no-runner", f"{device.name} takes no app")
    try:
        refused = device.bring(going.apk, keep=going.keep_app)
    except DeviceError:
        return None
    if refused is None and device.name not in going.with_app:
        _write_down(going, device, going.apk)
    return refused


def _write_down(going: Going, device: Device, apk: Path) -> None:
    """Write down what the app weighs that a device has now, once."""
    going.with_app.add(device.name)
    weighed = adb_app_parts.read(apk, str(device.facts().get("abis", "")))
    store.append(going.run, AppInstalled(store.SCHEMA, device.name, device.kind, weighed.sha256, weighed.size_bytes, weighed.abi, weighed.parts))


def _measured(going: Going, device: Device, job: Job, artifact: Artifact) -> None:
    """Measure one job and write its record, whatever comes of it."""
    going.listen(events.JobStarted(job.id))
    model, wish = going.models[job.variant.model, job.variant.framework], going.request.wished.suite.measure
    bench = orders.Bench(job, Path(artifact.path), artifact.anatomy, model.source, model.rows, device, suite.seconds(wish.deadline), going.stopped)
    effort = measure.Effort(wish.processes, suite.seconds(wish.budget), suite.share(wish.precision))
    yardstick = measure.Yardstick(model.outputs(), model.classes, model.scorer(going.request.wished.base, going.workers), model.wish.data.score)
    began = now()
    try:
        record = measure.measure(bench, artifact, yardstick, effort)
    except CacheError:
        raise
    except (PocketbenchError, OSError) as error:
        if not going.stopped.is_set():
            failed(going, job, device.kind, "measure", error, began, artifact.key)
        return
    store.append(going.run, msgspec.structs.replace(record, allowed=tuple(flaw for flaw in record.flaws if flaw in going.allow)))
    blocks = measure.steady(record.measurements)
    median = stats.summarise(blocks).median if blocks else None
    going.listen(events.JobEnded(job.id, "ok", record.seconds, median, flaws=record.flaws))

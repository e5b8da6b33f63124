"""Orders made and carried out: the files of one order laid into a folder, its report read back."""

import os
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import msgspec

from pocketbench import cache, protocol, tensors
from pocketbench.devices import Carried, Device, Serves
from pocketbench.engines import ENGINES, options
from pocketbench.errors import DeviceError, DeviceSilent, PocketbenchError, Refused
from pocketbench.model import Anatomy, Job, Rows, Source
from pocketbench.protocol import Order, Phase, Report, Serving

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# What is said to a service that runs, given its order, what it says of itself and what connects to it.
Talk = Callable[[Order, Serving, Callable[[], socket.socket]], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the orders of one job are made of. ``model`` is the artifact, a file or a folder; ``deadline_s`` ends one process.

    Once ``stopped`` is set no order is begun.
    """

    job: Job
    model: Path
    anatomy: Anatomy
    source: Source
    rows: Rows
    device: Device
    deadline_s: float
    stopped: Event = field(default_factory=Event)


@contextmanager
def laid_out(bench: Bench) -> Iterator[Path]:
    """Give a folder with the model and the scoring rows as raw tensors, and remove it afterwards."""
    with cache.scratch() as folder:
        _link(bench.model, folder / f"model{bench.model.suffix}")
        tensors.write_inputs(scoring_inputs(bench), bench.anatomy.inputs, folder)
        yield folder


def scoring_inputs(bench: Bench) -> list["Array"]:
    """The scoring rows, one memory-mapped array an input. Raises Refused when the artifact has another number of inputs than its source."""
    import numpy as np

    wanted, found = len(bench.source.inputs), len(bench.anatomy.inputs)
    if wanted != found:
        raise Refused("shape-mismatch", f"the source has {wanted} inputs, the artifact {found}")
    return [np.load(Path(bench.rows.folder) / f"scoring-x{index}.npy", mmap_mode="r", allow_pickle=False) for index in range(wanted)]


def carry(bench: Bench, folder: Path, kind: str, *, phases: tuple[Phase, ...] = (), batch: int = 1) -> Report:
    """Carry out one order in a folder that :func:`laid_out` gave. Raises Refused with the runner's reason, and DeviceError."""
    _begin(bench, folder)
    order = of(bench, kind, phases, batch)
    return read(bench.device.carry(order, folder, bench.deadline_s, environment=ENGINES.get(order.engine).environment, runner=bench.job.runner), order)


def serve(bench: Bench, folder: Path, transport: str, talk: Talk) -> Report:
    """Carry out an order to serve, and ``talk`` to the service. Raises Refused with the runner's reason or for want of a way, and DeviceError."""
    if not isinstance(bench.device, Serves):
        raise Refused("no-runner", f"services on {bench.device.name} are not reached from here", hint='serve = ["off"] measures without', beforehand=True)
    _begin(bench, folder)
    order = msgspec.structs.replace(of(bench, "serve", (Phase("load"),), 1), serve=transport)
    failed: list[Exception] = []

    def ask(serving: Serving, connect: Callable[[], socket.socket]) -> bool:
        failed.clear()  # a device that was brought back runs the service again
        try:
            talk(order, serving, connect)
        except (PocketbenchError, OSError) as error:
            failed.append(error)
        return not failed

    environment = ENGINES.get(order.engine).environment
    try:
        carried = bench.device.serve(order, folder, bench.deadline_s, ask, environment=environment, runner=bench.job.runner)
    except DeviceSilent as error:
        raise (failed or [error])[0] from error
    return read(carried, order, failed)


def _begin(bench: Bench, folder: Path) -> None:
    """Remove what an order before has reported. Raises DeviceError where nothing more is to be measured."""
    if bench.stopped.is_set():
        raise DeviceError(f"{bench.device.name}: given up")
    (folder / protocol.REPORT).unlink(missing_ok=True)


def read(carried: Carried, order: Order, failed: Sequence[Exception] = ()) -> Report:
    """Read what came of an order. Raises Refused: the runner's own reason comes before what ``failed`` on this side, and that before its end without a word."""
    report = protocol.read_report(carried.report, order) if carried.report else None
    if report is not None and isinstance(report.end, protocol.FailedOrder):
        raise Refused(report.end.reason, f"{report.end.stage}: {report.end.message}", log=carried.log)
    if failed:
        raise failed[0]
    if report is None or report.end is None:
        raise Refused("crashed", f"the runner ended ({carried.ended}) without a last line", log=carried.log)
    return report


def of(bench: Bench, kind: str, phases: tuple[Phase, ...], batch: int) -> Order:
    """The order of one process."""
    job, anatomy = bench.job, bench.anatomy
    of_engine = {key: value for key, value in job.options.items() if key in options(ENGINES.get(job.engine), job.runner)}
    return Order(
        protocol=protocol.PROTOCOL, order=secrets.token_hex(8), kind=kind, engine=job.engine, model=f"model{bench.model.suffix}",
        accelerator=job.accelerator, threads=job.threads, options=of_engine, rows=bench.rows.scoring,
        inputs=tensors.files("input", anatomy.inputs), outputs=tensors.files("output", anatomy.outputs),
        phases=phases, batch=batch, stateful=anatomy.stateful,
    )  # fmt: skip


def outputs(bench: Bench, folder: Path) -> tuple[list["Array"], Report]:
    """Run every scoring row; return real-valued outputs, each of shape (rows, …), and the report."""
    report = carry(bench, folder, "outputs")
    return tensors.read_outputs(bench.anatomy.outputs, bench.rows.scoring, folder), report


def _link(model: Path, place: Path) -> None:
    """Put the model, a file or a folder of files, into the folder without copying it where the file system can."""
    if model.is_dir():
        shutil.copytree(model, place, copy_function=link_file)
    else:
        link_file(model, place)


def link_file(file: str | Path, place: str | Path) -> None:
    """Give a file a second name, or copy it where there can be none."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)

"""An artifact checked: run once over the scoring rows on this computer, and what it computes compared with its source."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from pocketbench import cache, engines, orders, pages, scores, toolchains
from pocketbench.devices import Device
from pocketbench.devices.browser import Browser
from pocketbench.devices.host import Host
from pocketbench.engines import ENGINES, Engine
from pocketbench.errors import DeviceError, Refused, ToolchainMissing
from pocketbench.model import Agreement, Anatomy, Job, Variant
from pocketbench.opened import Opened
from pocketbench.orders import Bench

DEADLINE_S = 900.0


class Checker(msgspec.Struct, frozen=True):
    """Who checks: an engine, on an accelerator of a device, through one of its runners."""

    engine: Engine
    device: Device
    runner: str
    accelerator: str


def check(variant: Variant, opened: Opened, key: str, file: Path, anatomy: Anatomy, *, force: bool) -> Agreement | None:
    """Run an artifact over the scoring rows on this computer; None when no engine here reads the format or this file.

    Where one that could check it does not answer, the next one does; DeviceError is raised when the last does not.
    """
    lost: DeviceError | None = None
    for checker in _checkers(variant, anatomy):
        try:
            return _checked(variant, opened, key, file, anatomy, checker, force=force)
        except (Refused, ToolchainMissing):
            lost = None
        except DeviceError as error:
            lost = error
    if lost:
        raise lost
    return None


def _checked(variant: Variant, opened: Opened, key: str, file: Path, anatomy: Anatomy, checker: Checker, *, force: bool) -> Agreement:
    """Let one checker compare; what it found is kept."""

    def make(folder: Path) -> None:
        cache.keep(folder / "check.json", _agreement(variant, opened, file, anatomy, checker))

    folder, _ = cache.made("checks", _key(opened, key, checker), make, force=force)
    return cache.kept(folder / "check.json", Agreement)


def _checkers(variant: Variant, anatomy: Anatomy) -> Iterator[Checker]:
    """The engines that read it on this computer itself, then those of pages: in its browser where there is one, else in Node.js; the fastest first."""
    for make, runner, accelerators in ((Host, "python", ("cpu",)), (Browser, "web", ("wasm", "cpu")), (Host, "node", ("wasm", "cpu"))):
        able = [engine for engine in ENGINES if engines.can_read(engine, variant) and runner in engine.runners]
        device: Device = make()
        if able and device.lacking is None:
            tried = ((engine, accelerator) for engine in able[:1] for accelerator in accelerators if not engine.refuses(anatomy, accelerator, {}))
            yield from (Checker(engine, device, runner, accelerator) for engine, accelerator in tried)


def _key(opened: Opened, artifact: str, checker: Checker) -> str:
    """What a check depends on."""
    parts = {"artifact": artifact, "rows": opened.rows.key, "classes": opened.classes, "engine": checker.engine.name}
    where = {} if checker.runner == "python" else {"accelerator": checker.accelerator, "runner": checker.runner, "page": pages.key()}
    where |= {"browser": str(checker.device.facts()["browser"])} if checker.runner == "web" else {}
    return cache.key_of({**parts, **where, "versions": toolchains.versions((checker.engine.package,))})


def _agreement(variant: Variant, opened: Opened, file: Path, anatomy: Anatomy, checker: Checker) -> Agreement:
    """Compare the artifact's outputs with the source's."""
    defaults = {name: values[0] for name, values in checker.engine.options.items()}
    job = Job(variant, checker.runner, checker.engine.name, checker.accelerator, 1, checker.device.name, defaults)
    bench = Bench(job, file, anatomy, opened.source, opened.rows, checker.device, DEADLINE_S)
    with orders.laid_out(bench) as folder:
        arrays, _ = orders.outputs(bench, folder)
    return scores.agreement(arrays, opened.outputs(), opened.classes)

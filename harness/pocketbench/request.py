"""What is asked for: a suite, or a model without one, brought together with devices. Plan, convert and run begin with it."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pocketbench import devices, init, suite, toolchains
from pocketbench.devices import Device, Joins, absent, known
from pocketbench.devices.absent import Absent
from pocketbench.devices.known import Known
from pocketbench.errors import DeviceError, SuiteError
from pocketbench.formats import FORMATS
from pocketbench.model import FRAMEWORKS
from pocketbench.plan import Place, Plan, plan
from pocketbench.registry import nearest
from pocketbench.suite import SuiteFile


@dataclass(frozen=True, slots=True)
class Request:
    """A suite, the devices it is for, and the plan; the words that named the devices, and those that left jobs out."""

    wished: SuiteFile
    devices: tuple[Device, ...]
    plan: Plan
    names: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def of_file(file: Path, names: Sequence[str], *, only: Sequence[str] = (), trust: bool = False) -> Request:
    """Plan a suite file. Raises SuiteError, SourceError or DeviceError."""
    return of_suite(suite.read(file), names, only=only, trust=trust)


def of_target(target: str, names: Sequence[str], *, only: Sequence[str] = (), trust: bool = False) -> Request:
    """Plan a suite file when ``target`` ends in ``.toml``, else a model without a suite."""
    if target.endswith(".toml"):
        return of_file(Path(target), names, only=only, trust=trust)
    return of_suite(suite.parse(init.text(target), file=f"the suite for {target}", base=Path.cwd()), names, only=only, trust=trust)


def of_suite(wished: SuiteFile, names: Sequence[str], *, only: Sequence[str] = (), trust: bool = False) -> Request:
    """Plan a suite for the devices named, or for the host; ``trust`` lets pickled models be opened. Raises SuiteError when ``only`` leaves nothing."""
    found = _apart(_opened(tuple(dict.fromkeys(names or ("host",)))))
    places = [_place(device) for device in found]
    planned = plan(wished, places, lacking=_lacking(), only=only, narrowed=bool(names))
    if only and not planned.jobs and not planned.skips:
        raise SuiteError(f"--only {' --only '.join(map(repr, only))} matches no job of {wished.file}", hint=_meant(wished, places, only))
    return Request(msgspec.structs.replace(wished, trust=trust), found, planned, tuple(names), tuple(only))


def _place(device: Device) -> Place:
    """A device as the planner knows it."""
    return Place(device.name, device.kind, device.runners)


def _opened(names: Sequence[str]) -> list[Device]:
    """Open the devices; one that is away has a place all the same, where another one is there. Raises DeviceError otherwise."""
    found = [_open(name) for name in names]
    away = [device for device in found if isinstance(device, Absent)]
    if len(away) == len(found):
        raise away[0].why
    return found


def _open(name: str) -> Device:
    """Open a device, or what stands for it while it is away. Raises DeviceError for one that cannot be meant or must be let in by somebody."""
    try:
        device = devices.find(name)
        found = Known(device.name, device.kind, device.runners)
    except DeviceError as error:
        if not absent.may_come_back(error):
            raise
        return Absent(known.recall(name), error)
    known.remember(name, found)
    return device


def _apart(opened: list[Device]) -> tuple[Device, ...]:
    """The devices, two ways of one phone as one; two others of one name are refused: their rows could not be told apart."""
    found: list[Device] = []
    for device in opened:
        pairs = ((other, _joined(device, other)) for other in found if other.name == device.name)
        other, joined = next(((other, joined) for other, joined in pairs if joined), (None, None))
        found = [joined if joined and one is other else one for one in found] if joined else [*found, device]
    names = [device.name for device in found]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        message = f"{' and '.join(doubled)}: named twice, or two devices with one serial number"
        raise DeviceError(message, hint="run them one after the other, each into a run of its own")
    return tuple(found)


def _joined(device: Device, other: Device) -> Device | None:
    """The one device that both are ways of; None where they are two."""
    ways = (one.joined(two) for one, two in ((device, other), (other, device)) if isinstance(one, Joins))
    return next((one for one in ways if one), None)


def _lacking() -> dict[tuple[str, str], str]:
    """The frameworks and formats whose lanes are not installed, each pair with the line to type."""
    ways = [(framework, adapter) for framework in FRAMEWORKS for adapter in FORMATS if adapter.routes(framework)]
    lanes = {(framework, adapter.name): toolchains.TOOLCHAINS.get(adapter.toolchain(framework)).lanes for framework, adapter in ways}
    return {way: toolchains.line_to_type(*needed) for way, needed in lanes.items() if toolchains.missing(*needed)}


def _meant(wished: SuiteFile, places: Sequence[Place], only: Sequence[str]) -> str:
    """What to type where ``only`` matches no job here: a device that has such jobs, else what was perhaps misspelt."""
    for name in known.HERE:  # none of these is started by this
        if plan(wished, [_place(devices.find(name))], only=only).jobs:
            return f"such jobs are on another device: --device {name}" + (", or --device adb:SERIAL for a phone" if name == "sim" else "")
    return _segment(only[0], plan(wished, places))


def _segment(only: str, everything: Plan) -> str:
    """The segment of any job that is nearest to the first one of the glob that no job has, else to its last."""
    segments = dict.fromkeys(segment for job in everything.jobs for segment in _segments(job.id))
    wrong = next((part for part in _segments(only) if not fnmatch.filter(segments, part)), _segments(only)[-1])
    return nearest(wrong, segments) or "pocketbench plan SUITE lists the jobs"


def _segments(text: str) -> list[str]:
    """The segments of a job's id, or of a glob over them."""
    return text.replace("@", "/").split("/")

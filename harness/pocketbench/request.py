"""What is asked for: a suite, or a model without one, brought together with devices. Plan, convert and run begin with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketbench import devices, init, suite, toolchains
from pocketbench.devices import Device
from pocketbench.errors import SuiteError
from pocketbench.formats import FORMATS
from pocketbench.plan import Place, Plan, plan
from pocketbench.registry import nearest
from pocketbench.suite import SuiteFile


@dataclass(frozen=True, slots=True)
class Request:
    """A suite, the devices it is for, and the plan."""

    wished: SuiteFile
    devices: tuple[Device, ...]
    plan: Plan


def of_file(file: Path, names: Sequence[str], *, only: str = "") -> Request:
    """Plan a suite file. Raises SuiteError, SourceError or DeviceError."""
    return of_suite(suite.read(file), names, only=only)


def of_target(target: str, names: Sequence[str], *, only: str = "") -> Request:
    """Plan a suite file when ``target`` ends in ``.toml``, else a model without a suite."""
    if target.endswith(".toml"):
        return of_file(Path(target), names, only=only)
    return of_suite(suite.parse(init.text(target), file=f"the suite for {target}", base=Path.cwd()), names, only=only)


def of_suite(wished: SuiteFile, names: Sequence[str], *, only: str = "") -> Request:
    """Plan a suite for the devices named, or for the host. Raises SuiteError when ``only`` leaves nothing."""
    found = tuple(devices.find(name) for name in dict.fromkeys(names or ("host",)))
    places = [Place(device.name, device.kind, device.runners) for device in found]
    planned = plan(wished, places, lacking=_lacking(), only=only)
    if only and not planned.jobs and not planned.skips:
        raise SuiteError(f"--only {only!r} matches no job of {wished.file}", hint=_segment(only, plan(wished, places)))
    return Request(wished, found, planned)


def _lacking() -> dict[str, str]:
    """The formats whose lane is not installed, each with the line to type."""
    lanes = {adapter.name: toolchains.TOOLCHAINS.get(adapter.toolchain).lane for adapter in FORMATS}
    return {name: toolchains.line_to_type(lane) for name, lane in lanes.items() if toolchains.missing(lane)}


def _segment(only: str, everything: Plan) -> str:
    """The segment of any job that is nearest to the glob's last one."""
    ids = [job.id for job in everything.jobs]
    segments = dict.fromkeys(segment for job in ids for segment in job.replace("@", "/").split("/"))
    return nearest(only.replace("@", "/").rpartition("/")[2], segments) or "pocketbench plan SUITE lists the jobs"

"""A suite, or a model without one, brought together with devices: what plan, convert and run begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketbench import devices, init, suite, toolchains
from pocketbench.devices import Device
from pocketbench.formats import FORMATS
from pocketbench.plan import Place, Plan, plan


@dataclass(frozen=True, slots=True)
class Planned:
    """An opened suite, the devices it is for, and the plan."""

    opened: suite.Opened
    devices: tuple[Device, ...]
    plan: Plan


def of_file(file: Path, names: Sequence[str], *, only: str = "") -> Planned:
    """Plan a suite file. Raises SuiteError, UnknownName or DeviceError."""
    return of_suite(suite.read(file), names, only=only)


def of_target(target: str, names: Sequence[str], *, only: str = "") -> Planned:
    """Plan a suite file when ``target`` ends in ``.toml``, else a model without a suite."""
    if target.endswith(".toml"):
        return of_file(Path(target), names, only=only)
    return of_suite(suite.parse(init.text(target), file=f"the suite for {target}", base=Path.cwd()), names, only=only)


def of_suite(opened: suite.Opened, names: Sequence[str], *, only: str = "") -> Planned:
    """Plan an opened suite for the devices named, or for the host."""
    found = tuple(devices.find(name) for name in dict.fromkeys(names or ("host",)))
    places = [Place(device.name, device.kind, device.runners) for device in found]
    return Planned(opened, found, plan(opened, places, lacking=_lacking(), only=only))


def _lacking() -> dict[str, str]:
    """The formats whose lane is not installed, each with the line to type."""
    return {name: toolchains.line_to_type(name) for name in FORMATS.names() if toolchains.missing(name)}

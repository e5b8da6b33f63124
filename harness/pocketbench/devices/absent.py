"""A device that was named and did not answer when a run began: it has jobs, which fail, and others go on."""

from pathlib import Path

from pocketbench.devices import Carried, Facts
from pocketbench.devices.known import Known
from pocketbench.errors import DeviceError, DeviceSetAside, ServerLost, WireError
from pocketbench.model import Refusal
from pocketbench.protocol import Order


class Absent:
    """What stands for a device that does not answer: known by what it was when it did."""

    lacking: Refusal | None = None

    def __init__(self, known: Known, why: DeviceError) -> None:
        self.name, self.kind, self.runners = known.name, known.kind, known.runners
        self.why = why

    def facts(self) -> Facts:
        """Raises what the device failed with."""
        raise self.why

    def conditions(self) -> Facts:
        """Nothing."""
        return {}

    def carry(self, order: Order, folder: Path, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:  # noqa: ARG002
        """Raises what the device failed with."""
        raise self.why

    def give_up(self) -> None:
        """There is nothing to end."""


def may_come_back(error: DeviceError) -> bool:
    """Whether it is the device that is away, not its name that is wrong or somebody's leave that is missing."""
    return isinstance(error, ServerLost | DeviceSetAside) or (isinstance(error, WireError) and error.transient)

"""What stands beside each other: one run, one model, one device. Nothing is ranked across groups."""

from dataclasses import dataclass

from pocketbench.frames import Outcome, Runs
from pocketbench.model import UNKNOWN


@dataclass(frozen=True, slots=True)
class Group:
    """The outcomes of one run, model and device that have something to show: a measurement, or at least a file."""

    title: str
    model: str
    device: str
    outcomes: tuple[Outcome, ...]

    @property
    def measured(self) -> tuple[Outcome, ...]:
        """Those that ran."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == "ok")

    @property
    def simulated(self) -> bool:
        """Whether everything in it ran on a simulated device."""
        return bool(self.measured) and all(outcome.simulated for outcome in self.measured)


def groups(runs: Runs) -> list[Group]:
    """Sort outcomes into groups, in the order in which they ran."""
    found: dict[tuple[str, str, str], list[Outcome]] = {}
    for outcome in runs.outcomes:
        if outcome.status == "ok" or outcome.artifact:
            found.setdefault((outcome.run, outcome.job.variant.model, outcome.job.device), []).append(outcome)
    several = len(runs.contents) > 1
    return [Group(_title(model, device, run if several else ""), model, device, tuple(outcomes)) for (run, model, device), outcomes in found.items()]


def refused(runs: Runs) -> tuple[list[Outcome], list[Outcome]]:
    """Return what failed and what was skipped."""
    return [one for one in runs.outcomes if one.status == "failed"], [one for one in runs.outcomes if one.status == "skipped"]


def _title(model: str, device: str, run: str) -> str:
    """``digits-cnn on host``, and the run where there are several."""
    place = "not run anywhere" if device == UNKNOWN else f"on {device}"
    return f"{model} {place}" + (f", run {run}" if run else "")

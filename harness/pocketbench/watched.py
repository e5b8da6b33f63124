"""A device while a job was measured on it: what its runner saw around each phase, and the flaws of that. Pure."""

from collections.abc import Mapping, Sequence

from pocketbench import probes, trust
from pocketbench.model import Look
from pocketbench.protocol import Report


def looks(report: Report, order: str, process: int) -> list[Look]:
    """The looks that a runner took while it carried out an order of a kind."""
    return [Look(order, process, line.at, {**probes.reported(line)}) for line in report.conditions]


def flaws(before: Mapping[str, float | str], after: Mapping[str, float | str], taken: Sequence[Look], *, simulated: bool) -> tuple[str, ...]:
    """The flaws of a device's conditions: as the harness saw them before and after the job, and as the runner did in between.

    A simulated phone shows no app, so nothing is said of one that was not in front there.
    """
    inside = [look.conditions for look in taken]
    return (*trust.strained((before, after), inside), *trust.unwatched(inside, shows_apps=not simulated))

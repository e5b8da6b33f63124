"""Where each job stands in the page: exactly one place, so that whatever is counted can be followed to its row."""

from collections.abc import Callable

from pocketbench.frames import Runs
from pocketbench.outcomes import Outcome

Anchor = Callable[[Outcome], str]
TABLE, GRID, REFUSED = "table", "grid", "refused"


def anchors(runs: Runs) -> Anchor:
    """Return what names the place of a job: the id of an element of the page."""
    places = {id(outcome): f"r{number}" for number, outcome in enumerate(runs.outcomes)}
    return lambda outcome: places[id(outcome)]


def place(outcome: Outcome, operations: frozenset[str]) -> str:
    """In which part of the page a job has its place; ``operations`` are the runs whose models are operations."""
    if outcome.run in operations:
        return GRID if outcome.status == "ok" else REFUSED
    return TABLE if outcome.status == "ok" or outcome.artifact else REFUSED

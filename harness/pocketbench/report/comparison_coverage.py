"""Which operations each format has: small models of one operation each, from each framework, through every converter."""

from collections.abc import Sequence
from dataclasses import dataclass

from pocketbench.frames import Runs
from pocketbench.report.comparison_conversions import REFUSED, RIGHT, UNRUN, WRONG, Conversion, best, formats_of, plain

SIGNS = {RIGHT: "✓", WRONG: "≠", UNRUN: "?", REFUSED: "✗"}


@dataclass(frozen=True, slots=True)
class Grid:
    """The operations of one framework, one line each, with what became of it in each of ``formats``: None where it was not tried."""

    framework: str
    formats: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Conversion | None, ...]], ...]

    def column(self, name: str) -> list[Conversion]:
        """What was tried in one format."""
        place = self.formats.index(name) if name in self.formats else None
        return [] if place is None else [one for _, cells in self.lines if (one := cells[place])]


def grids(runs: Runs, operations: Sequence[Conversion]) -> list[Grid]:
    """One grid a framework, of the float files among the conversions of operations, in the order of the suites; none where there are none."""
    tried = plain(operations)
    formats = formats_of(tried)
    order = list(dict.fromkeys(job.partition("/")[0] for one in runs.contents for job in one.facts.planned))
    tried.sort(key=lambda one: order.index(one.variant.model) if one.variant.model in order else len(order))
    return [_grid(framework, formats, tried) for framework in sorted({one.variant.framework for one in tried})]


def right(found: Sequence[Conversion]) -> list[Conversion]:
    """Those that compute what their source computes."""
    return [one for one in found if one.state == RIGHT]


def told(one: Conversion) -> str:
    """A cell in words: what became of the operation, in which form where it is not the usual one, and why it is not right."""
    form = f" in the form {one.variant.form}" if one.variant.form else ""
    return f"{one.variant.model} from {one.variant.framework} in {one.variant.format}{form}: {one.told}"


def _grid(framework: str, formats: tuple[str, ...], tried: Sequence[Conversion]) -> Grid:
    """The lines of one framework: of several forms of a format the one that came furthest."""
    own: dict[tuple[str, str], list[Conversion]] = {}
    for one in tried:
        if one.variant.framework == framework:
            own.setdefault((one.variant.model, one.variant.format), []).append(one)
    models = dict.fromkeys(model for model, _ in own)
    return Grid(framework, formats, tuple((model, tuple(best(own.get((model, name), ())) for name in formats)) for model in models))

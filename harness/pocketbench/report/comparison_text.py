"""The comparison of frameworks as tables of text, for Markdown."""

from collections.abc import Callable, Iterable, Sequence

from pocketbench.frames import Runs
from pocketbench.report.comparison import COLUMNS, Comparison, comparison
from pocketbench.report.comparison_cells import Fact
from pocketbench.report.comparison_conversions import RIGHT
from pocketbench.report.comparison_coverage import SIGNS, Grid, right

# A heading, the columns, the rows; who is given them escapes what is in them.
Section = Callable[[str, Sequence[str], Iterable[Sequence[str]]], str]


def parts(runs: Runs, section: Section) -> list[str]:
    """The comparison in sections; none where there is nothing to compare."""
    found = comparison(runs)
    if found is None:
        return []
    made = [_lines(found, section)] if len(found.lines) > 1 else []
    if found.claims:
        rows = [(claim.text, claim.verdict, "; ".join(claim.measured), claim.rule) for claim in found.claims]
        made.append(section("What a survey says, and what these rows show", ("claim", "verdict", "measured", "rule"), rows))
    return [*made, *(_grid(grid, section) for grid in found.grids)]


def _lines(found: Comparison, section: Section) -> str:
    """The formats beside each other."""
    head = ("deployed as", *(COLUMNS[place] for place in found.columns))
    return section("The formats beside each other", head, [(line.title, *(_cell(line.facts[place]) for place in found.columns)) for line in found.lines])


def _cell(fact: Fact) -> str:
    """A cell with its small print."""
    return f"{fact.text} ({fact.small})" if fact.small else fact.text


def _grid(grid: Grid, section: Section) -> str:
    """The operations of one framework: a sign for each, and why where it is not right."""
    rows = [(name, *("" if one is None else SIGNS[one.state] + (f" {one.why}" if one.state != RIGHT else "") for one in cells)) for name, cells in grid.lines]
    counts = ("right", *(str(len(right(grid.column(name)))) for name in grid.formats))
    return section(f"Operations from {grid.framework}, one model each", ("operation", *grid.formats), [*rows, counts])

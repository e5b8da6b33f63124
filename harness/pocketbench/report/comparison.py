"""The comparison of frameworks: one line a format that models were deployed as, a grid of operations, and a survey's claims beside what was found.

All of it is counted from records; :mod:`pocketbench.report.comparison_conversions` says what counts as tried, made and right.
"""

from dataclasses import dataclass

from pocketbench.frames import Runs
from pocketbench.report import comparison_cells as cells
from pocketbench.report.comparison_cells import NOTHING, Fact
from pocketbench.report.comparison_claims import Claim, claims
from pocketbench.report.comparison_conversions import conversions, formats_of
from pocketbench.report.comparison_coverage import Grid, grids
from pocketbench.report.comparison_routes import Route, routes
from pocketbench.report.comparison_scales import sizes, speeds

# What people call the runtimes that read a format.
TITLES = {
    "tflite": "TensorFlow Lite",
    "tfjs": "TensorFlow.js",
    "torchscript": "PyTorch Mobile",
    "executorch": "ExecuTorch",
    "onnx": "ONNX Runtime",
    "ncnn": "ncnn",
}
COLUMNS = (
    "conversions", "operations from Keras", "operations from torch", "techniques that work", "metadata", "size beside the smallest",
    "time beside the fastest",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One deployment framework: the format's word, what people call it, its cells in the order of :data:`COLUMNS`."""

    format: str
    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of the comparison. ``columns`` are the places of COLUMNS in which some line has something."""

    lines: tuple[Line, ...]
    columns: tuple[int, ...]
    grids: tuple[Grid, ...]
    claims: tuple[Claim, ...]
    routes: tuple[Route, ...]


def comparison(runs: Runs) -> Comparison | None:
    """Compare the formats of some runs; None where there are not two to compare and no operations to show."""
    models, operations = conversions(runs, operations=False), conversions(runs, operations=True)
    shown = grids(runs, operations)
    formats = formats_of((*models, *operations))
    if len(formats) < 2 and not shown:
        return None
    by_framework = {grid.framework: grid for grid in shown}
    big, fast = sizes(models), speeds(models)
    lines = []
    for name in formats:
        own = [one for one in models if one.variant.format == name]
        known = own or [one for one in operations if one.variant.format == name]
        over = [cells.covered(by_framework.get(framework), name) for framework in ("keras", "torch")]
        facts = (cells.converted(own), *over, cells.techniques(own, name), cells.metadata(known, name), big.get(name, NOTHING), fast.get(name, NOTHING))
        lines.append(Line(name, TITLES.get(name, name), facts))
    filled = tuple(place for place in range(len(COLUMNS)) if any(line.facts[place].text for line in lines))
    answered = tuple(claims(models, operations, shown)) if len(formats) > 1 else ()
    return Comparison(tuple(lines), filled, tuple(shown), answered, tuple(routes(models)))

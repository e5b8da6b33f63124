"""How long one inference takes: the distribution of every sample, never a bar of means."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pocketbench import stats
from pocketbench.charts import canvas, words
from pocketbench.outcomes import Outcome

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# A distribution is drawn from so many of its quantiles, evenly spaced: the same picture every time, whatever the number of samples.
QUANTILES = 301
# Beyond this many samples the quantiles are taken from evenly spaced ones of them.
ENOUGH = 50_000
TAIL = 0.005


def draw(outcomes: Sequence[Outcome], subject: str) -> Any:
    """Draw one row a job: its distribution, and below it p5 to p95 and the median with its interval. None without samples."""
    timed = [(outcome, outcome.latency) for outcome in outcomes if outcome.latency]
    if not timed:
        return None
    labels = words.drawn([outcome for outcome, _ in timed])
    shapes = [_quantiles(outcome.blocks) for outcome, _ in timed]
    with canvas.style():
        figure, axes = canvas.rows(
            labels, [_value(summary) for _, summary in timed], "How long is one inference? Left is faster", subject, row=0.52, keyed=True
        )
        ends = [float(end) for shape in shapes for end in (shape[0], shape[-1])]
        canvas.scale(axes, "latency of one inference", "ns", ends)
        for number, (shape, (_, summary)) in enumerate(zip(shapes, timed, strict=True)):
            _ridge(axes, shape, number + 0.76)
            _marks(axes, summary, number + 0.86)
        canvas.key(axes, _legend())
    return figure


def _value(summary: stats.Summary) -> str:
    """The median and its interval in words."""
    if summary.low is None or summary.high is None:
        return f"{words.duration(summary.median)} (one process)"
    return f"{words.duration(summary.median)} [{words.duration(summary.low)}, {words.duration(summary.high)}]"


def _quantiles(blocks: Sequence["Array"]) -> "Array":
    """Evenly spaced quantiles of all samples, without the slowest and fastest half percent."""
    import numpy as np

    pooled = np.concatenate(blocks)
    quantiles: Array = np.quantile(pooled[:: -(-len(pooled) // ENOUGH)], np.linspace(TAIL, 1 - TAIL, QUANTILES))
    return quantiles


def _ridge(axes: Any, shape: "Array", base: float) -> None:
    """Draw a smoothed density over a base line: as high at most as a third of a row."""
    import numpy as np

    logarithmic = axes.get_xscale() == "log"
    points = np.log(np.maximum(shape, 1e-3)) if logarithmic else shape
    # Silverman's rule with the smaller of deviation and interquartile range (Density Estimation, 1986, eq. 3.31), halved so that two humps stay two.
    middle = (np.quantile(points, 0.75) - np.quantile(points, 0.25)) / 1.34
    spread = min(points.std(), middle) or points.std() or abs(points[0]) * 1e-3 or 1e-3
    width = 0.45 * spread * len(points) ** -0.2
    grid = np.linspace(points[0] - 3 * width, points[-1] + 3 * width, 120)
    density = np.exp(-0.5 * ((grid[:, None] - points) / width) ** 2).sum(axis=1)
    axes.fill_between(
        np.exp(grid) if logarithmic else grid, base - 0.36 * density / density.max(), base, facecolor=canvas.SKY, edgecolor=canvas.BLUE, linewidth=0.6
    )


def _marks(axes: Any, summary: stats.Summary, at: float) -> None:
    """Draw p5 to p95 as a thin line, the interval of the median as a thick one, the median as an upright stroke."""
    axes.plot([summary.p5, summary.p95], [at, at], color=canvas.MUTED, linewidth=1, solid_capstyle="butt")
    if summary.low is not None and summary.high is not None:
        axes.plot([summary.low, summary.high], [at, at], color=canvas.VERMILLION, linewidth=4, solid_capstyle="butt")
    axes.plot([summary.median], [at], marker="|", markersize=8, markeredgewidth=1.6, color=canvas.INK)


def _legend() -> list[Any]:
    """The key's entries."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=canvas.SKY, edgecolor=canvas.BLUE, label="samples"),
        Line2D([], [], marker="|", linestyle="", markersize=8, markeredgewidth=1.6, color=canvas.INK, label="median"),
        Line2D([], [], color=canvas.VERMILLION, linewidth=4, label="its 95 % interval"),
        Line2D([], [], color=canvas.MUTED, linewidth=1, label="p5 to p95"),
    ]

"""How many times as long the app takes as the Python way on the same device: one row a pair, the ratio and its interval, beside a line at 1."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pocketbench.beside_app import Pair
from pocketbench.charts import canvas, words

if TYPE_CHECKING:
    from pocketbench.stats import Ratio

# One figure has so many rows.
ROWS = 30
# Ratios are drawn on a logarithmic axis that reaches at least this far either way: twice as long is as far from 1 as half as long.
AROUND = 2.0


def draw(pairs: Sequence[Pair], subject: str) -> list[Any]:
    """Draw the pairs that have a ratio, a further figure for what is beyond :data:`ROWS`; none without any. ``subject`` stands in each title."""
    found = [(pair, pair.ratio) for pair in pairs if pair.ratio]
    return [_figure([(pair, ratio) for pair, ratio in found[start : start + ROWS] if ratio], subject) for start in range(0, len(found), ROWS)]


def name(pair: Pair) -> str:
    """What was measured by which two runtimes: ``int8 keras, gpu: litert, tflite``."""
    job, other = pair.app.job, pair.without.job
    engines = job.engine if job.engine == other.engine else f"{other.engine}, {job.engine}"
    return words.clean(f"{words.form(job.variant)} {job.variant.framework}, {job.accelerator}: {engines}", 46)


def _figure(found: Sequence[tuple[Pair, "Ratio"]], subject: str) -> Any:
    """One figure."""
    with canvas.style():
        title = "How much longer does it take in the app?"
        figure, axes = canvas.rows([name(pair) for pair, _ in found], [_value(ratio) for _, ratio in found], title, subject, row=0.4, keyed=True)
        _axis(axes, [end for _, ratio in found for end in (ratio.value, ratio.low, ratio.high) if end])
        axes.axvline(1, color=canvas.MUTED, linewidth=1)
        for number, (_, ratio) in enumerate(found):
            if ratio.low is not None and ratio.high is not None:
                axes.plot([ratio.low, ratio.high], [number + 0.68] * 2, color=canvas.VERMILLION, linewidth=4, solid_capstyle="butt")
            axes.plot([ratio.value], [number + 0.68], marker="|", markersize=8, markeredgewidth=1.6, color=canvas.INK)
        canvas.key(axes, _legend())
    return figure


def _value(ratio: "Ratio") -> str:
    """The ratio and its interval in words."""
    interval = "" if ratio.low is None or ratio.high is None else f" [{ratio.low:.2f}, {ratio.high:.2f}]"
    return f"× {ratio.value:.2f}{interval}"


def _axis(axes: Any, ends: Sequence[float]) -> None:
    """A logarithmic axis around 1, marked at powers of two or, where it is long, of ten."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    reach = min(1e4, max([AROUND, *(max(end, 1 / end) for end in ends if math.isfinite(end))]) * 1.15)
    base = 2 if reach < 40 else 10
    most = math.floor(math.log(reach, base))
    axes.set_xscale("log")
    axes.set_xlim(1 / reach, reach)
    axes.xaxis.set_major_locator(FixedLocator([float(base) ** power for power in range(-most, most + 1)]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"× {value:g}" if value >= 1 else f"× 1/{1 / value:g}"))
    axes.set_xlabel("the app's median by Python's, logarithmic; left: the app is faster")


def _legend() -> list[Any]:
    """The key's entries."""
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], marker="|", linestyle="", markersize=8, markeredgewidth=1.6, color=canvas.INK, label="ratio of the medians"),
        Line2D([], [], color=canvas.VERMILLION, linewidth=4, label="its 95 % interval"),
    ]

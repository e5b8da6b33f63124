"""How much was fused: the number of operations before and after conversion."""

from collections.abc import Sequence
from typing import Any

from pocketbench.charts import canvas, words
from pocketbench.model import SOURCE
from pocketbench.outcomes import Outcome


def draw(outcomes: Sequence[Outcome], subject: str) -> Any:
    """Draw one row an artifact that was converted: operations of the source and of the file. None when no artifact knows both."""
    artifacts, labels = words.artifacts([one for one in outcomes if one.job.variant.format != SOURCE])
    found = [(sum(one.source_operations.values()), sum(one.anatomy.operations.values()), label) for one, label in zip(artifacts, labels, strict=True)]
    found = [item for item in found if item[0] and item[1]]
    if not found:
        return None
    with canvas.style():
        values = [f"{before} → {after}" for before, after, _ in found]
        figure, axes = canvas.rows([label for _, _, label in found], values, "What was fused? Operations before and after", subject, keyed=True)
        for number, (before, after, _) in enumerate(found):
            axes.annotate(
                "", (after, number + 0.68), (before, number + 0.68), arrowprops={"arrowstyle": "->", "color": canvas.MUTED, "shrinkA": 3, "shrinkB": 3}
            )
            axes.plot([before], [number + 0.68], **_BEFORE)
            axes.plot([after], [number + 0.68], **_AFTER)
        axes.set_xlim(0, 1.06 * max(max(before, after) for before, after, _ in found))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel("operations in the inference graph")
        canvas.key(axes, _legend())
    return figure


def _legend() -> list[Any]:
    """The key's entries."""
    from matplotlib.lines import Line2D

    return [Line2D([], [], label="source", **_BEFORE), Line2D([], [], label="converted file", **_AFTER)]


_BEFORE: dict[str, Any] = {
    "marker": "o",
    "linestyle": "",
    "markersize": 6,
    "markerfacecolor": canvas.PAPER,
    "markeredgecolor": canvas.ORANGE,
    "markeredgewidth": 1.5,
}
_AFTER: dict[str, Any] = {"marker": "s", "linestyle": "", "markersize": 5.5, "color": canvas.BLUE}

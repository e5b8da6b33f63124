"""How big each file is, raw and zipped."""

from collections.abc import Sequence
from typing import Any

from pocketbench.charts import canvas, words
from pocketbench.outcomes import Outcome


def draw(outcomes: Sequence[Outcome], subject: str) -> Any:
    """Draw one row an artifact: a bar for the file and, inside it, one for its zip. None without artifacts."""
    from matplotlib.patches import Patch

    artifacts, labels = words.artifacts(outcomes)
    if not artifacts:
        return None
    raw = [one.anatomy.size_bytes for one in artifacts]
    zipped = [one.anatomy.zip_bytes for one in artifacts]
    values = [f"{words.amount(size)} · {words.amount(small)} zipped" for size, small in zip(raw, zipped, strict=True)]
    with canvas.style():
        figure, axes = canvas.rows(labels, values, "How big is each file? Shorter is smaller", subject, keyed=True)
        at = [number + 0.68 for number in range(len(raw))]
        axes.barh(at, raw, height=0.38, color=canvas.SKY, edgecolor=canvas.BLUE, linewidth=0.8)
        axes.barh(at, zipped, height=0.16, color=canvas.INK)
        axes.set_xlim(0, max(raw) * 1.02)
        canvas.scale(axes, "size", "byte", [])
        canvas.key(axes, [Patch(facecolor=canvas.SKY, edgecolor=canvas.BLUE, label="the file"), Patch(facecolor=canvas.INK, label="zipped (deflate, level 9)")])
    return figure

"""How long until the first answer: loading the file, then the first inference."""

from collections.abc import Sequence
from typing import Any

from pocketbench.charts import canvas, words
from pocketbench.outcomes import Outcome


def draw(outcomes: Sequence[Outcome], subject: str) -> Any:
    """Draw one row a job: medians over processes of loading and of the first inference. None when neither was measured."""
    found = [(outcome, outcome.median("load"), outcome.median("first")) for outcome in outcomes]
    found = [item for item in found if item[1] is not None or item[2] is not None]
    if not found:
        return None
    labels = words.drawn([outcome for outcome, _, _ in found])
    with canvas.style():
        figure, axes = canvas.rows(labels, [_value(load, first) for _, load, first in found], "When is the first answer? Left is sooner", subject, keyed=True)
        times = [time for _, load, first in found for time in (load, first) if time is not None]
        canvas.scale(axes, "time, median over processes", "ns", times)
        for number, (_, load, first) in enumerate(found):
            _pair(axes, load, first, number + 0.68)
        canvas.key(axes, _legend())
    return figure


def _value(load: float | None, first: float | None) -> str:
    """Both times in words."""
    parts = [f"{name} {words.duration(time)}" for name, time in (("load", load), ("first", first)) if time is not None]
    return " · ".join(parts)


def _pair(axes: Any, load: float | None, first: float | None, at: float) -> None:
    """Draw both marks and a line between them."""
    if load is not None and first is not None:
        axes.plot([load, first], [at, at], color=canvas.MUTED, linewidth=1)
    if load is not None:
        axes.plot([load], [at], **_LOAD)
    if first is not None:
        axes.plot([first], [at], **_FIRST)


def _legend() -> list[Any]:
    """The key's entries."""
    from matplotlib.lines import Line2D

    return [Line2D([], [], label="load the file", **_LOAD), Line2D([], [], label="first inference", **_FIRST)]


_LOAD: dict[str, Any] = {"marker": "s", "linestyle": "", "markersize": 6, "color": canvas.BLUE}
_FIRST: dict[str, Any] = {"marker": "^", "linestyle": "", "markersize": 6.5, "color": canvas.VERMILLION}

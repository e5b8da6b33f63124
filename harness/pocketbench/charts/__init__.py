"""Charts: outcomes to matplotlib figures. One figure a file; each returns a Figure, or None when there is nothing to draw.

Every function takes the outcomes of one group (one run, model and device: like beside like). Figures are made without
pyplot, so drawing leaves no state behind. Colours are Okabe and Ito's, and no meaning rests on colour alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

from pocketbench.charts import beside, canvas, inside, latency, loading, operations, size, tradeoff, words
from pocketbench.model import Measured
from pocketbench.outcomes import Outcome

__all__ = ["CHARTS", "TIMES", "beside", "draw", "svg"]

Chart = Callable[[Sequence[Outcome], str], Any]

# Those that draw times.
TIMES: tuple[Chart, ...] = (latency.draw, loading.draw)
# In the order of the report; the number is how many rows one figure may have.
CHARTS: tuple[tuple[Chart, int], ...] = (
    (tradeoff.draw, 0),
    (latency.draw, 30),
    (size.draw, 40),
    (loading.draw, 40),
    (inside.draw, 40),
    (operations.draw, 40),
)


def draw(outcomes: Sequence[Outcome], subject: str) -> list[Any]:
    """Draw every chart that has something to show; long lists go on in a further figure. ``subject`` stands in each title."""
    figures = []
    if any(outcome.wrong for outcome in outcomes):
        subject += f" ·{words.DAGGER} computes something else than its source"
    for chart, rows in CHARTS:
        for part, title in _apart(outcomes, subject) if chart in TIMES else [(outcomes, subject)]:
            pages = _pages(part, rows)
            for number, page in enumerate(pages, 1):
                figure = chart(page, title if len(pages) == 1 else f"{title} ({number} of {len(pages)})")
                if figure is not None:
                    figures.append(figure)
    return figures


def svg(figure: Any, prefix: str) -> str:
    """Turn a figure into an SVG element for a page; see :func:`canvas.svg`."""
    return canvas.svg(figure, prefix)


def _apart(outcomes: Sequence[Outcome], subject: str) -> list[tuple[Sequence[Outcome], str]]:
    """Give the times of a driver in software a figure of their own: beside others they would look ranked."""
    parts = [[one for one in outcomes if one.simulated == made_up] for made_up in (False, True)]
    if not all(parts):
        return [(outcomes, subject)]
    drivers = dict.fromkeys(one.record.proof.driver for one in parts[1] if isinstance(one.record, Measured))
    return [(parts[0], subject), (parts[1], f"{subject}, EMULATED by {', '.join(drivers)}")]


def _pages(outcomes: Sequence[Outcome], rows: int) -> list[Sequence[Outcome]]:
    """Cut a long list into pages of nearly equal length."""
    if not rows or len(outcomes) <= rows:
        return [outcomes]
    count = -(-len(outcomes) // rows)
    length = -(-len(outcomes) // count)
    return [outcomes[start : start + length] for start in range(0, len(outcomes), length)]

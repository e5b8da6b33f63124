"""What all charts share: the palette, a figure with labelled rows, and the way to SVG.

A figure is little more than 4 inches wide, so that its text is readable in a telephone's window and, three figures beside
each other, on a desk. A row's label and value stand on a line above its marks, so that neither can be cut off.
"""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pocketbench.charts.words import amount, clean, duration

INK, MUTED, RULE, PAPER = "#1c2430", "#5b6675", "#d5dae1", "#fefefe"
# M. Okabe and K. Ito, Color Universal Design (2008), without black and the yellow that vanishes on white.
BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7"
SERIES = ((BLUE, "o", ""), (ORANGE, "s", "////"), (GREEN, "^", ".."), (VERMILLION, "D", "xx"), (SKY, "v", "\\\\"), (PURPLE, "P", "++"))

WIDTH = 4.1

_LEFT, _RIGHT = 0.16, 0.2
_VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    RULE: "rule",
    PAPER: "paper",
    BLUE: "blue",
    ORANGE: "orange",
    GREEN: "green",
    VERMILLION: "vermillion",
    SKY: "sky",
    PURPLE: "purple",
}
_STYLE = {
    "font.size": 8, "font.family": "DejaVu Sans", "text.color": INK, "axes.edgecolor": RULE, "axes.labelcolor": MUTED, "axes.labelsize": 8,
    "xtick.color": MUTED, "ytick.color": MUTED, "xtick.labelsize": 7.5, "ytick.labelsize": 7.5, "figure.facecolor": PAPER, "axes.facecolor": "none",
    "grid.color": RULE, "grid.linewidth": 0.6, "hatch.linewidth": 0.6, "svg.fonttype": "none", "svg.hashsalt": "pocketbench", "text.parse_math": False,
}  # fmt: skip


@contextmanager
def style() -> Iterator[None]:
    """Draw in our style. Names come from users and devices, so a ``$`` begins no formula."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        yield


def figure(height: float, title: str, subject: str, *, left: float = _LEFT, bottom: float = 0.46) -> tuple[Any, Any]:
    """Return a figure whose axes are ``height`` inches high, and the axes. The title says what to read off."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    top = 0.56
    total = height + top + bottom
    made = Figure(figsize=(WIDTH, total))
    FigureCanvasAgg(made)
    axes = made.add_axes((left / WIDTH, bottom / total, (WIDTH - left - _RIGHT) / WIDTH, height / total))
    made.text(_LEFT / WIDTH, 1 - 0.06 / total, title, ha="left", va="top", size=9, weight="bold")
    made.text(_LEFT / WIDTH, 1 - 0.26 / total, clean(subject, 66), ha="left", va="top", size=7.5, color=MUTED)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=2.5)
    return made, axes


def rows(labels: Sequence[str], values: Sequence[str], title: str, subject: str, *, row: float = 0.36, keyed: bool = False) -> tuple[Any, Any]:
    """Return a figure with one row a label, each ``row`` inches high, and its axes.

    Row i spans i to i + 1 downwards: its label and value are at the top of it, marks belong at i + 0.65 or so. ``keyed``
    leaves room for a key below.
    """
    made, axes = figure(row * len(labels), title, subject, bottom=0.72 if keyed else 0.46)
    axes.set_ylim(len(labels), 0)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    at = axes.get_yaxis_transform()
    for number, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = number + 0.1 / row
        axes.text(0, y, label, transform=at, ha="left", va="center", bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})
        axes.text(1, y, value, transform=at, ha="right", va="center", color=MUTED, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})
    return made, axes


def key(axes: Any, handles: Sequence[Any]) -> None:
    """Put a key below the axes, in as many lines as it needs; the figure grows by those beyond the first."""
    made = axes.figure
    first = 0.0
    for columns in range(len(handles), 0, -1):
        legend = made.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(_LEFT / WIDTH, 0), ncols=columns, frameon=False, borderaxespad=0.3,
            handletextpad=0.7, columnspacing=1.0,
            handlelength=1.6, fontsize=7.5,
        )  # fmt: skip
        box = legend.get_window_extent(made.canvas.get_renderer())
        first = first or box.height
        if box.x1 <= made.bbox.x1 or columns == 1:
            _grow(made, (box.height - first) / made.dpi)
            return
        legend.remove()


def _grow(made: Any, inches: float) -> None:
    """Make a figure higher at its lower end; what is in it keeps its size and its distance from the top."""
    if inches <= 0:
        return
    before = made.get_figheight()
    made.set_figheight(before + inches)
    kept = before / (before + inches)
    for axes in made.axes:
        box = axes.get_position()
        axes.set_position((box.x0, 1 - (1 - box.y0) * kept, box.width, box.height * kept))
    for text in made.texts:
        text.set_y(1 - (1 - text.get_position()[1]) * kept)


def scale(axes: Any, kind: str, unit: str, values: Sequence[float]) -> None:
    """Choose a logarithmic axis when the values span more than a factor of ten, and label it in ``unit`` (ns or byte)."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    positive = [value for value in values if value > 0]
    logarithmic = bool(positive) and max(positive) > 10 * min(positive)
    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6))
    written = duration if unit == "ns" else amount
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: re.sub(r"\.0+ ", " ", written(value))))
    axes.set_xlabel(f"{kind}, logarithmic" if logarithmic else kind)


def svg(made: Any, prefix: str) -> str:
    """Return a figure as an SVG element to stand in a page.

    Colours become the page's own variables, so that one picture serves light and dark; ids get ``prefix``, so that
    pictures do not borrow from each other; the size is left to the page.
    """
    import warnings

    buffer = io.BytesIO()
    with style(), warnings.catch_warnings():
        # A letter that our font lacks is drawn by the reader's browser, with a font of its own.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        made.savefig(buffer, format="svg", transparent=True, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = buffer.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1), count=1)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{prefix}-", text)
    text = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", re.sub(r"font: (?:bold|700) ([\d.]+px) [^;\"]*", r"font-weight: bold; font-size: \1", text))
    return re.sub(r"#[0-9a-f]{6}\b", lambda found: f"var(--{_VARIABLES[found[0]]})" if found[0] in _VARIABLES else found[0], text)

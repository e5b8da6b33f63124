"""What a smaller file costs: score (or agreement, when there is no score) against size, with the Pareto front."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pocketbench.charts import canvas, words
from pocketbench.model import Measured
from pocketbench.outcomes import Outcome, falls_short
from pocketbench.scoring import kind_of

AGREEMENT = "agreement"
MARGIN = 12
DIGITS = 5  # of a score: what differs further down is rounding, and no form is better for it


@dataclass(frozen=True, slots=True)
class Point:
    """One form: file size in bytes, score or agreement, its name, the format it is drawn as, and whether it may be recommended."""

    size: int
    right: float
    name: str
    format: str
    sound: bool


def draw(outcomes: Sequence[Outcome], subject: str) -> Any:
    """Draw one point a form. None with fewer than two forms to compare."""
    every, kind = _points(outcomes)
    points, outside = _in_range(every)
    if len({point.size for point in points}) < 2:
        return None
    score = kind_of(kind)
    less = score is not None and not score.higher_is_better
    front = pareto(points, less=less)
    corner = "Down" if less else "Up"
    with canvas.style():
        figure, axes = canvas.figure(2.7, f"What does small cost? {corner} and left is better", subject, left=0.62, bottom=0.72)
        axes.grid()
        axes.set_axisbelow(True)
        axes.plot([point.size for point in front], [point.right for point in front], color=canvas.MUTED, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
        handles = _scatter(axes, points)
        canvas.scale(axes, "size of the file", "byte", [point.size for point in points])
        axes.margins(0.13, 0.16)
        _reach(axes, points, share=kind == AGREEMENT or (score is not None and score.share))
        axes.set_ylabel("same answer as the source" if kind == AGREEMENT else words.clean(kind, 40))
        if outside:
            note = f"off the scale: {', '.join(point.name for point in outside)}"
            axes.text(1, 0.02, words.clean(note, 70), transform=axes.transAxes, ha="right", va="bottom", fontsize=7, color=canvas.MUTED)
        _label(axes, front, points)
        canvas.key(axes, [*handles, _dashes()])
    return figure


def pareto(points: Sequence[Point], *, less: bool = False) -> list[Point]:
    """Return the sound points that no other beats in both size and score, by size. ``less``: a lower score is better."""
    front: list[Point] = []
    sign = -1 if less else 1
    for point in sorted(filter(lambda one: one.sound, points), key=lambda one: (one.size, -sign * one.right)):
        if not front or sign * point.right > sign * front[-1].right:
            front.append(point)
    return front


def _points(outcomes: Sequence[Outcome]) -> tuple[list[Point], str]:
    """The forms that have a score, or else an agreement, each once, and which of the two it is."""
    measured = [(one, one.record, one.artifact) for one in outcomes if isinstance(one.record, Measured) and one.artifact]
    scored = [(one, made, record.score, record.score_name) for one, record, made in measured if record.score is not None]
    if not scored:
        scored = [(one, made, record.agreement.top1, AGREEMENT) for one, record, made in measured if record.agreement and record.agreement.top1 is not None]
    labels = dict(zip(*_keys(outcomes), strict=True))
    found = {
        (made.key, told := float(f"{right:.{DIGITS}g}")): Point(
            made.anatomy.size_bytes, told, labels[made.key], one.job.variant.format, one.sound and not falls_short(one, outcomes)
        )
        for one, made, right, _ in scored
    }
    return list(found.values()), scored[0][3] if scored else ""


def _in_range(points: Sequence[Point]) -> tuple[list[Point], list[Point]]:
    """Leave out wrong forms that lie so far off that the differences between the right ones could not be seen."""
    right = [point.right for point in points if point.sound]
    if not right:
        return list(points), []
    room = 2 * max(max(right) - min(right), 0.01 * abs(max(right)))
    inside = [point for point in points if point.sound or min(right) - room <= point.right <= max(right) + room]
    return inside, [point for point in points if point not in inside]


def _keys(outcomes: Sequence[Outcome]) -> tuple[list[str], list[str]]:
    """The keys of the artifacts and their names."""
    artifacts, labels = words.artifacts(outcomes)
    return [one.key for one in artifacts], labels


def _scatter(axes: Any, points: Sequence[Point]) -> list[Any]:
    """Draw the points, one colour and marker a format, and return the key's entries."""
    handles = []
    for number, name in enumerate(dict.fromkeys(point.format for point in points)):
        colour, marker, _ = canvas.SERIES[number % len(canvas.SERIES)]
        look = {"color": colour, "marker": marker, "linestyle": "", "markersize": 6}
        handles += axes.plot([], [], label=words.clean(name, 16), **look)
        for point in points:
            if point.format == name:
                axes.plot([point.size], [point.right], markerfacecolor=colour if point.sound else canvas.PAPER, **look)
    return handles


def _reach(axes: Any, points: Sequence[Point], *, share: bool) -> None:
    """Let a share end at 1, and give equal scores a range that does not look like a difference."""
    scores = [point.right for point in points]
    if share:
        axes.set_ylim(min(min(scores) - 0.01, axes.get_ylim()[0] if len(set(scores)) > 1 else 1), 1.0012)
        return
    low, high = axes.get_ylim()
    room = 0.01 * max(map(abs, scores))
    axes.set_ylim(min(low, min(scores) - room), max(high, max(scores) + room))


def _dashes() -> Any:
    """The front's entry in the key."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=canvas.MUTED, linewidth=1, linestyle=(0, (4, 2)), label="none is smaller and better")


def _label(axes: Any, front: Sequence[Point], points: Sequence[Point]) -> None:
    """Write names beside points, those of the front first; a name that would cover something else is left to the table."""
    from matplotlib.transforms import Bbox

    axes.figure.canvas.draw()
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in (axes.transData.transform((point.size, point.right)) for point in points)]
    names: dict[tuple[int, float], list[str]] = {}
    for point in (*front, *points):
        if point.name not in (group := names.setdefault((point.size, point.right), [])):
            group.append(point.name)
    for (size, right), group in names.items():
        x, y = axes.transData.transform((size, right))
        _place(axes, words.clean(", ".join(group)), x, y, taken)


def _place(axes: Any, name: str, x: float, y: float, taken: list[Any]) -> None:
    """Write one name at the nearest free spot around (x, y), in pixels, with a thin line when it is not right beside."""
    from matplotlib.transforms import Bbox

    text = axes.annotate(name, (x, y), xycoords="figure pixels", fontsize=7.5, annotation_clip=False)
    box = text.get_window_extent(axes.figure.canvas.get_renderer())
    wide, high, frame = box.width, box.height, axes.get_window_extent()
    text.remove()
    for far in (1, 2, 3, 4):
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
            left = x + dx * 8 * far - (wide if dx < 0 else wide / 2 if dx == 0 else 0)
            low = y + dy * MARGIN * far - high / 2
            spot = Bbox.from_bounds(left, low, wide, high)
            if frame.x0 <= spot.x0 and spot.x1 <= frame.x1 + 8 and frame.y0 <= spot.y0 and spot.y1 <= frame.y1 and not any(map(spot.overlaps, taken)):
                taken.append(spot)
                _write(axes, name, spot, (x, y), far)
                return


def _write(axes: Any, name: str, spot: Any, point: tuple[float, float], far: int) -> None:
    """Write a name into its box, in the axes' own coordinates so that it stays put at any resolution."""
    to_axes = axes.transAxes.inverted().transform
    left, low = to_axes((spot.x0, spot.y0))
    axes.text(left, low, name, transform=axes.transAxes, fontsize=7.5, va="bottom", ha="left")
    if far > 1:
        ends = to_axes([point, (min(max(point[0], spot.x0), spot.x1), min(max(point[1], spot.y0), spot.y1))])
        axes.plot(ends[:, 0], ends[:, 1], transform=axes.transAxes, color=canvas.MUTED, linewidth=0.6)

"""The row of a job as words: the same cells in the page, in Markdown and on the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.charts.inside import MATTERS
from pocketbench.kernels import MOST_CHANNEL_VALUES
from pocketbench.model import Agreement, Measured
from pocketbench.outcomes import PLAIN, Outcome, beside, controlled
from pocketbench.report.groups import Group
from pocketbench.trust import Promises, retrainable, two_of_four


@dataclass(frozen=True, slots=True)
class Cell:
    """What is shown, the number it is sorted by (None: by its text), small print, and the whole of it where that is short for something."""

    text: str
    number: float | None = None
    small: str = ""
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One job of a group: its name, what is special about its weights, its cells in the order of :data:`COLUMNS`."""

    outcome: Outcome
    name: str
    weights: str
    cells: tuple[Cell, ...]


COLUMNS = ("size", "zipped", "to float32", "latency", "p5 to p95", "samples", "round trip", "load", "first", "memory", "score", "agreement")
EMPTY = Cell("")


def rows(group: Group) -> list[Row]:
    """Every job of a group as words."""
    names, every = words.names(group.outcomes), group.outcomes
    return [
        Row(outcome, name, weights(outcome), (*_size(outcome, group), *_time(outcome), *_right(outcome, every)))
        for outcome, name in zip(every, names, strict=True)
    ]


def filled(found: Sequence[Row]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Return the columns in which some row has something, and the rows' cells in them."""
    places = [place for place in range(len(COLUMNS)) if any(row.cells[place].text for row in found)]
    return tuple(COLUMNS[place] for place in places), [tuple(row.cells[place] for place in places) for row in found]


def baseline(outcome: Outcome, among: Sequence[Outcome]) -> Outcome | None:
    """Return the float32 row that differs from this one in nothing but technique and form, or else one of the same format."""
    return beside(outcome, among, PLAIN)


def same_settings(one: Outcome, other: Outcome) -> bool:
    """Say whether two jobs ran in the same engine, with the same options, accelerator and threads."""
    return one.settings == other.settings


def values(most: int) -> str:
    """How many different values an output channel has at most, in words."""
    return f"{most} values a channel" if most < MOST_CHANNEL_VALUES else f"over {MOST_CHANNEL_VALUES - 1} values a channel"


def ratio(outcome: Outcome, among: Sequence[Outcome], *, zipped: bool = False) -> float | None:
    """How many times smaller the file, or what is left of it as a download, is than float32's of the same format; None without one."""
    base = baseline(outcome, among)
    if base is None or base.artifact is None or outcome.artifact is None:
        return None
    own, other = outcome.artifact.anatomy, base.artifact.anatomy
    return other.zip_bytes / own.zip_bytes if zipped else other.size_bytes / own.size_bytes


def share(value: float) -> str:
    """Write a share in per cent with one decimal, never rounded to all when it is not all."""
    return "100 %" if value == 1 else f"{min(100 * value, 99.9) if value < 1 else 100 * value:.1f} %"


def score(value: float) -> str:
    """Write a score: four decimals where that says something, four digits otherwise."""
    return f"{value:.4f}" if 0.001 <= abs(value) < 10 else f"{value:.4g}"


def against(outcome: Outcome, among: Sequence[Outcome]) -> str:
    """What a score is to be held against, in words: that of its control, where it was retrained, and float32's; never one that trained less alone."""
    found = []
    if outcome.control:
        control = controlled(outcome, among)
        found.append(f"control {outcome.control}: {score(control.score)}" if control and control.score is not None else f"no control {outcome.control}")
    base = baseline(outcome, [one for one in among if one.score is not None])
    if base and base.score is not None and outcome.job.variant.technique != PLAIN:
        found.append(f"{PLAIN}: {score(base.score)}")
    return "; ".join(found)


def weights(outcome: Outcome) -> str:
    """What is special about the weights in the file, as far as the technique is about it or nobody would expect it."""
    if outcome.artifact is None:
        return ""
    anatomy, promised = outcome.artifact.anatomy, sum((step.promises for step in outcome.steps), Promises())
    kernels = retrainable(anatomy.kernels)
    found = []
    if promised.sparsity or anatomy.zeros >= MATTERS:
        found.append(f"{words.percent(anatomy.zeros)} zeros")
    if promised.two_of_four and (groups := two_of_four(kernels)) is not None:
        found.append("2:4" if groups == 1 else f"2:4 in {words.percent(groups)}")
    if promised.clusters and kernels:
        channel, whole = max(kernel.channel_values for kernel in kernels), max(kernel.unique_values for kernel in kernels)
        found.append(values(channel) + (f" ({grouped(whole)} a kernel)" if whole > channel else ""))
    if promised.encoded or anatomy.sparse_tensors:
        found.append("stored sparse" if anatomy.sparse_tensors else "stored dense")
    return ", ".join(found)


def grouped(number: int) -> str:
    """A count with thin spaces between its thousands."""
    return f"{number:,}".replace(",", "\u202f")


def _size(outcome: Outcome, group: Group) -> tuple[Cell, ...]:
    """The file: raw, zipped, against float32."""
    if outcome.artifact is None:
        return EMPTY, EMPTY, EMPTY
    anatomy, times, zipped = outcome.artifact.anatomy, ratio(outcome, group.outcomes), ratio(outcome, group.outcomes, zipped=True)
    return (
        Cell(words.amount(anatomy.size_bytes), anatomy.size_bytes),
        Cell(words.amount(anatomy.zip_bytes), anatomy.zip_bytes, f"÷ {zipped:.2f}" if zipped else ""),
        Cell(f"÷ {times:.2f}", times) if times else EMPTY,
    )


def _time(outcome: Outcome) -> tuple[Cell, ...]:
    """Latency with its interval and spread, of a service the whole way there and back, loading, first run, memory."""
    latency = outcome.latency
    if latency is None:
        refusal = outcome.refusal
        steady = (Cell(f"{outcome.status}: {refusal.reason}" if refusal else "no samples"), EMPTY, EMPTY)
    else:
        interval = "one process" if latency.low is None or latency.high is None else _between(latency.low, latency.high)
        processes = f"{latency.blocks} process" + ("es" if latency.blocks > 1 else "")
        steady = (
            Cell(words.duration(latency.median), latency.median, interval),
            Cell(_between(latency.p5, latency.p95), latency.p95),
            Cell(grouped(latency.n), latency.n, processes),
        )
    load, first, memory = outcome.median("load"), outcome.median("first"), outcome.peak_memory_bytes
    trip = outcome.median("round_trip", "steady")
    return (
        *steady,
        EMPTY if trip is None else Cell(words.duration(trip), trip, f"× {trip / latency.median:.1f}" if latency and latency.median else ""),
        EMPTY if load is None else Cell(words.duration(load), load),
        EMPTY if first is None else Cell(words.duration(first), first),
        EMPTY if memory is None else Cell(words.amount(memory), memory),
    )


def _between(low: float, high: float) -> str:
    """Two times, the unit once when it is the same."""
    one, other = words.duration(low), words.duration(high)
    return f"{one.split()[0]} to {other}" if one.split()[1] == other.split()[1] else f"{one} to {other}"


def _right(outcome: Outcome, among: Sequence[Outcome]) -> tuple[Cell, ...]:
    """Score and agreement. A retrained form's score has beside it what it is to be held against."""
    record = outcome.record
    if not isinstance(record, Measured):
        return EMPTY, EMPTY
    rows = f"{record.agreement.rows} rows" if record.agreement else ""
    if record.score is None:
        return EMPTY, agreement(record.agreement, rows)
    control = controlled(outcome, among)
    small = f"control {score(control.score)}" if control and control.score is not None else "no control" if outcome.control else record.score_name
    whole = against(outcome, among) if outcome.control else ""
    return Cell(score(record.score), record.score, small, whole), agreement(record.agreement, rows)


def agreement(found: Agreement | None, small: str = "") -> Cell:
    """Top-1 agreement, or the relative error where there are no classes."""
    if found is None:
        return EMPTY
    if found.top1 is not None:
        return Cell(share(found.top1), found.top1, small)
    return EMPTY if found.relative_error is None else Cell(f"off by {100 * found.relative_error:.2g} %", found.relative_error, small)

"""The row of a job as words: the same cells in the page, in Markdown and on the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.frames import Outcome
from pocketbench.model import Agreement, Measured
from pocketbench.report.groups import Group


@dataclass(frozen=True, slots=True)
class Cell:
    """What is shown, and the number it is sorted by (None: by its text)."""

    text: str
    number: float | None = None
    small: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One job of a group: its name, what it did not do if it did not run, its cells in the order of :data:`COLUMNS`."""

    outcome: Outcome
    name: str
    cells: tuple[Cell, ...]


COLUMNS = ("size", "zipped", "to float32", "latency", "p5 to p95", "samples", "load", "first", "memory", "score", "agreement")
EMPTY = Cell("")


def rows(group: Group) -> list[Row]:
    """Every job of a group as words."""
    names = words.names(group.outcomes)
    return [Row(outcome, name, (*_size(outcome, group), *_time(outcome), *_right(outcome))) for outcome, name in zip(group.outcomes, names, strict=True)]


def baseline(outcome: Outcome, among: Sequence[Outcome]) -> Outcome | None:
    """Return the float32 row that differs from this one in nothing but technique and form, or else one of the same format."""
    alike = [one for one in among if one.artifact and one.job.variant.technique == "float32" and _kind(one) == _kind(outcome)]
    return next((one for one in alike if _settings(one) == _settings(outcome)), alike[0] if alike else None)


def same_settings(one: Outcome, other: Outcome) -> bool:
    """Say whether two jobs ran in the same engine, with the same options, accelerator and threads."""
    return _settings(one) == _settings(other)


def ratio(outcome: Outcome, among: Sequence[Outcome]) -> float | None:
    """How many times smaller the file is than float32's of the same format; None without one."""
    base = baseline(outcome, among)
    if base is None or base.artifact is None or outcome.artifact is None:
        return None
    return base.artifact.anatomy.size_bytes / outcome.artifact.anatomy.size_bytes


def share(value: float) -> str:
    """Write a share in per cent with one decimal, never rounded to all when it is not all."""
    return "100 %" if value == 1 else f"{min(100 * value, 99.9) if value < 1 else 100 * value:.1f} %"


def score(value: float) -> str:
    """Write a score: four decimals where that says something, four digits otherwise."""
    return f"{value:.4f}" if 0.001 <= abs(value) < 10 else f"{value:.4g}"


def _kind(outcome: Outcome) -> tuple[str, str]:
    """What a file must share with another to be compared in size."""
    return outcome.job.variant.framework, outcome.job.variant.format


def _settings(outcome: Outcome) -> tuple[object, ...]:
    """What a job must share with another to be compared in time."""
    job = outcome.job
    return job.runner, job.engine, tuple(sorted(job.options.items())), job.accelerator, job.threads, job.device


def _size(outcome: Outcome, group: Group) -> tuple[Cell, ...]:
    """The file: raw, zipped, against float32."""
    if outcome.artifact is None:
        return EMPTY, EMPTY, EMPTY
    anatomy, times = outcome.artifact.anatomy, ratio(outcome, group.outcomes)
    return (
        Cell(words.amount(anatomy.size_bytes), anatomy.size_bytes),
        Cell(words.amount(anatomy.zip_bytes), anatomy.zip_bytes),
        Cell(f"÷ {times:.2f}", times) if times else EMPTY,
    )


def _time(outcome: Outcome) -> tuple[Cell, ...]:
    """Latency with its interval and spread, loading, first run, memory."""
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
            Cell(f"{latency.n:,}".replace(",", "\u202f"), latency.n, processes),
        )
    load, first, memory = outcome.median("load"), outcome.median("first"), outcome.peak_memory_bytes
    return (
        *steady,
        EMPTY if load is None else Cell(words.duration(load), load),
        EMPTY if first is None else Cell(words.duration(first), first),
        EMPTY if memory is None else Cell(words.amount(memory), memory),
    )


def _between(low: float, high: float) -> str:
    """Two times, the unit once when it is the same."""
    one, other = words.duration(low), words.duration(high)
    return f"{one.split()[0]} to {other}" if one.split()[1] == other.split()[1] else f"{one} to {other}"


def _right(outcome: Outcome) -> tuple[Cell, ...]:
    """Score and agreement."""
    record = outcome.record
    if not isinstance(record, Measured):
        return EMPTY, EMPTY
    rows = f"{record.agreement.rows} rows" if record.agreement else ""
    scored = EMPTY if record.score is None else Cell(score(record.score), record.score, record.score_name)
    return scored, agreement(record.agreement, rows)


def agreement(found: Agreement | None, small: str = "") -> Cell:
    """Top-1 agreement, or the relative error where there are no classes."""
    if found is None:
        return EMPTY
    if found.top1 is not None:
        return Cell(share(found.top1), found.top1, small)
    return EMPTY if found.relative_error is None else Cell(f"off by {100 * found.relative_error:.2g} %", found.relative_error, small)

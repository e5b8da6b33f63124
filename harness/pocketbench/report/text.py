"""Reports as text: Markdown for pull requests and wikis, columns and rows for a terminal."""

import re
from collections.abc import Iterable, Sequence

from pocketbench.charts import words
from pocketbench.frames import Runs
from pocketbench.model import UNKNOWN, Job
from pocketbench.outcomes import Outcome
from pocketbench.report import added, beside, comparison_text
from pocketbench.report.comparison_conversions import of_operations
from pocketbench.report.groups import Group, Refused, gathered, groups, refused
from pocketbench.report.rows import COLUMNS, Cell, Row, filled, rows
from pocketbench.report.succession import COLUMNS as SUCCESSION_COLUMNS
from pocketbench.report.succession import pairs
from pocketbench.report.verdict import verdict

SHORT = ("size", "to float32", "latency", "round trip", "score", "agreement")


def table(runs: Runs) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the columns and rows that fit a terminal: every job once, those that did not run with the reason."""
    parts = groups(runs)
    several = len(parts) > 1
    every = [(group, row) for group in parts for row in rows(group)]
    columns = _columns(row for _, row in every)
    shown = [((group.title,) if several else ()) + (row.name, *_short(row, columns), " ".join(row.outcome.flaws)) for group, row in every]
    bare = [outcome for outcome in runs.outcomes if outcome.status != "ok" and not outcome.artifact]
    for outcome in bare:
        where = (f"{outcome.job.variant.model}",) if several else ()
        shown.append((*where, *_bare(outcome, columns)))
    return ((("model and device",) if several else ()) + ("form", *columns, "flaws")), shown


def markdown(runs: Runs) -> str:
    """Write every group as a table, then what did not run."""
    parts = [f"# {', '.join(dict.fromkeys(_escaped(one.facts.suite_name) for one in runs.contents))}\n"]
    parts += [f"The run {one.facts.id} was interrupted: {len(one.unreached)} of its jobs have no result yet.\n" for one in runs.contents if one.unreached]
    parts += comparison_text.parts(runs, _section)
    parts += [_group(group) for group in groups(runs, but=of_operations(runs))]
    parts += [*_besides(runs), *_added(runs)]
    for title, outcomes in zip(("Failed", "Skipped"), refused(runs), strict=True):
        if outcomes:
            parts.append(_section(title, ("job", "stage", "reason", "message", "what to do"), [_refusal(one) for one in gathered(outcomes)]))
    if runs.damaged:
        parts.append(_section("Lines of records.jsonl that were skipped", ("line", "why"), [(str(number), why) for number, why in runs.damaged]))
    return "\n".join(parts)


def _besides(runs: Runs) -> list[str]:
    """Python beside the app, a table for each device."""
    return [
        _section(
            f"{beside.TITLE}, {table.title}" + (f" ({table.mark})" if table.mark else ""),
            beside.COLUMNS,
            [tuple(f"{text} ({small})" if small else text for text, small in cells) for cells in table.rows],
            f"{_escaped(beside.LEAD)}\n\n",
        )
        for table in beside.beside(runs)
    ]


def _added(runs: Runs) -> list[str]:
    """What engines add to the app, a table for each device."""
    return [_section(f"{added.TITLE}: {app.title}", added.COLUMNS, app.rows, f"{_escaped(added.LEAD)}\n\n") for app in added.added(runs)]


def _columns(every: Iterable[Row]) -> tuple[str, ...]:
    """The columns for a terminal: round trips where some row is a service's."""
    served = any(row.cells[COLUMNS.index("round trip")].text for row in every)
    return tuple(name for name in SHORT if served or name != "round trip")


def _short(row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    """The cells for a terminal."""
    cells = dict(zip(COLUMNS, row.cells, strict=True))
    latency = cells["latency"]
    return tuple(f"{latency.text} [{latency.small}]" if name == "latency" and latency.small else cells[name].text for name in columns)


def _bare(outcome: Outcome, columns: Sequence[str]) -> tuple[str, ...]:
    """The terminal row of a job of which there is not even a file."""
    reason = outcome.refusal.reason if outcome.refusal else ""
    variant = outcome.job.variant
    cells = (f"{outcome.status}: {reason}" if name == "latency" else "" for name in columns)
    return (_of_all(outcome.job) or f"{words.form(variant)} {variant.framework}/{variant.format}", *cells, "")


def _of_all(job: Job) -> str:
    """The name of a row that speaks of all techniques of a format; "" for any other."""
    if job.variant.technique != UNKNOWN:
        return ""
    return f"all {job.variant.framework}/{job.variant.format}" + (f" on {job.accelerator}" if job.accelerator != UNKNOWN else "")


def _group(group: Group) -> str:
    """The answers and the table of one group."""
    found = verdict(group)
    lines = [f"- **{advice.question}: {_escaped(advice.name)}** {_escaped(advice.why)}" for advice in found.advice]
    lines += [f"- {_escaped(note)}" for note in found.notes]
    every = rows(group)
    columns, cells = filled(every)
    special = ("weights",) if any(row.weights for row in every) else ()
    body = [(row.name, *map(_cell, shown), *((row.weights,) if special else ()), " ".join(row.outcome.flaws)) for row, shown in zip(every, cells, strict=True)]
    answers = "\n".join(lines) + "\n\n" if lines else ""
    title = group.title + (f" ({group.mark})" if group.mark else "")
    beside = pairs(group)
    replaced = f"\n{_section(f'{title}: .pte beside the .ptl that it replaces', SUCCESSION_COLUMNS, beside)}" if beside else ""
    return _section(title, ("form", *columns, *special, "flaws"), body, answers) + replaced


def _cell(cell: Cell) -> str:
    """A cell with its small print, or the whole of what that is short for."""
    small = cell.whole or cell.small
    return f"{cell.text} ({small})" if small else cell.text


def _refusal(refused: Refused) -> tuple[str, ...]:
    """The cells of jobs that did not run."""
    refusal = refused.refusal
    return refused.title, refusal.stage, refusal.reason, refusal.message, refusal.hint


def _section(title: str, columns: Sequence[str], body: Iterable[Sequence[str]], before: str = "") -> str:
    """A heading and a table."""
    head = [_line(columns), _line(["---"] * len(columns))]
    return f"## {_escaped(title)}\n\n{before}" + "\n".join(head + [_line(map(_escaped, row)) for row in body]) + "\n"


def _line(cells: Iterable[str]) -> str:
    """One line of a table."""
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Text that Markdown and the HTML in it leave as it is, on one line."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*\[\]|])", r"\\\1", plain)

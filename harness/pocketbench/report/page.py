"""The HTML page: one file without a single reference to another, light and dark, for a desk, a telephone and paper."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import charts, trust
from pocketbench.frames import Runs
from pocketbench.model import Measured
from pocketbench.outcomes import Outcome
from pocketbench.reasons import REASONS
from pocketbench.report import added, anchors, beside, comparison
from pocketbench.report.comparison_conversions import of_operations
from pocketbench.report.comparison_coverage import SIGNS, told
from pocketbench.report.comparison_routes import COLUMNS as ROUTE_COLUMNS
from pocketbench.report.conditions import conditions, started
from pocketbench.report.groups import Group, gathered, groups, refused
from pocketbench.report.rows import Cell, Row, filled, rows
from pocketbench.report.succession import COLUMNS as SUCCESSION_COLUMNS
from pocketbench.report.succession import pairs
from pocketbench.report.tensors import COLUMNS, Tensors, tensors
from pocketbench.report.verdict import Verdict, verdict

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent.parent / "templates"
STYLES = ("report.css", "comparison.css")


@dataclass(frozen=True, slots=True)
class Section:
    """One group as the page shows it: rows and, beside each, its cells in ``columns``. ``badges`` are the answers a row won, by the row's place."""

    group: Group
    verdict: Verdict
    rows: list[Row]
    columns: tuple[str, ...]
    cells: list[tuple[Cell, ...]]
    successions: list[tuple[str, ...]]
    tensors: list[Tensors]
    badges: dict[int, list[str]]
    figures: list["Markup"]


def page(runs: Runs) -> str:
    """Return the whole page. Every text that comes from files or devices is escaped by the template."""
    import jinja2

    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("report.html.j2").render(_content(runs))


def _content(runs: Runs) -> dict[str, Any]:
    """All that the template shows."""
    from markupsafe import Markup

    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    failed, skipped = refused(runs)
    operations = of_operations(runs)
    return {
        "title": ", ".join(dict.fromkeys(one.facts.suite_name for one in runs.contents)),
        "when": ", ".join(dict.fromkeys(started(one.facts.started) for one in runs.contents)),
        "machine": ", ".join(dict.fromkeys(str(one.facts.host.get("processor", "")) for one in runs.contents)),
        "counts": [("measured", len(runs.outcomes) - len(failed) - len(skipped)), ("failed", len(failed)), ("skipped", len(skipped))],
        "sections": [_section(group, number) for number, group in enumerate(groups(runs, but=operations))],
        "comparison": comparison.comparison(runs),
        "compared": comparison.COLUMNS,
        "route_columns": ROUTE_COLUMNS,
        "anchor": anchors.anchors(runs),
        "stands": lambda outcome: anchors.place(outcome, operations),
        "sign": SIGNS.get,
        "told": told,
        "succession_columns": SUCCESSION_COLUMNS,
        "tensor_columns": COLUMNS,
        "besides": [(table, _besides(table, number)) for number, table in enumerate(beside.beside(runs))],
        "beside_columns": beside.COLUMNS,
        "beside_title": beside.TITLE,
        "beside_lead": beside.LEAD,
        "added": added.added(runs),
        "added_columns": added.COLUMNS,
        "added_title": added.TITLE,
        "added_lead": added.LEAD,
        "refused": [(title, len(outcomes), gathered(outcomes)) for title, outcomes in (("Failed", failed), ("Skipped", skipped)) if outcomes],
        "conditions": conditions(runs),
        "suites": list(dict.fromkeys(one.facts.suite_text for one in runs.contents)),
        "unreached": [(one.facts.id, len(one.unreached)) for one in runs.contents if one.unreached],
        "damaged": [(one.facts.id, number, why) for one in runs.contents for number, why in one.damaged],
        "flaws": _meanings(runs),
        "reasons": {name: reason.meaning for name, reason in REASONS.items()},
        "version": ", ".join(dict.fromkeys(one.facts.versions.get("pocketbench", "") for one in runs.contents)),
        "allowed": _allowed,
        "style": Markup("".join((TEMPLATES / name).read_text(encoding="utf-8") for name in STYLES)),  # noqa: S704 - our own files
        "script": Markup(script),  # noqa: S704 - our own file
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }


def _section(group: Group, number: int) -> Section:
    """One group with its answers, rows and charts."""
    from markupsafe import Markup

    found = verdict(group)
    subject = f"{group.title}, {group.mark}" if group.mark else group.title
    # matplotlib escapes every text it writes into an SVG.
    figures = [Markup(charts.svg(figure, f"g{number}f{place}")) for place, figure in enumerate(charts.draw(group.outcomes, subject))]  # noqa: S704
    badges: dict[int, list[str]] = {}
    for advice in found.advice:
        badges.setdefault(next(place for place, one in enumerate(group.outcomes) if one is advice.outcome), []).append(advice.question)
    every = rows(group)
    return Section(group, found, every, *filled(every), pairs(group), tensors(group), badges, figures)


def _besides(table: beside.Beside, number: int) -> list["Markup"]:
    """The pictures of one device's pairs."""
    from markupsafe import Markup

    # As above.
    return [Markup(charts.svg(figure, f"b{number}f{place}")) for place, figure in enumerate(charts.beside.draw(table.pairs, table.subject))]  # noqa: S704


def _allowed(outcome: Outcome) -> tuple[str, ...]:
    """The flaws that the user expects."""
    return outcome.record.allowed if isinstance(outcome.record, Measured) else ()


def _meanings(runs: Runs) -> dict[str, str]:
    """The flaws that occur, what they mean and what to do."""
    found = sorted({flaw for outcome in runs.outcomes for flaw in outcome.flaws})
    known = {name: f"{flaw.meaning[0].upper()}{flaw.meaning[1:]}. {flaw.advice[0].upper()}{flaw.advice[1:]}." for name, flaw in trust.FLAWS.items()}
    return {flaw: known.get(flaw, "A flaw that this pocketbench does not know.") for flaw in found}

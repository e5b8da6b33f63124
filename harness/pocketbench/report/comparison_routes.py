"""From model to file: what each conversion went through, what it left, and what that computes. One line a float file in its usual form."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pocketbench.charts import words
from pocketbench.model import Artifact
from pocketbench.outcomes import Outcome
from pocketbench.report.comparison_conversions import Conversion, plain
from pocketbench.report.rows import agreement, score

COLUMNS = ("model", "route", "file", "size", "operations", "converted in", "one inference", "agreement", "score")
MARKS = ("NOISY", "SIMULATED", "EMULATED")


@dataclass(frozen=True, slots=True)
class Route:
    """One file's cells in the order of :data:`COLUMNS`, and the job that they are from."""

    cells: tuple[str, ...]
    outcome: Outcome


def routes(found: Sequence[Conversion]) -> list[Route]:
    """The float files that were made, model by model; of several engines the fastest, a simulated phone's or a driver's in software where there is no other."""
    made = sorted(plain(found), key=lambda one: (one.outcomes[0].run, one.variant.model, one.variant.framework))
    return [_route(one, artifact) for one in made if (artifact := one.artifact) and not one.variant.form]


def _route(one: Conversion, artifact: Artifact) -> Route:
    """One file in words."""
    fastest = min(one.outcomes, key=lambda each: (each.latency is None, each.simulated, each.latency.median if each.latency else 0.0))
    record = fastest.record
    before, after = sum(artifact.source_operations.values()), sum(artifact.anatomy.operations.values())
    found = getattr(record, "agreement", None)
    return Route(
        (
            f"{one.variant.model}, {one.variant.framework}", " → ".join(one.variant.route.split(">")), PurePath(artifact.path).name,
            words.amount(artifact.anatomy.size_bytes), f"{before} → {after}" if before else str(after), f"{artifact.convert_seconds:.2g} s",
            _time(fastest), agreement(found).text,
            "" if fastest.score is None else f"{getattr(record, 'score_name', '')} {score(fastest.score)}",
        ),
        fastest,
    )  # fmt: skip


def _time(outcome: Outcome) -> str:
    """How long one inference takes, and why that is not well known or means nothing where it is so; "" where nothing was timed."""
    if outcome.latency is None:
        return ""
    marks = [flaw for flaw in MARKS if flaw in outcome.flaws]
    return ", ".join([f"{words.duration(outcome.latency.median)} in {outcome.job.engine}", *marks])

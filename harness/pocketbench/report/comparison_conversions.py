"""Conversions, as the comparison of frameworks counts them: one model in one format, by one technique, in one form, whatever ran it.

*Tried* is a conversion that was begun, or that a converter's own limits ended before it began. *Made* is one that left a file. *Right* is a file
that ran, and of which every row computes what its source computes, by the thresholds of :mod:`pocketbench.trust`; a retrained one must also
keep its score. What a run was not asked for, or could not try for want of a package, of time or of memory, is not tried.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pocketbench.formats import FORMATS
from pocketbench.frames import Runs
from pocketbench.model import SOURCE, UNKNOWN, Artifact, Refusal, Variant
from pocketbench.outcomes import PLAIN, Outcome, falls_short
from pocketbench.store import Contents

OPERATIONS = "operations"
# Ends of a conversion that say nothing of what its format can do.
NOT_TRIED = (
    "toolchain-missing", "budget-spent", "excluded-by-suite", "needs-training-data", "needs-calibration-data", "no-runner",
    "deadline", "memory-limit", "host-error",
)  # fmt: skip
RIGHT, WRONG, UNRUN, REFUSED = "right", "wrong", "not run", "refused"
# The best first: what an operation is told to be when several forms of a format were tried.
STATES = (RIGHT, WRONG, UNRUN, REFUSED)


@dataclass(frozen=True, slots=True)
class Conversion:
    """One variant of one run, and what became of its jobs; at least one. ``state`` is one of :data:`STATES`."""

    variant: Variant
    outcomes: tuple[Outcome, ...]
    state: str

    @property
    def artifact(self) -> Artifact | None:
        """The file; None where there is none."""
        return next((one.artifact for one in self.outcomes if one.artifact), None)

    @property
    def shown(self) -> Outcome:
        """The job whose row says most: the one that is to blame, else the first that ran."""
        ran = [one for one in self.outcomes if one.status == "ok"]
        blamed = [one for one in ran if not one.sound]
        return (blamed or ran or list(self.outcomes))[0]

    @property
    def refusal(self) -> Refusal | None:
        """Why it has no measurement; None where it has one."""
        return self.shown.refusal

    @property
    def why(self) -> str:
        """What keeps it from being right, in words; "" for a right one."""
        if self.state == RIGHT:
            return ""
        if refusal := self.refusal:
            return f"{refusal.reason}: {refusal.message}"
        return ", ".join(self.shown.wrong) or "scores much lower than float32"

    @property
    def told(self) -> str:
        """What became of it, and why where it is not right."""
        return self.state + (f": {self.why}" if self.why else "")


def conversions(runs: Runs, *, operations: bool) -> list[Conversion]:
    """What was tried, in the order of the runs: of models that are one operation each, or of all others; the newest run's, where several tried the same."""
    chosen = of_operations(runs)
    newest: dict[Variant, tuple[str, list[Outcome]]] = {}
    for outcome in sorted(runs.outcomes, key=lambda one: one.run):
        variant = outcome.job.variant
        if variant.format in (SOURCE, variant.framework) or variant.technique == UNKNOWN or (outcome.run in chosen) != operations or not _tried(outcome):
            continue
        run, found = newest.get(variant, ("", []))
        newest[variant] = (outcome.run, [*found, outcome] if run == outcome.run else [outcome])
    kinds = _by_kind(runs.outcomes)
    return [Conversion(variant, tuple(found), _state(found, kinds)) for variant, (_, found) in newest.items()]


def of_operations(runs: Runs) -> frozenset[str]:
    """The runs whose suite says that each of its models is one operation."""
    return frozenset(one.facts.id for one in runs.contents if _covers(one) == OPERATIONS)


def best(found: Iterable[Conversion]) -> Conversion | None:
    """The one that came furthest, the usual form before others; None of none."""
    return min(found, key=lambda one: (STATES.index(one.state), one.variant.form != ""), default=None)


def plain(found: Iterable[Conversion]) -> list[Conversion]:
    """Those that were only converted, to floats."""
    return [one for one in found if one.variant.technique == PLAIN]


def formats_of(found: Iterable[Conversion]) -> tuple[str, ...]:
    """The formats that occur, in the order of their registry; those that this pocketbench does not know last."""
    known = FORMATS.names()
    return tuple(sorted({one.variant.format for one in found}, key=lambda name: (known.index(name) if name in known else len(known), name)))


def _tried(outcome: Outcome) -> bool:
    """Whether a job's file was made, or its conversion ended for a reason that says something of the format."""
    refusal = outcome.refusal
    return outcome.artifact is not None or (refusal is not None and refusal.stage == "convert" and refusal.reason not in NOT_TRIED)


def _covers(contents: Contents) -> str:
    """What a suite says that its models are; "" for a text that is none."""
    try:
        head = tomllib.loads(contents.facts.suite_text).get("suite", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return ""
    return str(head.get("covers", "")) if isinstance(head, dict) else ""


def _by_kind(outcomes: Iterable[Outcome]) -> Mapping[tuple[str, ...], list[Outcome]]:
    """Jobs by what they share with those that they may be held against."""
    kinds: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in outcomes:
        kinds.setdefault(outcome.kind, []).append(outcome)
    return kinds


def _state(found: Sequence[Outcome], kinds: Mapping[tuple[str, ...], Sequence[Outcome]]) -> str:
    """What the jobs of one variant say of its file."""
    ran = [one for one in found if one.status == "ok"]
    if ran:
        return RIGHT if all(one.sound and not falls_short(one, kinds[one.kind]) for one in ran) else WRONG
    failed = any(one.artifact and one.status == "failed" for one in found)
    return WRONG if failed else UNRUN if any(one.artifact for one in found) else REFUSED

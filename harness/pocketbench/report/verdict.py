"""What should I ship? A few sentences for each group, made from its numbers by rules that the page states.

Only forms that run, agree with their source and did what their technique promises are considered. *Smallest* is by file size, *fastest* by the median, *best
trade* is the form with the least product of both. Of equals, the one with fewer flaws, then the faster one. A simulated
device or a software driver shows that a form works, never how fast it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.frames import UNSOUND, Outcome
from pocketbench.model import Measured
from pocketbench.report import rows
from pocketbench.report.groups import Group


@dataclass(frozen=True, slots=True)
class Advice:
    """One answer: the question in a word or two, the job's name, why, and which outcome it is."""

    question: str
    name: str
    why: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answers for one group, and what must be known about them."""

    title: str
    simulated: bool
    advice: tuple[Advice, ...]
    notes: tuple[str, ...]


def verdict(group: Group) -> Verdict:
    """Choose among the forms of one group that agree with their source."""
    named = dict(zip(map(id, group.outcomes), words.names(group.outcomes), strict=True))
    sound = [one for one in group.measured if one.sound and one.artifact and "NOOP" not in one.flaws]
    timed = [one for one in sound if one.latency and not one.simulated]
    advice = []
    if sound:
        smallest = min(sound, key=lambda one: (_size(one), len(one.flaws), _median(one)))
        advice.append(Advice("smallest", named[id(smallest)], _why_small(smallest, group), smallest))
    if timed:
        fastest = min(timed, key=lambda one: (_median(one), len(one.flaws)))
        advice.append(Advice("fastest", named[id(fastest)], _why_fast(fastest, timed, named), fastest))
        trade = min(timed, key=lambda one: (_size(one) * _median(one), len(one.flaws)))
        advice.append(Advice("best trade", named[id(trade)], _why_trade(trade, sound, timed), trade))
    return Verdict(group.title, group.simulated, tuple(advice), tuple(_notes(group, sound)))


def _size(outcome: Outcome) -> int:
    """The file's size in bytes."""
    return outcome.artifact.anatomy.size_bytes if outcome.artifact else 0


def _median(outcome: Outcome) -> float:
    """The median latency in nanoseconds; infinite without one."""
    return outcome.latency.median if outcome.latency else float("inf")


def _why_small(outcome: Outcome, group: Group) -> str:
    """Size, ratio, and how well it agrees."""
    times = rows.ratio(outcome, group.outcomes)
    against = f", {times:.2f} times smaller than float32" if times and outcome.job.variant.technique != "float32" else ""
    return f"{words.amount(_size(outcome))}{against}; {_right(outcome, group.outcomes)}{_flaws(outcome)}."


def _why_fast(outcome: Outcome, timed: Sequence[Outcome], named: dict[int, str]) -> str:
    """The median with its interval, float32 under the same settings, and what cannot be told apart."""
    latency = outcome.latency
    if latency is None:
        return ""
    text = f"Median {words.duration(latency.median)}"
    if latency.low is None or latency.high is None:
        text += " (one process: no interval)"
    else:
        text += f" (95 % interval {words.duration(latency.low)} to {words.duration(latency.high)})"
    base = rows.baseline(outcome, timed)
    if base and base is not outcome and base.latency and rows.same_settings(base, outcome):
        text += f"; float32 in the same settings: {words.duration(base.latency.median)}"
    close = [named[id(one)] for one in timed if one is not outcome and _overlap(outcome, one)]
    text += f". Not told apart from {_listed(close)}: the intervals overlap" if close else ""
    return f"{text}{_flaws(outcome)}."


def _overlap(one: Outcome, other: Outcome) -> bool:
    """Say whether the intervals of two medians overlap; without an interval nothing is told apart."""
    first, second = one.latency, other.latency
    if first is None or second is None or first.low is None or first.high is None or second.low is None or second.high is None:
        return True
    return first.low <= second.high and second.low <= first.high


def _why_trade(outcome: Outcome, sound: Sequence[Outcome], timed: Sequence[Outcome]) -> str:
    """How far it is from the smallest and from the fastest."""
    small, fast = min(map(_size, sound)), min(map(_median, timed))
    bigger, slower = _size(outcome) / small, _median(outcome) / fast
    size = "The smallest file" if bigger == 1 else f"{bigger:.2f} times the smallest file"
    time = "the lowest median" if slower == 1 else f"{slower:.2f} times the lowest median"
    return f"{size} and {time}: the least product of size and latency{_flaws(outcome)}."


def _right(outcome: Outcome, among: Sequence[Outcome]) -> str:
    """How well it agrees with its source, and its score beside float32's."""
    record = outcome.record
    if not isinstance(record, Measured) or record.agreement is None:
        return "its agreement is not known"
    found = record.agreement
    same = f"same answer as its source on {rows.share(found.top1)} of {found.rows} rows" if found.top1 is not None else f"outputs {rows.agreement(found).text}"
    if record.score is None:
        return same
    base = rows.baseline(outcome, among)
    beside = ""
    if base and base is not outcome and isinstance(base.record, Measured) and base.record.score is not None:
        beside = f" (float32: {rows.score(base.record.score)})"
    return f"{same}; {record.score_name} {rows.score(record.score)}{beside}"


def _flaws(outcome: Outcome) -> str:
    """What is flawed about the row that is recommended."""
    return f". Flagged {' '.join(outcome.flaws)}" if outcome.flaws else ""


def _listed(names: Sequence[str], most: int = 3) -> str:
    """A few names, and how many more."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _notes(group: Group, sound: Sequence[Outcome]) -> list[str]:
    """What limits the answers."""
    notes = []
    wrong = [one for one in group.measured if not one.sound]
    idle = sum("NOOP" in one.flaws for one in group.measured)
    if wrong:
        flaws = sorted({flaw for one in wrong for flaw in one.flaws if flaw in UNSOUND})
        notes.append(f"{len(wrong)} of {len(group.measured)} rows are left out: they compute something else than their source ({', '.join(flaws)}).")
    if idle:
        notes.append(f"{idle} of {len(group.measured)} rows are left out: their technique changed nothing (NOOP), whatever they are called.")
    if not group.measured:
        notes.append("Nothing here runs these files; their sizes are in the table, the reasons further down.")
    elif not sound:
        notes.append("No form here runs and agrees with its source.")
    if any("RANDOM-INPUT" in one.flaws for one in group.measured):
        notes.append(
            "There were no labelled rows: forms were compared with their source on seeded random inputs, which says nothing about how good the model is."
        )
    if any(one.simulated for one in group.measured):
        notes.append("Rows marked SIMULATED or EMULATED show that a form works and what it computes; their times are no phone's, and are not ranked.")
    return notes

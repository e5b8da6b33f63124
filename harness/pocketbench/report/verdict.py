"""What should I ship? A few sentences for each group, made from its numbers by rules that the page states.

Only forms that run, agree with their source and did what their technique promises are considered. *Smallest* is by file
size, *smallest download* by the size once zipped where another form's is smaller by a percent or more, *fastest* by the median,
*best trade* is the form with the least product of size and median. Of equals, the one with fewer flaws, then the faster one, then
the first. A simulated device or a software driver shows that a form works, never how fast it is.

A form that was retrained is another model than its source: it is judged by its score, and what that gained is never told
without its control, which trained as long. Controls are there to be held against, and are not recommended; nor is the
unconverted model, which no phone runs as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.model import SOURCE, Measured
from pocketbench.outcomes import Outcome, controlled, falls_short
from pocketbench.report import rows
from pocketbench.report.groups import Group

TOLD = 0.99  # of the smallest file's size zipped: what is nearer is no other answer


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
    sound = [one for one in group.measured if one.sound and one.artifact and "NOOP" not in one.flaws and not falls_short(one, group.outcomes)]
    sound = [one for one in sound if (one.control or not one.retrained) and not _unconverted(one)]
    timed = [one for one in sound if one.latency and not one.simulated]
    advice = []
    if sound:
        smallest = min(sound, key=lambda one: (_size(one), len(one.flaws), _ranked(one)))
        advice.append(Advice("smallest", named[id(smallest)], _why_small(smallest, group), smallest))
        lightest = min(sound, key=lambda one: (_zipped(one), len(one.flaws), _ranked(one)))
        if _zipped(lightest) < TOLD * _zipped(smallest):
            advice.append(Advice("smallest download", named[id(lightest)], _why_light(lightest, group), lightest))
    if timed:
        fastest = min(timed, key=lambda one: (_median(one), len(one.flaws)))
        advice.append(Advice("fastest", named[id(fastest)], _why_fast(fastest, timed, named), fastest))
        trade = min(timed, key=lambda one: (_size(one) * _median(one), len(one.flaws)))
        advice.append(Advice("best trade", named[id(trade)], _why_trade(trade, sound, timed), trade))
    return Verdict(group.title, group.simulated, tuple(advice), tuple(_notes(group, sound)))


def _unconverted(outcome: Outcome) -> bool:
    """Whether the row is the model as it was trained."""
    return outcome.job.variant.format == SOURCE


def _size(outcome: Outcome) -> int:
    """The file's size in bytes."""
    return outcome.artifact.anatomy.size_bytes if outcome.artifact else 0


def _zipped(outcome: Outcome) -> int:
    """What is left of the file as a download, in bytes."""
    return outcome.artifact.anatomy.zip_bytes if outcome.artifact else 0


def _median(outcome: Outcome) -> float:
    """The median latency in nanoseconds; infinite without one."""
    return outcome.latency.median if outcome.latency else float("inf")


def _ranked(outcome: Outcome) -> float:
    """The median in nanoseconds where times are ranked: a simulation's is no phone's."""
    return float("inf") if outcome.simulated else _median(outcome)


def _why_small(outcome: Outcome, group: Group) -> str:
    """Size, ratio, and how well it agrees."""
    times = rows.ratio(outcome, group.outcomes)
    against = f", {times:.2f} times smaller than float32" if times and outcome.job.variant.technique != "float32" else ""
    return f"{words.amount(_size(outcome))}{against}; {_right(outcome, group.outcomes)}{_flaws(outcome)}."


def _why_light(outcome: Outcome, group: Group) -> str:
    """Size once zipped, ratio, what it is when it is unpacked again, and how well it agrees."""
    times = rows.ratio(outcome, group.outcomes, zipped=True)
    against = f", {times:.2f} times smaller than float32 zipped" if times and outcome.job.variant.technique != "float32" else ""
    return f"{words.amount(_zipped(outcome))} zipped{against}, {words.amount(_size(outcome))} unpacked; {_right(outcome, group.outcomes)}{_flaws(outcome)}."


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
    text += f". Not told apart from {_listed(close)}: {_why_close(outcome)}" if close else ""
    return f"{text}{_flaws(outcome)}."


def _why_close(outcome: Outcome) -> str:
    """Why medians are not told apart: their intervals overlap, or there is none to tell them apart by."""
    known = outcome.latency is not None and outcome.latency.low is not None
    return "the intervals overlap" if known else "one process has no interval to tell them apart by"


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
    """How well it agrees with its source, and its score beside what it is to be held against; of a retrained form only that."""
    record = outcome.record
    if not isinstance(record, Measured) or record.agreement is None:
        return "its agreement is not known"
    found = record.agreement
    same = f"same answer as its source on {rows.share(found.top1)} of {found.rows} rows" if found.top1 is not None else f"outputs {rows.agreement(found).text}"
    if outcome.ready_made:
        same = "a ready-made file, with nothing to compare it with"
    if record.score is None:
        return same
    beside = rows.against(outcome, among)
    scored = f"{record.score_name} {rows.score(record.score)}" + (f" ({beside})" if beside else "")
    return scored if outcome.retrained else f"{same}; {scored}"


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
    short = [one for one in group.measured if falls_short(one, group.outcomes)]
    if wrong:
        flaws = sorted({flaw for one in wrong for flaw in one.wrong})
        notes.append(f"{len(wrong)} of {len(group.measured)} rows are left out: they compute something else than their source ({', '.join(flaws)}).")
    if idle:
        notes.append(f"{idle} of {len(group.measured)} rows are left out: their technique changed nothing (NOOP), whatever they are called.")
    if short:
        lowest = ", ".join(dict.fromkeys(words.form(one.job.variant) for one in short))
        notes.append(f"{len(short)} of {len(group.measured)} rows are left out: they were retrained and score much lower than float32 ({lowest}).")
    notes += [*_uncontrolled(group), *_before(group)]
    if any(one.source_constant and "CONSTANT-OUTPUT" in one.flaws for one in group.measured):
        notes.append("The model answers every row alike, and did so before any conversion: sizes and times are real, but was it trained?")
    if not group.measured:
        notes.append("Nothing here runs these files; their sizes are in the table, the reasons further down.")
    elif not sound and not all(map(_unconverted, group.measured)):
        notes.append("No form here runs and agrees with its source.")
    if any("RANDOM-INPUT" in one.flaws for one in group.measured):
        notes.append(
            "There were no labelled rows: forms were compared with their source on seeded random inputs, which says nothing about how good the model is."
        )
    if any(one.simulated for one in group.measured):
        notes.append("Rows marked SIMULATED or EMULATED show that a form works and what it computes; their times are no phone's, and are not ranked.")
    return notes


def _uncontrolled(group: Group) -> list[str]:
    """Say of which retrained forms nobody can tell what their technique brought."""
    alone = [one for one in group.measured if one.control and one.score is not None and controlled(one, group.outcomes) is None]
    if not alone:
        return []
    forms = _listed(list(dict.fromkeys(words.form(one.job.variant) for one in alone)))
    missing = _listed(list(dict.fromkeys(one.control for one in alone)))
    return [f"What retraining brought {forms} cannot be told from what the extra epochs brought: no row here has the control ({missing})."]


def _before(group: Group) -> list[str]:
    """Say what the model was before any conversion, in each framework."""
    before = {one.job.variant.framework: one for one in reversed(group.measured) if _unconverted(one) and one.latency}
    sizes = [f"Unconverted, in {one.job.engine}, the model has {words.amount(_size(one))} and takes {words.duration(_median(one))}" for one in before.values()]
    return [f"{size}: that row is there to compare, and is not ranked." for size in sizes]

"""What stands beside each other: one run, one model, one device. Nothing is ranked across groups."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.frames import Runs
from pocketbench.model import UNKNOWN, Refusal
from pocketbench.outcomes import Outcome

NOTHING = Refusal("", "", "")


# So many jobs that did not run for one reason stand in one line.
SEVERAL = 3
ANY = "…"


@dataclass(frozen=True, slots=True)
class Refused:
    """Jobs that did not run for one reason: what is said of them all, each one's own technique and form written as ``…``."""

    refusal: Refusal
    outcomes: tuple[Outcome, ...]

    @property
    def jobs(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(outcome.job.id for outcome in self.outcomes)

    @property
    def title(self) -> str:
        """One job's id; of several, how many there are, of which model, and what they are."""
        if len(self.outcomes) == 1:
            return self.jobs[0]
        variants = [outcome.job.variant for outcome in self.outcomes]
        forms = dict.fromkeys(words.form(each) for each in variants if each.technique != UNKNOWN)
        title = f"{len(variants)} jobs of {variants[0].model}/{variants[0].framework}/{variants[0].format}"
        return f"{title}: {', '.join(forms)}" if forms else title


@dataclass(frozen=True, slots=True)
class Group:
    """The outcomes of one run, model and device that have something to show: a measurement, or at least a file."""

    title: str
    model: str
    device: str
    outcomes: tuple[Outcome, ...]

    @property
    def measured(self) -> tuple[Outcome, ...]:
        """Those that ran."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == "ok")

    @property
    def simulated(self) -> bool:
        """Whether everything in it ran on a simulated device or through a driver in software."""
        return bool(self.measured) and all(outcome.simulated for outcome in self.measured)

    @property
    def mark(self) -> str:
        """The flaw that all of it has in common, to stand beside its title: SIMULATED or EMULATED; "" where something ran for real."""
        return ("SIMULATED" if any(one.record.device_kind == "simulated" for one in self.measured) else "EMULATED") if self.simulated else ""


def groups(runs: Runs, *, but: frozenset[str] = frozenset()) -> list[Group]:
    """Sort outcomes into groups, in the order in which they ran; without those of the runs named in ``but``."""
    found: dict[tuple[str, str, str], list[Outcome]] = {}
    for outcome in runs.outcomes:
        if outcome.run not in but and (outcome.status == "ok" or outcome.artifact):
            found.setdefault((outcome.run, outcome.job.variant.model, outcome.job.device), []).append(outcome)
    several = len(runs.contents) > 1
    return [Group(_title(model, device, run if several else ""), model, device, tuple(outcomes)) for (run, model, device), outcomes in found.items()]


def refused(runs: Runs) -> tuple[list[Outcome], list[Outcome]]:
    """Return what failed and what was skipped."""
    return [one for one in runs.outcomes if one.status == "failed"], [one for one in runs.outcomes if one.status == "skipped"]


def gathered(outcomes: Sequence[Outcome]) -> list[Refused]:
    """Put those together that did not run for one reason, at the first one's place, where there are several; each job stands in one."""
    alike: dict[tuple[object, ...], list[Outcome]] = {}
    for outcome in outcomes:
        alike.setdefault(_pattern(outcome), []).append(outcome)
    found = []
    for outcome in outcomes:
        same = alike[_pattern(outcome)]
        if len(same) < SEVERAL:
            found.append(Refused(outcome.refusal or NOTHING, (outcome,)))
        elif same[0] is outcome:
            found.append(Refused(_said_of_all(same), tuple(same)))
    return found


def _pattern(outcome: Outcome) -> tuple[object, ...]:
    """What jobs must share to stand together: run, model, framework and format, and the reason in words, whatever the technique is called."""
    refusal = outcome.refusal or NOTHING
    return *outcome.kind, refusal.stage, refusal.reason, _without(outcome, refusal.message), _without(outcome, refusal.hint)


def _said_of_all(outcomes: Sequence[Outcome]) -> Refusal:
    """The first one's refusal, with what differs between them left open."""
    refusals = [outcome.refusal or NOTHING for outcome in outcomes]
    first = refusals[0]
    message = first.message if len({one.message for one in refusals}) == 1 else _without(outcomes[0], first.message)
    hint = first.hint if len({one.hint for one in refusals}) == 1 else _without(outcomes[0], first.hint)
    return Refusal(first.stage, first.reason, message, hint)


def _without(outcome: Outcome, text: str) -> str:
    """A text without the name of the job's technique, form and, where the text names it, its id."""
    if outcome.job.variant.technique == UNKNOWN:
        return text
    for name in sorted((outcome.job.id, words.form(outcome.job.variant), outcome.job.variant.technique), key=len, reverse=True):
        text = re.sub(rf"(?<![\w+:]){re.escape(name)}(?![\w+:])", ANY, text)
    return text


def _title(model: str, device: str, run: str) -> str:
    """``digits-cnn on host``, and the run where there are several."""
    place = "not run anywhere" if device == UNKNOWN else f"on {device}"
    return f"{model} {place}" + (f", run {run}" if run else "")

"""The Python way beside the app: one file, one device, one accelerator, measured by both, and the difference as a number of its own.

On a phone a model runs in an app, or without one: in a Python process, and TensorFlow.js in Node.js (in Termux, or on a board's own shell). The two
rarely carry the same library: what the ratio holds against each other is named with it, runtime and version, and where they really executed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pocketbench import served, stats
from pocketbench.engines import APP
from pocketbench.model import Measured, Proof
from pocketbench.outcomes import Outcome

WITHOUT = ("python", "node")


@dataclass(frozen=True)
class Pair:
    """One file measured on one device, accelerator and number of threads by the app and without it."""

    without: Outcome
    app: Outcome

    @property
    def why_not(self) -> str:
        """Why no ratio is told, in a few words; "" where one is."""
        wrong = [one.job.runner for one in (self.without, self.app) if not one.sound]
        if wrong:
            return f"computes something else: {' and '.join(wrong)}"
        ran, other = (_proof(one) for one in (self.without, self.app))
        if (ran.executed_on, ran.execution) != (other.executed_on, other.execution):
            return f"executed otherwise: {_executed(ran)} without the app, {_executed(other)} in it"
        return ""

    @cached_property
    def ratio(self) -> stats.Ratio | None:
        """The app's median by the other's: 2 says that the app takes twice as long. None where :attr:`why_not` says so."""
        return None if self.why_not else stats.ratio(self.app.blocks, self.without.blocks)

    @property
    def runtimes(self) -> str:
        """What is held against each other: ``same`` runtime and version, two ``versions`` of one runtime, or two ``runtimes`` that read one format."""
        if self.without.job.engine != self.app.job.engine:
            return "runtimes"
        versions = [version(one) for one in (self.without, self.app)]
        return "same" if versions[0] == versions[1] != "" else "versions"

    @property
    def flaws(self) -> tuple[str, ...]:
        """The flaws of both, each once."""
        return tuple(dict.fromkeys((*self.without.flaws, *self.app.flaws)))


def pairs(outcomes: Sequence[Outcome]) -> list[Pair]:
    """Every job that the app measured beside each that differs in nothing but runner and engine, in the order in which the app's ran.

    Options that both engines have are the same in both. Services are left out: an inference of theirs waits for a request.
    """
    apps = list(_timed(outcomes, (APP,)))
    others = list(_timed(outcomes, WITHOUT)) if apps else []
    return [Pair(other, app) for app in apps for other in others if _beside(other, app)]


def version(outcome: Outcome) -> str:
    """The version that the engine told; "" where it told none."""
    return outcome.record.engine_version if isinstance(outcome.record, Measured) else ""


def _timed(outcomes: Sequence[Outcome], runners: tuple[str, ...]) -> Iterator[Outcome]:
    """Those of some runners that have a latency, in every process above 0; services have one of their own."""
    own = (one for one in outcomes if one.job.runner in runners and not served.is_service(one.job))
    return (one for one in own if one.latency and all(stats.summarise([block]).median > 0 for block in one.blocks if len(block)))


def _beside(other: Outcome, app: Outcome) -> bool:
    """Whether a job is the app's, but for the runner."""
    return _shared(other) == _shared(app) and all(app.job.options.get(key, value) == value for key, value in other.job.options.items())


def _shared(one: Outcome) -> tuple[object, ...]:
    """What both must have in common."""
    return one.run, one.artifact.key if one.artifact else None, one.job.variant, one.job.accelerator, one.job.threads, one.job.device


def _proof(one: Outcome) -> Proof:
    """What executed."""
    return one.record.proof if isinstance(one.record, Measured) else Proof("")


def _executed(proof: Proof) -> str:
    """Where, and how much of it, in words."""
    return f"{proof.executed_on or 'unknown'} ({proof.execution})"

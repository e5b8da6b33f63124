"""What became of each job, beside its artifact, and what of it may be compared with what.

A technique that retrains makes another model. Such a row is judged by its score, and the score held against that of its
control, which trained as long and did nothing else: what is better than float32 may be so for the extra epochs alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from pocketbench import stats, techniques, trust
from pocketbench.errors import UnknownName
from pocketbench.model import Artifact, Failed, Job, Measured, Measurement, Refusal, Skipped
from pocketbench.scoring import kind_of
from pocketbench.techniques import Step

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# Flaws of a form that computes something else than its source: it is shown, and never recommended.
UNSOUND = ("NON-FINITE", "CONSTANT-OUTPUT", "LOW-AGREEMENT")
PLAIN = "float32"


@dataclass(frozen=True)
class Outcome:
    """What became of one job in one run, beside the artifact it was about (None where there is none)."""

    run: str
    record: Measured | Failed | Skipped
    artifact: Artifact | None

    @property
    def job(self) -> Job:
        """The job."""
        return self.record.job

    @property
    def status(self) -> str:
        """``ok``, ``failed`` or ``skipped``."""
        return "ok" if isinstance(self.record, Measured) else self.record.status

    @property
    def refusal(self) -> Refusal | None:
        """Why there is no measurement; None when there is one."""
        return None if isinstance(self.record, Measured) else self.record.refusal

    @property
    def flaws(self) -> tuple[str, ...]:
        """The artifact's flaws and the job's, each once."""
        own = self.record.flaws if isinstance(self.record, Measured) else ()
        return tuple(dict.fromkeys((*(self.artifact.flaws if self.artifact else ()), *own)))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of its technique; none for a technique that this pocketbench does not know."""
        return _steps(self.job.variant.technique)

    @property
    def retrained(self) -> bool:
        """Whether its technique trained on, so that it is another model than its source."""
        return bool(techniques.retraining(self.steps))

    @property
    def control(self) -> str:
        """The technique that trained as long and did nothing else, which this one's score is to be held against; "" where there is none."""
        return techniques.control(self.steps) if self.steps else ""

    @property
    def score(self) -> float | None:
        """Its score; None without one."""
        return self.record.score if isinstance(self.record, Measured) else None

    @property
    def wrong(self) -> tuple[str, ...]:
        """The flaws by which it computes something else than its source.

        Retraining is meant to change answers: where there is a score, that is what such a row is judged by.
        """
        excused = {"LOW-AGREEMENT"} if self.retrained and (self.score is not None or self.status != "ok") else set()
        excused |= {"CONSTANT-OUTPUT"} if self.source_constant else set()
        return tuple(flaw for flaw in self.flaws if flaw in UNSOUND and flaw not in excused)

    @property
    def ready_made(self) -> bool:
        """Whether it is a file that came as it is, so that it has nothing but itself to be compared with."""
        return self.job.variant.framework == self.job.variant.format

    @property
    def source_constant(self) -> bool:
        """Whether the model answered every row alike before it was converted, as one that was not trained."""
        found = self.record.agreement if isinstance(self.record, Measured) else None
        return found is not None and found.source_constant and not self.ready_made

    @property
    def sound(self) -> bool:
        """Whether it ran and computes what its source computes, or was retrained and has a score."""
        return self.status == "ok" and not self.wrong

    @property
    def kind(self) -> tuple[str, ...]:
        """What a job must share with another to be compared at all."""
        variant = self.job.variant
        return self.run, variant.model, variant.framework, variant.format

    @property
    def settings(self) -> tuple[object, ...]:
        """What a job must share with another to be compared in time."""
        job = self.job
        return job.runner, job.engine, tuple(sorted(job.options.items())), job.accelerator, job.threads, job.device

    @property
    def simulated(self) -> bool:
        """Whether it ran on a simulated device or a software driver: such a row is never ranked with a real one."""
        return self.record.device_kind == "simulated" or bool({"SIMULATED", "EMULATED"} & set(self.flaws))

    @cached_property
    def blocks(self) -> list["Array"]:
        """Steady latencies of one inference in nanoseconds: one float array of shape (samples,) a process."""
        import numpy as np

        found: dict[int, list[Array]] = {}
        for item in self.measurements("latency", "steady"):
            found.setdefault(item.process, []).append(np.asarray(item.samples, dtype=np.float64) / item.batch)
        return [np.concatenate(parts) for parts in found.values()]

    @cached_property
    def latency(self) -> stats.Summary | None:
        """The blocks summarised, in nanoseconds; None without steady samples."""
        return stats.summarise(self.blocks) if any(map(len, self.blocks)) else None

    def measurements(self, metric: str, phase: str = "") -> Iterator[Measurement]:
        """The measurements of one metric (and one phase, when given)."""
        for item in self.record.measurements if isinstance(self.record, Measured) else ():
            if item.metric == metric and phase in ("", item.phase):
                yield item

    def median(self, metric: str, phase: str = "") -> float | None:
        """The median over all samples of a metric (in one phase, when given), in its own unit, for one inference."""
        import numpy as np

        found = [value / item.batch for item in self.measurements(metric, phase) for value in item.samples]
        return float(np.median(found)) if found else None

    @property
    def peak_memory_bytes(self) -> int | None:
        """The largest growth of resident memory that was seen; None when it was not measured."""
        return max((value for item in self.measurements("memory") for value in item.samples), default=None)


def beside(outcome: Outcome, among: Iterable[Outcome], technique: str) -> Outcome | None:
    """Return the row that differs in nothing but technique, or else one of the same run, model and format, of the same form where there is one."""
    alike = [one for one in among if one.artifact and one.job.variant.technique == technique and one.kind == outcome.kind]
    form = outcome.job.variant.form
    alike.sort(key=lambda one: (one.job.variant.form != form, one.settings != outcome.settings))  # stable: else the first
    return alike[0] if alike else None


def controlled(outcome: Outcome, among: Iterable[Outcome]) -> Outcome | None:
    """Return the row of a retrained one's control that has a score; None where there is none."""
    return beside(outcome, (one for one in among if one.score is not None), outcome.control) if outcome.control else None


def falls_short(outcome: Outcome, among: Sequence[Outcome]) -> bool:
    """Whether a retrained row scores so much lower than float32 that it is another model, not a smaller one; by :func:`trust.falls_short`."""
    if not (outcome.retrained and isinstance(outcome.record, Measured) and outcome.record.score is not None):
        return False
    base = beside(outcome, [one for one in among if one.score is not None], PLAIN) or controlled(outcome, among)
    return base is not None and base.score is not None and trust.falls_short(outcome.record.score, base.score, kind_of(outcome.record.score_name))


@cache
def _steps(technique: str) -> tuple[Step, ...]:
    """The steps of a technique; none for a word that is no technique here."""
    try:
        return techniques.parse(technique)
    except UnknownName:
        return ()

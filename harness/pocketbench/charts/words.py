"""How jobs, sizes and times are written, in charts and in reports alike."""

from collections.abc import Sequence
from typing import Literal

from pocketbench.model import Artifact, Measured, Variant
from pocketbench.outcomes import Outcome

LONGEST_LABEL = 32
DAGGER = " †"


def names(outcomes: Sequence[Outcome]) -> list[str]:
    """Name each job by its technique and whatever else is not the same for all; without the engine where each format has one alone."""
    parts = [_parts(outcome) for outcome in outcomes]
    if len({(part["format"], part["runner"], part["engine"]) for part in parts}) == len({part["format"] for part in parts}):
        parts = [{**part, "runner": "", "engine": ""} for part in parts]
    same = {key for key in (parts[0] if parts else ()) if key != "technique" and len({part[key] for part in parts}) == 1}
    return [" ".join(text for key, text in part.items() if text and key not in same) for part in parts]


def drawn(outcomes: Sequence[Outcome]) -> list[str]:
    """Name jobs as :func:`names` does, fit to be drawn; those that compute something else have a dagger."""
    return [name + dagger(outcome) for outcome, name in zip(outcomes, apart(names(outcomes)), strict=True)]


def apart(names: Sequence[str]) -> list[str]:
    """Make names fit to be drawn; of those that would be cut to the same words the end is left, where options stand."""
    cut = [clean(name) for name in names]
    return [clean(name, keep="end") if cut.count(one) > 1 else one for one, name in zip(cut, names, strict=True)]


def artifacts(outcomes: Sequence[Outcome]) -> tuple[list[Artifact], list[str]]:
    """Return the artifacts of some jobs, each once, and their names, fit to be drawn."""
    wrong = {outcome.artifact.key for outcome in outcomes if outcome.artifact and outcome.wrong}
    found = list({outcome.artifact.key: outcome.artifact for outcome in outcomes if outcome.artifact}.values())
    parts = [{"form": form(one.variant), "framework": one.variant.framework, "format": one.variant.format} for one in found]
    told = [key for key in ("form", "framework", "format") if key == "form" or len({part[key] for part in parts}) > 1]
    labels = [" ".join(part[key] for key in told) for part in parts]
    return found, [clean(label) + (DAGGER if one.key in wrong else "") for one, label in zip(found, labels, strict=True)]


def dagger(outcome: Outcome) -> str:
    """The mark of a form that computes something else than its source."""
    return DAGGER if outcome.wrong else ""


def clean(text: str, longest: int = LONGEST_LABEL, *, keep: Literal["both", "end"] = "both") -> str:
    """Make a name fit to be drawn: printable, and cut in the middle when too long, or before its end."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    if len(printable) <= longest:
        return printable
    half = (longest - 1) // 2
    return f"{printable[:half]}…{printable[-half:]}" if keep == "both" else f"…{printable[1 - longest :]}"


def duration(ns: float) -> str:
    """Write nanoseconds with three digits and the unit that suits: 12.3 µs."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if abs(ns) >= 0.9995 * size:
            return f"{_three(ns / size)} {unit}"
    return f"{_three(ns)} ns"


def amount(size: float) -> str:
    """Write bytes with three digits and the unit that suits: 412 kB (1 kB is 1000 bytes)."""
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(size) >= 0.9995 * step:
            return f"{_three(size / step)} {unit}"
    return f"{size:.0f} B"


def percent(share: float) -> str:
    """A share in whole per cent, never rounded to all or nothing when it is neither."""
    return "<1 %" if 0 < share < 0.005 else ">99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"


def executed(outcome: Outcome) -> str:
    """The accelerator; where the job did not fully execute on it, what was asked and what ran instead."""
    asked = outcome.job.accelerator
    if not isinstance(outcome.record, Measured) or outcome.record.proof.execution == "full":
        return asked
    proof = outcome.record.proof
    if proof.executed_on and proof.executed_on != asked:
        return f"{asked} asked, {proof.executed_on} ran"
    if proof.execution == "partial":
        return f"{asked} in part" + (f" ({proof.delegated} of {proof.operations} operations)" if proof.operations else "")
    return f"{asked} asked, not used" if proof.execution == "none" else f"{asked} unproven"


def form(variant: Variant) -> str:
    """The technique, and the form where there is one."""
    return f"{variant.technique}:{variant.form}" if variant.form else variant.technique


def _three(value: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"


def _parts(outcome: Outcome) -> dict[str, str]:
    """What can stand in a job's name."""
    job = outcome.job
    options = " ".join(f"{key}={job.options[key]}" for key in job.named_options)
    threads = f"t{job.threads}" if job.threads else ""
    return {
        "technique": form(job.variant), "framework": job.variant.framework, "format": job.variant.format, "runner": job.runner, "engine": job.engine,
        "options": options, "accelerator": executed(outcome), "threads": threads,
    }  # fmt: skip

"""Artifacts without measuring: made, checked, described."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pocketbench import convert, events, opened, reasons
from pocketbench.model import Artifact, Variant
from pocketbench.request import Request
from pocketbench.worker import Workers


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a conversion without a run."""

    artifacts: tuple[Artifact, ...]
    skips: tuple[tuple[Variant, Exception], ...]
    failures: tuple[tuple[Variant, Exception], ...]


def make(request: Request, listen: events.Listener, *, force: bool = False) -> Made:
    """Open the models, convert and check every variant. Raises SourceError or DataError before any conversion."""
    variants = request.plan.variants
    listen(events.Planned(len(variants), 0, len(request.plan.skips)))
    with tempfile.TemporaryDirectory(prefix="pocketbench-") as logs, Workers(Path(logs)) as workers:
        models = opened.open_models(request.wished, variants, workers, listen, force=force)
        made = list(convert.each(variants, models, workers, listen, force=force))
    artifacts = tuple(item for _, item in made if isinstance(item, Artifact))
    errors = [(variant, item) for variant, item in made if not isinstance(item, Artifact)]
    skips = tuple(pair for pair in errors if reasons.skips(pair[1]))
    return Made(artifacts, skips, tuple(pair for pair in errors if pair not in skips))


def described(artifact: Artifact) -> str:
    """An artifact in a few lines: how it was made, where it is, how large, what is inside, what it computes, its flaws."""
    anatomy, check = artifact.anatomy, artifact.check
    shares = ", ".join(f"{count} {dtype}" for dtype, count in anatomy.parameters_by_dtype.items()) or "none"
    operations = ", ".join(f"{count} {name}" for name, count in anatomy.operations.items())
    lines = [
        artifact.variant.name,
        f"  route: {artifact.variant.route}",
        f"  file: {artifact.path}",
        f"  bytes: {anatomy.size_bytes} raw, {anatomy.zip_bytes} zipped",
        f"  weights: {shares}; {anatomy.zeros:.1%} zeros, at most {anatomy.unique_values} different values in one tensor",
        f"  operations: {operations}",
    ]
    if anatomy.about:
        lines.append(f"  about: {', '.join(f'{name} {value}' for name, value in anatomy.about.items())}")
    if check:
        top1 = "" if check.top1 is None else f"top-1 as the source on {check.top1:.2%} of {check.rows} rows, "
        lines.append(f"  check: {top1}largest difference {check.max_abs_diff}")
    return "\n".join([*lines, *([f"  flaws: {' '.join(artifact.flaws)}"] if artifact.flaws else [])])

"""How big and how fast the formats are beside each other: ratios to the least of each model, so that models of every size count alike.

Float files in their usual form. A format stands beside others only where they took the same model of the same run; a ratio over several models is
their geometric mean (P. J. Fleming and J. J. Wallace, "How not to lie with statistics", Communications of the ACM 29 (3), 1986).
"""

import math
from collections.abc import Callable, Mapping, Sequence

from pocketbench.charts import words
from pocketbench.outcomes import Outcome
from pocketbench.report.comparison_cells import Fact, Row
from pocketbench.report.comparison_conversions import RIGHT, Conversion, plain

# Kinds of device that are this computer: a browser on it runs on the same processor.
HERE = ("host", "browser")

# By what must be the same: each format's number, and the row that it is from.
Numbers = Mapping[tuple[str, ...], Mapping[str, tuple[float, Outcome]]]


def sizes(found: Sequence[Conversion]) -> dict[str, Fact]:
    """How big each format's files are beside the smallest one's of the same model."""
    numbers: dict[tuple[str, ...], dict[str, tuple[float, Outcome]]] = {}
    for one in _usual(found):
        if one.artifact:
            numbers.setdefault(_subject(one.shown), {})[one.variant.format] = (float(one.artifact.anatomy.size_bytes), one.shown)
    return _facts(numbers, words.amount, "smallest")


def speeds(found: Sequence[Conversion]) -> dict[str, Fact]:
    """How long one inference takes in each format beside the fastest one's of the same model: one thread, the fastest of its engines, no driver in software."""
    numbers: dict[tuple[str, ...], dict[str, tuple[float, Outcome]]] = {}
    for outcome in (each for one in _usual(found) for each in one.outcomes):
        if outcome.latency is None or outcome.simulated or outcome.job.threads != 1:
            continue
        place = "this computer" if outcome.record.device_kind in HERE else outcome.job.device
        own, name, median = numbers.setdefault((*_subject(outcome), place), {}), outcome.job.variant.format, outcome.latency.median
        own[name] = min(own.get(name, (math.inf, outcome)), (median, outcome), key=lambda pair: pair[0])
    return _facts(numbers, words.duration, "fastest")


def _usual(found: Sequence[Conversion]) -> list[Conversion]:
    """Float files in their usual form that are right."""
    return [one for one in plain(found) if one.state == RIGHT and not one.variant.form]


def _subject(outcome: Outcome) -> tuple[str, ...]:
    """What files of several formats must share to stand beside each other."""
    return outcome.run, outcome.job.variant.model, outcome.job.variant.framework


def _facts(numbers: Numbers, written: Callable[[float], str], most: str) -> dict[str, Fact]:
    """One cell a format, over what two formats or more have."""
    shared = [own for own in numbers.values() if len(own) > 1]
    formats = dict.fromkeys(name for own in shared for name in own)
    return {name: _fact([own for own in shared if name in own], name, written, most) for name in formats}


def _fact(shared: Sequence[Mapping[str, tuple[float, Outcome]]], name: str, written: Callable[[float], str], most: str) -> Fact:
    """The mean ratio of one format, which all of ``shared`` have, and the numbers behind it."""
    ratios = [own[name][0] / min(number for number, _ in own.values()) for own in shared]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    listed = tuple(Row(_row(own[name], ratio, written), own[name][1]) for own, ratio in zip(shared, ratios, strict=True))
    over = f"over {len(shared)} sources" if len(shared) > 1 else "one source"
    return Fact(f"the {most}" if mean == 1 else f"× {_times(mean)}", f"float32, {over}", listed)


def _row(pair: tuple[float, Outcome], ratio: float, written: Callable[[float], str]) -> str:
    """One number behind a ratio, with the engine that it was measured in where it is a time."""
    number, outcome = pair
    job, noisy = outcome.job, " NOISY" if "NOISY" in outcome.flaws else ""
    where = f"{job.engine} on {job.accelerator}, {job.device}{noisy}"
    return f"{job.variant.model}/{job.variant.framework}: {written(number)}, {_times(ratio)} times the least; {where}"


def _times(ratio: float) -> str:
    """A ratio with three digits."""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.3g}"

"""What a survey of mobile deep-learning deployment says of the frameworks, beside what these records show.

Each verdict is computed by a rule that is told with it: *supported*, *not supported*, or *not shown* where the records do not decide. Nothing is
known beforehand but which formats are whose, and how many techniques a format lists.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pocketbench import techniques as steps
from pocketbench.errors import UnknownName
from pocketbench.outcomes import PLAIN
from pocketbench.report.comparison_cells import Row, available, worked
from pocketbench.report.comparison_conversions import REFUSED, RIGHT, Conversion, best, plain
from pocketbench.report.comparison_coverage import Grid, right

SUPPORTED, AGAINST, OPEN = "supported", "not supported", "not shown"
# The survey's frameworks: what trains a model, and the format of the runtime that it is deployed to.
TENSORFLOW, PYTORCH = ("keras", "tflite"), ("torch", "torchscript")
# What came beside them: TensorFlow's runtime in browsers, PyTorch's newer one.
BESIDE = {TENSORFLOW: ("keras", "tfjs"), PYTORCH: ("torch", "executorch")}
NAMES = {
    TENSORFLOW: "Keras to TensorFlow Lite", BESIDE[TENSORFLOW]: "Keras to TensorFlow.js",
    PYTORCH: "torch to TorchScript", BESIDE[PYTORCH]: "torch to ExecuTorch",
}  # fmt: skip
# Fewer operations than that show nothing about all of them; a sign test above that level is chance.
ENOUGH, LEVEL = 20, 0.05

Way = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, what was measured, the verdict and the rule that gave it, and the rows that speak against it or for it."""

    text: str
    measured: tuple[str, ...]
    verdict: str
    rule: str
    rows: tuple[Row, ...] = ()


def claims(models: Sequence[Conversion], operations: Sequence[Conversion], grids: Sequence[Grid]) -> list[Claim]:
    """The survey's claims, answered."""
    return [_direct([*models, *operations]), _optimisations(models), _all_run(grids), _subset(grids, operations)]


def chance(one: int, other: int) -> float:
    """How likely a split as uneven as ``one`` to ``other`` is by chance: the two-sided sign test."""
    n = one + other
    tail = sum(math.comb(n, count) for count in range(min(one, other) + 1))
    return min(1.0, math.ldexp(tail, 1 - n))


def _direct(found: Sequence[Conversion]) -> Claim:
    """PyTorch converts more directly: fewer steps, and no less often right on the same models, operations among them."""
    ours, theirs = _by_model(found, PYTORCH), _by_model(found, TENSORFLOW)
    both = [name for name in ours if name in theirs]
    gained = [name for name in both if ours[name].state == RIGHT != theirs[name].state]
    lost = [name for name in both if theirs[name].state == RIGHT != ours[name].state]
    short, long = _steps(ours.values()), _steps(theirs.values())
    measured = [text for way in (PYTORCH, TENSORFLOW, BESIDE[PYTORCH], BESIDE[TENSORFLOW]) if (text := _way(found, way))]
    if both:
        measured.append(f"of {_counted(both)} that both took, right from torch alone: {len(gained)}; from Keras alone: {len(lost)}")
    worse = len(lost) > len(gained) and chance(len(gained), len(lost)) < LEVEL
    verdict = OPEN if len(both) < ENOUGH else SUPPORTED if short < long and not worse else AGAINST
    rule = f"supported where torch's way has fewer steps and is not less often right on the same models, {ENOUGH} or more (sign test, 5 %)"
    rows = [Row(f"{name}: {one.state} from torch, {theirs[name].state} from Keras", one.shown) for name, one in ours.items() if name in (*gained, *lost)]
    return Claim("PyTorch models convert more directly", tuple(measured), verdict, rule, tuple(rows))


def _optimisations(found: Sequence[Conversion]) -> Claim:
    """TensorFlow offers more optimisations: more techniques after training that leave a right file."""
    counted = {way: _after_training(found, way) for way in (TENSORFLOW, PYTORCH, BESIDE[TENSORFLOW], BESIDE[PYTORCH])}
    measured = [
        f"{NAMES[way]}: {len(works)} after training work ({', '.join(works) or 'none'}) of {len(tried)} tried and {len(listed)} listed"
        for way, (works, tried, listed) in counted.items()
        if tried
    ]
    trained = [(way, [name for name in worked(_of(found, way)) if _retrains(name)]) for way in (TENSORFLOW, PYTORCH)]
    measured += [f"{NAMES[way]}: {len(names)} with retraining work" for way, names in trained if names]
    if any(names for way, names in trained if way == PYTORCH):
        measured.append("what retrains torch models is code of pocketbench's own, what retrains Keras models is TensorFlow's toolkit")
    (ours, tried, listed), (theirs, they_tried, they_list) = counted[TENSORFLOW], counted[PYTORCH]
    most_ours, most_theirs = len(ours) + len(listed) - len(tried), len(theirs) + len(they_list) - len(they_tried)
    verdict = OPEN if not (tried and they_tried) else SUPPORTED if len(ours) > most_theirs else AGAINST if most_ours <= len(theirs) else OPEN
    rule = "supported where more work in TensorFlow Lite than work, or were not tried, in TorchScript; not shown while untried ones could change that"
    rows = tuple(Row(f"{one.variant.name}: {one.state}", one.shown) for way in (TENSORFLOW, PYTORCH) for one in _of(found, way))
    return Claim("TensorFlow offers more optimisations", tuple(measured), verdict, rule, rows)


def _all_run(grids: Sequence[Grid]) -> Claim:
    """All CPU operations of torch run in its mobile runtime."""
    found = _column(grids, PYTORCH)
    lacking = [one for one in found if one.state != RIGHT]
    measured = [_share(found, PYTORCH), _share(_column(grids, BESIDE[PYTORCH]), BESIDE[PYTORCH])]
    verdict = OPEN if len(found) < ENOUGH else AGAINST if lacking else SUPPORTED
    rule = f"supported where every operation tried is right, of {ENOUGH} or more: no list of operations can show it of all"
    return Claim("All CPU operations of PyTorch run in its mobile runtime", tuple(filter(None, measured)), verdict, rule, _blamed(lacking or found))


def _subset(grids: Sequence[Grid], operations: Sequence[Conversion]) -> Claim:
    """Only a subset of TensorFlow's operations are in TensorFlow Lite: one is enough that its own kernels do not have."""
    own = _of(plain(operations), TENSORFLOW)
    usual = {one.variant.model: one for one in own if not one.variant.form}
    lacking = [one for one in usual.values() if one.state == REFUSED or (one.refusal and one.refusal.reason == "unsupported-operation")]
    names = {one.variant.model for one in lacking}
    carried = [one.variant.model for one in own if one.variant.form == "select_tf_ops" and one.artifact and one.variant.model in names]
    measured = [_share(list(usual.values()), TENSORFLOW), _share(_column(grids, BESIDE[TENSORFLOW]), BESIDE[TENSORFLOW])]
    if carried:
        measured.append(f"with TensorFlow's own kernels beside it (the form select_tf_ops) files were made of {', '.join(dict.fromkeys(carried))}")
    verdict = SUPPORTED if lacking else OPEN
    rule = "supported where one operation or more is refused in the usual form; that all tried ones are made would not show that all are"
    text = "Only a subset of TensorFlow's operations is in TensorFlow Lite"
    return Claim(text, tuple(filter(None, measured)), verdict, rule, _blamed(lacking or list(usual.values())))


def _of(found: Iterable[Conversion], way: Way) -> list[Conversion]:
    """The conversions of one framework to one format."""
    return [one for one in found if (one.variant.framework, one.variant.format) == way]


def _by_model(found: Iterable[Conversion], way: Way) -> dict[str, Conversion]:
    """The float file of each model, in the form that came furthest."""
    own: dict[str, list[Conversion]] = {}
    for one in plain(_of(found, way)):
        own.setdefault(one.variant.model, []).append(one)
    return {name: chosen for name, some in own.items() if (chosen := best(some))}


def _steps(found: Iterable[Conversion]) -> int:
    """How many conversions the longest route has; 0 of none."""
    return max((one.variant.route.count(">") for one in found), default=0)


def _way(found: Sequence[Conversion], way: Way) -> str:
    """How one way went, in words; "" where nobody went it."""
    own = list(_by_model(found, way).values())
    if not own:
        return ""
    route = ", ".join(dict.fromkeys(one.variant.route for one in own))
    steps = _steps(own)
    return f"{NAMES[way]}: {steps} step{'s' if steps != 1 else ''} ({route}), {len(right(own))} of {_counted(own)} right as floats"


def _counted(found: Sequence[object]) -> str:
    """How many models, those that are one operation each among them."""
    return f"{len(found)} model" + ("s" if len(found) != 1 else "")


def _after_training(found: Sequence[Conversion], way: Way) -> tuple[list[str], list[str], list[str]]:
    """The techniques without retraining that work, that were tried, and that are listed; float32 is none, it only converts."""
    own = [one for one in _of(found, way) if one.variant.technique != PLAIN]
    tried = [name for name in dict.fromkeys(one.variant.technique for one in own) if not _retrains(name)]
    listed = [name for name in dict.fromkeys((*available(way[1], way[0]), *tried)) if name != PLAIN and not _retrains(name)] if tried else []
    return [name for name in worked(own) if name in tried], tried, listed


def _retrains(technique: str) -> bool:
    """Whether a technique trains on; one that this pocketbench does not know does not."""
    try:
        return any(step.retrains for step in steps.parse(technique))
    except UnknownName:
        return False


def _column(grids: Sequence[Grid], way: Way) -> list[Conversion]:
    """The operations of one framework in one format."""
    return next((grid.column(way[1]) for grid in grids if grid.framework == way[0]), [])


def _share(found: Sequence[Conversion], way: Way) -> str:
    """How many operations are right, in words; "" of none."""
    return f"{NAMES[way]}: {len(right(found))} of {len(found)} operations right" if found else ""


def _blamed(found: Sequence[Conversion]) -> tuple[Row, ...]:
    """Operations with what became of them."""
    return tuple(Row(f"{one.variant.model}: {one.told}", one.shown) for one in found)

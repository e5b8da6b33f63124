"""Outputs held against labels (a score) and against the source's own outputs (agreement).

Scores look at the first output, as real numbers. Rows whose outputs are not finite count as wrong.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pocketbench import functions
from pocketbench.errors import DataError, Refused, SuiteError
from pocketbench.model import Agreement, Rows, Tensor
from pocketbench.registry import nearest
from pocketbench.scoring import SCORES, kind_of

if TYPE_CHECKING:
    import numpy as np

    from pocketbench.worker import Workers

    Array = np.ndarray[Any, Any]
    Scorer = Callable[[Sequence[Array]], float | None]

DEADLINE_S = 600.0
# Outputs that differ by less than this share of the largest output are the same answer.
SAME = 1e-7


def check(name: str, base: Path) -> None:
    """See that a score is known, or that the module of a user's function is there. Raises SuiteError naming the nearest."""
    if name.startswith(functions.PREFIX):
        functions.find(name, base, SuiteError)
    elif name and kind_of(name) is None:
        known = SCORES.names()
        raise SuiteError(f"data.score: no score named {name!r}; known: {', '.join(known)}, python:module:function", hint=nearest(name, known))


def has_classes(outputs: Sequence[Tensor], name: str) -> bool:
    """Whether a model's outputs are scores of classes: as its score says, else by one output of shape (batch, classes)."""
    if kind := kind_of(name):
        return kind.classes
    return len(outputs) == 1 and len(outputs[0].shape) == 2 and outputs[0].shape[1] >= 2


def score(*, name: str, outputs: "Array", labels: "Array") -> float:
    """Score outputs of shape (rows, …) by a score of that name; may be NaN. Raises KeyError for an unknown one."""
    return float(_COMPUTE[name](outputs, labels))


def scorer(name: str, rows: Rows, base: Path, workers: "Workers") -> "Scorer":
    """Return what scores a job's outputs: None without labels, without a score, or where it is not finite.

    A user's function runs in a worker. The function returned raises DataError when the user's does.
    """
    import numpy as np

    if not name or not rows.labelled:
        return lambda _: None
    file = Path(rows.folder) / "scoring-y.npy"
    if name.startswith(functions.PREFIX):
        return lambda outputs: _number(name, _in_worker(name, base, outputs[0], file, workers))
    labels = np.load(file, allow_pickle=False)
    return lambda outputs: _finite(score(name=name, outputs=outputs[0], labels=labels))


def user_score(*, name: str, base: str, outputs: str, labels: str) -> float:
    """Call a user's ``f(outputs, labels)`` in a worker process on two ``.npy`` files. Raises DataError."""
    import numpy as np

    arrays = [np.load(file, allow_pickle=False) for file in (outputs, labels)]
    answer = functions.find(name, Path(base), DataError).call(*arrays)
    try:
        return float(answer)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} returned {answer!r:.200}, not a number", hint="return a float") from error


def agreement(outputs: "Sequence[Array]", reference: "Sequence[Array]", classes: bool) -> Agreement:
    """Compare an artifact's outputs with its source's, both lists of arrays of shape (rows, …).

    ``top1`` is of the first output. Differences are taken where both are finite, and are None where that is nowhere;
    ``relative_error`` is ‖outputs - reference‖ / ‖reference‖, Euclidean norms over all rows, of several outputs the largest. Raises
    Refused (shape-mismatch) when there are not as many outputs, or their shapes differ.
    """
    import numpy as np

    if len(outputs) != len(reference):
        raise Refused("shape-mismatch", f"the file has {len(outputs)} outputs, its source {len(reference)}")
    pairs = [(np.asarray(ours, np.float64), np.asarray(theirs, np.float64)) for ours, theirs in zip(outputs, reference, strict=True)]
    for ours, theirs in pairs:
        if ours.shape != theirs.shape:
            raise Refused("shape-mismatch", f"an output over all rows has shape {ours.shape}, the source's {theirs.shape}")
    largest, relative = _differences(pairs)
    return Agreement(
        rows=len(pairs[0][0]),
        top1=_same_class(*pairs[0]) if classes else None,
        max_abs_diff=largest,
        relative_error=relative,
        finite=all(bool(np.isfinite(ours).all()) for ours, _ in pairs),
        constant=all(_constant(ours) for ours, _ in pairs),
        source_constant=all(_constant(theirs) for _, theirs in pairs),
        others_error=_differences(pairs[1:])[1] if len(pairs) > 1 else None,
    )


def _differences(pairs: "list[tuple[Array, Array]]") -> tuple[float | None, float | None]:
    """The largest absolute difference and the largest relative error of an output, over the elements that are finite in both.

    An error relative to nothing but zeros is None, and so is then that of all.
    """
    found = [one for one in (_difference(*pair) for pair in pairs) if one is not None]
    relative = [error for _, error in found]
    return max((most for most, _ in found), default=None), None if None in relative else max(filter(None, relative), default=0.0 if found else None)


def _difference(ours: "Array", theirs: "Array") -> tuple[float, float | None] | None:
    """Both of one output; None where no element is finite in both."""
    import numpy as np

    finite = np.isfinite(ours) & np.isfinite(theirs)
    if not finite.any():
        return None
    ours, theirs = ours[finite], theirs[finite]
    difference, size = np.linalg.norm(ours - theirs), np.linalg.norm(theirs)
    return float(np.abs(ours - theirs).max()), 0.0 if difference == 0 else float(difference / size) if size else None


def _constant(outputs: "Array") -> bool:
    """Whether every row is answered alike: max over elements of (max - min over rows) is at most 1e-7 of max |outputs|."""
    import numpy as np

    if len(outputs) < 2 or not outputs.size or not np.isfinite(outputs).all():
        return False
    return bool(np.ptp(outputs, axis=0).max() <= SAME * np.abs(outputs).max())


def _same_class(ours: "Array", theirs: "Array") -> float:
    """The share of rows whose top-1 class is the source's."""
    return float((_top(ours, 1) == _top(theirs, 1)).all(axis=1).mean()) if len(ours) else 0.0


def _top(outputs: "Array", count: int) -> "Array":
    """The ``count`` best classes of each row, best first; -1 in rows that are not finite. One number a row is class 1 above 0.5."""
    import numpy as np

    flat = np.asarray(outputs, np.float64).reshape(len(outputs), -1)
    if flat.shape[1] == 1:
        flat = np.column_stack([1 - flat, flat])
    best = np.argsort(-flat, axis=1, kind="stable")[:, :count]
    return np.where(np.isfinite(flat).all(axis=1, keepdims=True), best, -1)


def _accuracy(outputs: "Array", labels: "Array") -> float:
    """Share of rows whose best class is the label."""
    return float((_top(outputs, 1)[:, 0] == labels).mean())


def _top5(outputs: "Array", labels: "Array") -> float:
    """Share of rows whose label is among the five best classes (ILSVRC: Russakovsky et al., IJCV 115 (3), 2015)."""
    return float((_top(outputs, 5) == labels[:, None]).any(axis=1).mean())


def _rmse(outputs: "Array", labels: "Array") -> float:
    """Root of the mean squared error, in the target's own unit: sqrt(mean((y - ŷ)²))."""
    import numpy as np

    given, wanted = _columns(outputs), _columns(labels)
    return float(np.sqrt(np.mean((given - wanted) ** 2)))


def _r2(outputs: "Array", labels: "Array") -> float:
    """Coefficient of determination: 1 - Σ(y - ŷ)² / Σ(y - ȳ)² (Draper and Smith, Applied Regression Analysis, 3rd ed., §1.3).

    Several targets are weighted by their variances. NaN when all targets are alike.
    """
    given, wanted = _columns(outputs), _columns(labels)
    total = float(((wanted - wanted.mean(axis=0)) ** 2).sum())
    return 1 - float(((given - wanted) ** 2).sum()) / total if total else float("nan")


def _columns(values: "Array") -> "Array":
    """Values as float64 of shape (rows, columns)."""
    import numpy as np

    return np.asarray(values, np.float64).reshape(len(values), -1)


def _finite(value: float) -> float | None:
    """A finite number, or None."""
    import math

    return value if math.isfinite(value) else None


def _number(name: str, value: float) -> float:
    """What a user's score gave. Raises DataError when it is not a finite number."""
    import math

    if not math.isfinite(value):
        raise DataError(f"{name} gave {value}, not a number", hint="a score is a finite number; say 0 for outputs that cannot be scored")
    return value


def _in_worker(name: str, base: Path, outputs: "Array", labels: Path, workers: "Workers") -> float:
    """Let a worker call a user's function."""
    import numpy as np

    with tempfile.TemporaryDirectory(prefix="pocketbench-score-") as folder:
        file = Path(folder) / "outputs.npy"
        np.save(file, np.asarray(outputs))
        arguments = {"name": name, "base": str(base), "outputs": str(file), "labels": str(labels)}
        return cast("float", workers.call("plain", "pocketbench.scores:user_score", arguments, deadline_s=DEADLINE_S))


_COMPUTE: "Mapping[str, Callable[[Array, Array], float]]" = {"accuracy": _accuracy, "top5": _top5, "rmse": _rmse, "r2": _r2}

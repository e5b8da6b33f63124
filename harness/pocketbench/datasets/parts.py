"""Which rows score, which calibrate, which train: never the same ones."""

import re
from typing import TYPE_CHECKING, Any

from pocketbench.errors import DataError
from pocketbench.suite import Data
from pocketbench.zoo.order import fixed_order

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# Where the suite gives no number: enough rows that one row is under a percent, few enough that every job runs them.
SCORING = 500
CALIBRATION = 100
# Random rows tell nothing of accuracy: a few show that the model runs.
RANDOM = 20


def chosen(rows: int | None, data: Data, train_rows: int, trained_on: str) -> "dict[str, Array]":
    """Return the row numbers of each part: scoring from the start of the fixed order, calibration next, training from its end.

    ``rows`` is None when there are as many as are wanted. Rows at the end that the model itself was trained on
    (``trained_on``) neither score nor calibrate. Raises DataError when the parts would overlap.
    """
    learnt = _learnt(trained_on, data.source)
    scoring, calibration = _random(data) if rows is None else _counted(rows, data, max(train_rows, learnt))
    total = scoring + calibration + train_rows if rows is None else rows
    if scoring < 1 or scoring + calibration + max(train_rows, learnt) > total:
        raise _overlap(data, scoring, calibration, train_rows, learnt, total)
    order = fixed_order(total)
    return {"scoring": order[:scoring], "calibration": order[scoring : scoring + calibration], "training": order[total - train_rows :]}


def _learnt(trained_on: str, source: str) -> int:
    """How many rows at the end of this data set the model was trained on: 1000 for ``zoo:digits[-1000:]``."""
    found = re.fullmatch(r"(.+)\[-(\d+):\]", trained_on)
    return int(found[2]) if found and found[1] == source else 0


def _random(data: Data) -> tuple[int, int]:
    """How many made-up rows score and calibrate."""
    return data.scoring or RANDOM, RANDOM if data.calibration is None else data.calibration


def _counted(rows: int, data: Data, kept_back: int) -> tuple[int, int]:
    """How many rows score and calibrate; where the suite says nothing, of those that training leaves a quarter at most calibrates."""
    if rows == 0:
        raise DataError(f"{data.source} is empty: it has no rows")
    free = rows - kept_back
    calibration = data.calibration
    if calibration is None:
        calibration = min(CALIBRATION, max(0, free // 4 if data.scoring is None else free - data.scoring))
    return data.scoring or min(SCORING, free - calibration), calibration


def _overlap(data: Data, scoring: int, calibration: int, train_rows: int, learnt: int, total: int) -> DataError:
    """Say which numbers do not fit, and by how much."""
    needs = [f"scoring {max(scoring, 1)}", f"calibration {calibration}"]
    needs += [f"{train_rows} to train"] if train_rows >= learnt and train_rows else []
    needs += [f"{learnt} that the model was trained on"] if learnt > train_rows else []
    wanted = max(scoring, 1) + calibration + max(train_rows, learnt)
    keys = "data.scoring, data.calibration" + (" or train.rows" if train_rows >= learnt and train_rows else "")
    return DataError(f"{data.source} has {total} rows; {' + '.join(needs)} are {wanted}: rows would be used twice", hint=f"lower {keys} by {wanted - total}")

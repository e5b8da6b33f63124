"""``zoo:linear-regression``: one dense unit on the ten features of ``zoo:diabetes``; the smallest model there is.

Fitted by ordinary least squares, so it is the same in every framework to the last rounding.
"""

from typing import TYPE_CHECKING, Any

from pocketbench.zoo import MODELS, ZooModel, training_rows

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def fit() -> tuple["Array", "Array"]:
    """Return the kernel, float32 of shape (10, 1), and the bias, float32 of shape (1,), that fit the training rows best.

    Ordinary least squares with an intercept: min ‖[X 1]w - y‖², solved by singular value decomposition.
    """
    import numpy as np

    rows = training_rows(MODELS.get("linear-regression"))
    x = np.column_stack([rows.x, np.ones(len(rows.x))]).astype(np.float64)
    weights, *_ = np.linalg.lstsq(x, rows.y.astype(np.float64), rcond=None)
    return weights[:-1, np.newaxis].astype(np.float32), weights[-1:].astype(np.float32)


MODELS.add(
    ZooModel(
        name="linear-regression", about="one dense unit fitted by least squares", data="diabetes", rows=262,
        calibration=80, scoring=100, score="r2",
        makers={"keras": "pocketbench.zoo.linear_regression_keras:make", "torch": "pocketbench.zoo.linear_regression_torch:make"},
        packages=("scikit-learn", "numpy"),
    )
)  # fmt: skip

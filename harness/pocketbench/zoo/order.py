"""The one order that the rows of every data set are taken in."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SEED = 0


def fixed_order(rows: int) -> "Array":
    """Return a permutation of ``range(rows)``, always the same: int64 of shape (rows,).

    Data is often sorted by label, so rows are shuffled once; scoring takes them from the start, calibration the next,
    training from the end. PCG64 and not NumPy's default generator, whose algorithm may change.
    """
    import numpy as np

    return np.random.Generator(np.random.PCG64(SEED)).permutation(rows)

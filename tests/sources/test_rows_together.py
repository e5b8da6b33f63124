"""Rows are run together only where that changes nothing."""

import numpy as np

from pocketbench.sources import running

ROWS = np.random.default_rng(1).random((50, 3), dtype=np.float32)


def test_a_model_that_mixes_rows_is_run_row_by_row() -> None:
    """A branch by the mean of all that is given answers otherwise for each row alone."""

    def mixing(given: list[np.ndarray]) -> list[np.ndarray]:
        return [given[0] - given[0].mean()]

    assert running._in_batches(mixing, [ROWS]) is None
    assert np.allclose(running._row_by_row(mixing, [ROWS])[0], ROWS - ROWS.mean(1, keepdims=True))


def test_a_model_that_keeps_rows_apart_is_run_in_batches() -> None:
    """Every row is there, in order; whole numbers, true and false, and one row alone too."""
    for compute in (lambda x: 2 * x, lambda x: x > 0.5, lambda x: x.argmax(1)):
        found = running._in_batches(lambda given, compute=compute: [compute(given[0])], [ROWS])
        assert found is not None
        assert np.array_equal(found[0], compute(ROWS))
    assert running._in_batches(lambda given: [given[0]], [ROWS[:1]]) is not None


def test_an_output_that_has_not_one_entry_a_row_is_not_batched() -> None:
    """Neither one for all, nor one of another rank."""
    assert running._in_batches(lambda given: [given[0].sum(0, keepdims=True)], [ROWS]) is None
    assert running._in_batches(lambda given: [np.float32(given[0].sum())], [ROWS]) is None

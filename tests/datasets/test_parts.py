"""Which rows score, calibrate and train."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketbench.datasets import parts
from pocketbench.errors import DataError
from pocketbench.suite import Data
from pocketbench.zoo.order import fixed_order


def test_scoring_is_from_the_start_calibration_next_training_from_the_end() -> None:
    """All three follow the one fixed order."""
    chosen, order = parts.chosen(10, Data("d.npz", calibration=2, scoring=3), 4, ""), fixed_order(10)
    assert {part: rows.tolist() for part, rows in chosen.items()} == {
        "scoring": order[:3].tolist(), "calibration": order[3:5].tolist(), "training": order[6:].tolist(),
    }  # fmt: skip


@given(
    rows=st.integers(1, 300), scoring=st.none() | st.integers(1, 300), calibration=st.none() | st.integers(0, 300),
    train=st.integers(0, 300), learnt=st.integers(0, 300),
)  # fmt: skip
def test_parts_never_overlap(rows: int, scoring: int | None, calibration: int | None, train: int, learnt: int) -> None:
    """Either the numbers are refused, or no row is used twice and none the model learnt is scored."""
    try:
        chosen = parts.chosen(rows, Data("zoo:d", calibration=calibration, scoring=scoring), train, f"zoo:d[-{learnt}:]" if learnt else "")
    except DataError:
        return
    used = np.concatenate(list(chosen.values()))
    assert len(set(used.tolist())) == len(used)
    assert len(chosen["scoring"]) == scoring or (scoring is None and len(chosen["scoring"]) >= 1)
    assert not set(fixed_order(rows)[rows - learnt :].tolist()) & {*chosen["scoring"].tolist(), *chosen["calibration"].tolist()}


def test_an_overlap_names_the_numbers_and_what_to_lower() -> None:
    """450 + 200 + 1200 rows are more than 1797."""
    with pytest.raises(DataError, match="zoo:digits has 1797 rows; scoring 450 \\+ calibration 200 \\+ 1200 to train are 1850") as raised:
        parts.chosen(1797, Data("zoo:digits", calibration=200, scoring=450), 1200, "")
    assert raised.value.hint == "lower data.scoring, data.calibration or train.rows by 53"


def test_rows_that_a_zoo_model_learnt_are_not_scored() -> None:
    """The model's own training rows count, although the suite sets none aside."""
    with pytest.raises(DataError, match="scoring 700 \\+ calibration 200 \\+ 1000 that the model was trained on are 1900"):
        parts.chosen(1797, Data("zoo:digits", calibration=200, scoring=700), 0, "zoo:digits[-1000:]")
    assert len(parts.chosen(1797, Data("mine.npz", calibration=200, scoring=700), 0, "zoo:digits[-1000:]")["scoring"]) == 700


def test_retraining_may_use_the_rows_that_the_model_learnt() -> None:
    """Training rows and learnt rows are both from the end; they may be the same."""
    chosen = parts.chosen(1797, Data("zoo:digits", calibration=200, scoring=450), 1000, "zoo:digits[-1000:]")
    assert len(chosen["training"]) == 1000


def test_numbers_that_the_suite_leaves_out_are_chosen() -> None:
    """At most a quarter of what training leaves calibrates, the rest scores, both bounded."""
    assert [len(rows) for rows in parts.chosen(40, Data("d.npz"), 0, "").values()] == [30, 10, 0]
    assert [len(rows) for rows in parts.chosen(9000, Data("d.npz"), 0, "").values()] == [500, 100, 0]
    assert [len(rows) for rows in parts.chosen(None, Data(), 0, "").values()] == [20, 20, 0]
    assert [len(rows) for rows in parts.chosen(40, Data("d.npz", scoring=35), 0, "").values()] == [35, 5, 0]


def test_an_empty_data_set_is_refused() -> None:
    """No rows, no run."""
    with pytest.raises(DataError, match=r"d\.npz is empty"):
        parts.chosen(0, Data("d.npz"), 0, "")

"""Scores and agreement, on numbers small enough to check by hand."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketbench import scores
from pocketbench.errors import DataError, Refused, SuiteError
from pocketbench.model import Rows, Tensor
from pocketbench.scoring import SCORES
from pocketbench.worker import Workers

Array = np.ndarray[Any, Any]


def rows(folder: Path, labels: Array | None) -> Rows:
    """Keep labels as opened rows do."""
    if labels is not None:
        np.save(folder / "scoring-y.npy", labels)
    return Rows("k", str(folder), 4, 0, 0, labels is not None)


def test_accuracy_is_the_share_of_rows_whose_best_class_is_the_label() -> None:
    """Three of four rows are right."""
    outputs = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    assert scores.score(name="accuracy", outputs=outputs, labels=np.array([0, 1, 1, 1])) == 0.75


def test_accuracy_of_one_number_a_row_takes_class_one_above_a_half() -> None:
    """A sigmoid output is two classes."""
    assert scores.score(name="accuracy", outputs=np.array([[0.9], [0.2], [0.6]]), labels=np.array([1, 0, 0])) == pytest.approx(2 / 3)


def test_top5_looks_at_five_classes_and_not_at_six() -> None:
    """The fifth best class counts, the sixth does not."""
    outputs = np.array([[6, 5, 4, 3, 2, 1.0]] * 2)
    assert scores.score(name="top5", outputs=outputs, labels=np.array([4, 5])) == 0.5


def test_rows_that_are_not_finite_count_as_wrong() -> None:
    """NaN is never the right class, in accuracy and in top5."""
    outputs = np.array([[np.nan, 0.1], [0.9, 0.1]])
    assert scores.score(name="accuracy", outputs=outputs, labels=np.array([0, 0])) == 0.5
    assert scores.score(name="top5", outputs=outputs, labels=np.array([0, 0])) == 0.5


def test_rmse_is_in_the_targets_own_unit() -> None:
    """Errors of 3 and 4 have a root mean square of sqrt(12.5), whatever the shape of the labels."""
    assert scores.score(name="rmse", outputs=np.array([[3.0], [4.0]]), labels=np.array([0.0, 0.0])) == pytest.approx(math.sqrt(12.5))


def test_r2_is_one_for_a_perfect_model_and_zero_for_the_mean() -> None:
    """The two fixed points of the coefficient of determination."""
    labels = np.array([1.0, 2.0, 6.0])
    assert scores.score(name="r2", outputs=labels[:, np.newaxis], labels=labels) == 1.0
    assert scores.score(name="r2", outputs=np.full((3, 1), 3.0), labels=labels) == pytest.approx(0.0)


def test_every_score_that_is_known_can_be_computed() -> None:
    """What a suite may name is what there is code for."""
    for kind in SCORES:
        assert math.isfinite(scores.score(name=kind.name, outputs=np.eye(6), labels=np.arange(6) if kind.classes else np.eye(6)))


@pytest.mark.parametrize(
    ("shapes", "name", "expected"),
    [
        ([(-1, 10)], "", True),
        ([(-1, 1)], "", False),
        ([(-1, 1)], "accuracy", True),
        ([(-1, 10)], "rmse", False),
        ([(-1, 10), (-1, 10)], "", False),
        ([(-1, 4, 4, 10)], "", False),
        ([(-1, 10)], "python:a:b", True),
    ],
)
def test_outputs_are_classes_when_the_score_or_their_shape_says_so(shapes: list[tuple[int, ...]], name: str, expected: bool) -> None:
    """The score decides; without one, a single output of shape (batch, classes)."""
    assert scores.has_classes([Tensor("y", shape, "float32") for shape in shapes], name) is expected


def test_an_unknown_score_names_the_nearest(tmp_path: Path) -> None:
    """A misspelt score is the suite's fault, and is told with the known ones."""
    with pytest.raises(SuiteError, match="no score named 'acuracy'; known: accuracy, top5, rmse, r2") as raised:
        scores.check("acuracy", tmp_path)
    assert raised.value.hint == "did you mean 'accuracy'?"


def test_agreement_of_the_same_outputs_is_whole() -> None:
    """Nothing differs, and different rows are not constant."""
    outputs = np.array([[0.1, 0.9], [0.8, 0.2]])
    found = scores.agreement([outputs], [outputs], classes=True)
    assert (found.rows, found.top1, found.max_abs_diff, found.relative_error, found.finite, found.constant) == (2, 1.0, 0.0, 0.0, True, False)


def test_agreement_compares_all_outputs_and_classes_of_the_first() -> None:
    """Of differences the largest counts, also relative to each output's own size; top-1 is absent without classes."""
    ours = [np.array([[3.0, 0.0], [0.0, 4.0]]), np.array([[2.0], [2.0]])]
    theirs = [np.array([[3.0, 0.0], [4.0, 0.0]]), np.array([[2.0], [5.0]])]
    found = scores.agreement(ours, theirs, classes=True)
    assert found.top1 == 0.5
    assert found.max_abs_diff == 4.0
    assert found.relative_error == pytest.approx(math.sqrt(16 + 16) / math.sqrt(9 + 16))
    assert found.others_error == pytest.approx(3 / math.sqrt(4 + 25))
    assert scores.agreement(ours, theirs, classes=False).top1 is None


def test_agreement_is_safe_from_nan() -> None:
    """A row of NaN agrees with nothing, is told by ``finite``, and leaves the differences of the others."""
    reference = np.array([[0.1, 0.9], [0.8, 0.2]])
    found = scores.agreement([np.array([[np.nan, np.nan], [0.8, 0.3]])], [reference], classes=True)
    assert (found.finite, found.top1, found.constant) == (False, 0.5, False)
    assert found.max_abs_diff == pytest.approx(0.1)


def test_agreement_without_any_finite_number_has_no_differences() -> None:
    """None, not zero: nothing could be compared."""
    found = scores.agreement([np.full((2, 2), np.inf)], [np.ones((2, 2))], classes=True)
    assert (found.max_abs_diff, found.relative_error, found.top1) == (None, None, 0.0)


def test_the_same_answer_for_every_row_is_constant() -> None:
    """Differences under a ten millionth of the largest output do not count; larger ones do."""
    same = np.array([[1000.0, 1.0]] * 3)
    same[1, 1] += 5e-5
    assert scores.agreement([same], [same], classes=False).constant
    same[1, 1] += 5e-3
    assert not scores.agreement([same], [same], classes=False).constant
    assert scores.agreement([np.zeros((3, 2))], [np.ones((3, 2))], classes=False).constant


def test_one_row_is_never_called_constant() -> None:
    """With one row there is nothing to tell it by."""
    assert not scores.agreement([np.ones((1, 2))], [np.ones((1, 2))], classes=False).constant


def test_agreement_refuses_other_shapes() -> None:
    """Broadcasting would compare the wrong numbers; the refusal is a typed one, of this job alone."""
    for ours in ([np.ones((2, 1))], [np.ones((2, 3)), np.ones(2)], []):
        with pytest.raises(Refused) as raised:
            scores.agreement(ours, [np.ones((2, 3))], classes=False)
        assert raised.value.reason == "shape-mismatch"


@given(st.lists(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=3, max_size=3), min_size=1, max_size=6))
def test_agreement_is_json_whatever_the_outputs(numbers: list[list[float]]) -> None:
    """Whatever an artifact gives, what is recorded is finite or None, and shares are shares."""
    with np.errstate(all="ignore"):
        found = scores.agreement([np.array(numbers)], [np.ones((len(numbers), 3))], classes=True)
    assert found.top1 is not None
    assert 0 <= found.top1 <= 1
    assert all(value is None or math.isfinite(value) for value in (found.max_abs_diff, found.relative_error))


def test_a_scorer_reads_labels_of_the_scoring_rows(tmp_path: Path) -> None:
    """The first output is scored against the labels that were kept."""
    scorer = scores.scorer("accuracy", rows(tmp_path, np.array([0, 1])), tmp_path, cast("Workers", None))
    assert scorer([np.array([[1.0, 0.0], [1.0, 0.0]])]) == 0.5


def test_without_labels_or_score_there_is_no_score(tmp_path: Path) -> None:
    """None, not zero."""
    outputs = [np.ones((4, 2))]
    assert scores.scorer("accuracy", rows(tmp_path, None), tmp_path, cast("Workers", None))(outputs) is None
    assert scores.scorer("", rows(tmp_path, np.zeros(4)), tmp_path, cast("Workers", None))(outputs) is None


def test_a_score_that_is_not_finite_is_none(tmp_path: Path) -> None:
    """R² of targets that are all alike is undefined."""
    assert scores.scorer("r2", rows(tmp_path, np.ones(4)), tmp_path, cast("Workers", None))([np.ones((4, 1))]) is None


@pytest.mark.slow
def test_a_users_function_scores_in_a_worker(tmp_path: Path) -> None:
    """It gets the first output and the labels as arrays; what it prints does not disturb."""
    text = "def least(outputs, labels):\n    print('hello')\n    return (outputs[:, 0] - labels).min()\n"
    (tmp_path / "my_scores.py").write_text(text, encoding="utf-8")
    with Workers(tmp_path) as workers:
        scorer = scores.scorer("python:my_scores:least", rows(tmp_path, np.array([1.0, 2.0])), tmp_path, workers)
        assert scorer([np.array([[3.0], [2.5]])]) == 0.5


def test_a_users_function_must_return_a_number(tmp_path: Path) -> None:
    """What it returns instead is told."""
    (tmp_path / "my_scores.py").write_text("def wrong(outputs, labels):\n    return 'good'\n", encoding="utf-8")
    np.save(tmp_path / "a.npy", np.ones(2))
    files: Mapping[str, str] = {"outputs": str(tmp_path / "a.npy"), "labels": str(tmp_path / "a.npy")}
    with pytest.raises(DataError, match="returned 'good', not a number"):
        scores.user_score(name="python:my_scores:wrong", base=str(tmp_path), **files)


@pytest.mark.slow
def test_a_users_score_that_is_no_number_is_an_error(tmp_path: Path) -> None:
    """A blank would pass for a model that was not scored."""
    (tmp_path / "my_scores.py").write_text("def lost(outputs, labels):\n    return float('nan')\n", encoding="utf-8")
    with Workers(tmp_path) as workers:
        scorer = scores.scorer("python:my_scores:lost", rows(tmp_path, np.array([1.0, 2.0])), tmp_path, workers)
        with pytest.raises(DataError, match="python:my_scores:lost gave nan, not a number"):
            scorer([np.array([[3.0], [2.5]])])


def test_a_constant_answer_of_the_source_is_told_apart_from_one_of_the_file() -> None:
    """An untrained model answers alike before any conversion; lost weights only after it."""
    same, other = np.ones((3, 2)), np.arange(6.0).reshape(3, 2)

    assert scores.agreement([same], [same], classes=False).source_constant
    assert not scores.agreement([same], [other], classes=False).source_constant

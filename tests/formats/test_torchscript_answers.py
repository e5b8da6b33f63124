"""Answers of a module to a few rows, held against others."""

from typing import Any

import pytest
import torch

from pocketbench.formats.torchscript_answers import answered, answers, errors

pytestmark = pytest.mark.slow


def test_rows_that_a_model_cannot_take_are_left_out() -> None:
    """Those that it refuses and those that it answers with no number; the example must be taken."""

    def root(x: Any) -> Any:
        if float(x) > 5:
            raise ValueError("too large")
        return x.sqrt()

    rows = [(torch.tensor([value]),) for value in (1.0, 4.0, -1.0, 9.0)]
    kept, found = answered(root, rows)

    assert [float(row[0]) for row in kept] == [1.0, 4.0]
    assert [each.tolist() for each in found] == [[1.0], [2.0]]
    with pytest.raises(ValueError, match="too large"):
        answers(root, rows[::-1])


def test_several_outputs_are_one_vector() -> None:
    """One after another, float64."""
    (found,) = answers(lambda x: (x, {"twice": 2 * x}), [(torch.tensor([1.0]),)])

    assert (found.tolist(), found.dtype) == ([1.0, 2.0], torch.float64)


def test_errors_are_relative_and_nothing_passes_for_right() -> None:
    """A row without an answer, of another length or with no number is far; a small row is held against the largest."""
    wanted = [torch.tensor(each).double() for each in ([3.0, 4.0], [300.0, 400.0], [1.0], [1.0, 2.0], [0.0, 0.0])]
    given = [torch.tensor([3.0, 4.5]).double(), None, torch.tensor([1.0, 1.0]), torch.tensor([float("nan"), 2.0]), torch.tensor([0.0, 0.0])]

    assert errors(given, wanted) == [0.1, 1.0, 1.0, float("inf"), 0.0]

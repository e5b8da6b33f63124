"""Techniques are steps joined by a plus sign."""

import pytest

from pocketbench.errors import UnknownName
from pocketbench.techniques import STEPS, parse


def test_a_technique_is_its_steps_in_order() -> None:
    """One word is one step, words joined by ``+`` are several, as written."""
    assert [step.name for step in parse("int8")] == ["int8"]
    assert [step.name for step in parse("float16+dynamic_int8")] == ["float16", "dynamic_int8"]


@pytest.mark.parametrize("technique", ["int9", "float16+int9", "", "int8+", "INT8"])
def test_other_words_are_unknown(technique: str) -> None:
    """A word that is no step, and an empty one, is an unknown name, wherever it stands."""
    with pytest.raises(UnknownName, match="no technique step named"):
        parse(technique)


def test_the_nearest_step_is_offered() -> None:
    """A misspelt step brings the one it is closest to."""
    with pytest.raises(UnknownName) as caught:
        parse("dynamic_in8")
    assert "dynamic_int8" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "promises", "integer", "calibrates"),
    [
        ("float32", "", False, False),
        ("float16", "halved", False, False),
        ("dynamic_int8", "quantized", True, False),
        ("int8_float_io", "quantized", True, True),
        ("int8", "quantized", True, True),
        ("uint8", "quantized", True, True),
        ("int16x8", "quantized", True, True),
        ("as_is", "", False, False),
    ],
)
def test_each_step_says_what_it_promises_and_needs(name: str, promises: str, integer: bool, calibrates: bool) -> None:
    """What must be in the file, which threshold holds and which rows are needed is part of a step."""
    step = STEPS.get(name)
    assert (step.promises, step.integer, step.calibrates, step.retrains) == (promises, integer, calibrates, False)
    assert step.does

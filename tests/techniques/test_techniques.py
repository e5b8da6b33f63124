"""Techniques are steps joined by a plus sign."""

import pytest

from pocketbench.errors import UnknownName
from pocketbench.techniques import STEPS, control, conversion, parse, retraining
from pocketbench.trust import Promises


def test_a_technique_is_its_steps_in_order() -> None:
    """One word is one step, words joined by ``+`` are several, as written."""
    assert [step.name for step in parse("int8")] == ["int8"]
    assert [step.name for step in parse("prune80+cluster16+qat_int8")] == ["prune80", "cluster16", "qat_int8"]


@pytest.mark.parametrize("technique", ["int9", "prune80+int9", "", "int8+", "INT8", "extra_epochs:1", "extra_epochs:10", "prune80:2"])
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
    ("technique", "hint"),
    [
        ("int8+prune80", "write 'prune80+int8'"),
        ("float16+dynamic_int8", "write 'float16'"),
        ("qat_int8+cluster16+prune80", "write 'prune80+cluster16+qat_int8'"),
        ("prune80+float32", "write 'prune80'"),
        ("qat_int8+int8", "write 'qat_int8'"),
        ("extra_epochs+prune80", "write 'prune80'"),
        ("prune50+prune80", "write 'prune50'"),
        ("sparse+prune80", "write 'prune80+sparse'"),
    ],
)
def test_steps_that_do_not_go_together_are_refused_with_how_to_write_them(technique: str, hint: str) -> None:
    """There is one way to write a technique, so that one technique has one name."""
    with pytest.raises(UnknownName) as caught:
        parse(technique)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("technique", "retrains", "converts", "held_against"),
    [
        ("int8", [], "int8", ""),
        ("prune80", ["prune80"], "float32", "extra_epochs"),
        ("prune80+sparse", ["prune80"], "sparse", "extra_epochs"),
        ("prune80+int8+sparse", ["prune80"], "int8+sparse", "extra_epochs+int8"),
        ("qat_int8", ["qat_int8"], "qat_int8", "extra_epochs+int8"),
        ("prune80+qat_int8", ["prune80", "qat_int8"], "qat_int8", "extra_epochs:2+int8"),
        ("prune80+cluster16+qat_int8", ["prune80", "cluster16", "qat_int8"], "qat_int8", "extra_epochs:3+int8"),
        ("extra_epochs:3+int8", ["extra_epochs:3"], "int8", ""),
    ],
)
def test_a_technique_falls_into_retraining_and_converting_and_has_a_control(technique: str, retrains: list[str], converts: str, held_against: str) -> None:
    """What makes another source, what is left for the converter, and what trained as long and is otherwise the same."""
    steps = parse(technique)

    assert [step.name for step in retraining(steps)] == retrains
    assert conversion(steps) == converts
    assert control(steps) == held_against


def test_extra_epochs_are_counted_in_their_number() -> None:
    """``extra_epochs:3`` goes over the training rows three times as often."""
    assert [parse(f"extra_epochs{times}")[0].times for times in ("", ":2", ":9")] == [1, 2, 9]


@pytest.mark.parametrize(
    ("name", "promises", "integer", "calibrates", "retrains"),
    [
        ("float32", Promises(), False, False, False),
        ("float16", Promises(halved=True), False, False, False),
        ("bfloat16", Promises(halved=True), True, False, False),
        ("dynamic_int8", Promises(quantized=True), True, False, False),
        ("int8_float_io", Promises(quantized=True), True, True, False),
        ("int8", Promises(quantized=True), True, True, False),
        ("uint8", Promises(quantized=True), True, True, False),
        ("int16x8", Promises(quantized=True), True, True, False),
        ("weights_uint8", Promises(quantized=True), True, False, False),
        ("weights_uint16", Promises(halved=True), False, False, False),
        ("prune50", Promises(sparsity=0.5), False, False, True),
        ("prune80", Promises(sparsity=0.8), False, False, True),
        ("prune2x4", Promises(sparsity=0.5, two_of_four=True), False, False, True),
        ("cluster16", Promises(clusters=16), False, False, True),
        ("cluster32", Promises(clusters=32), False, False, True),
        ("qat_int8", Promises(quantized=True), True, False, True),
        ("extra_epochs", Promises(), False, False, True),
        ("sparse", Promises(encoded=True), False, False, False),
        ("as_is", Promises(), False, False, False),
    ],
)
def test_each_step_says_what_it_promises_and_needs(name: str, promises: Promises, integer: bool, calibrates: bool, retrains: bool) -> None:
    """What must be in the file, which threshold holds and which rows are needed is part of a step."""
    step = STEPS.get(name)
    assert (step.promises, step.integer, step.calibrates, step.retrains) == (promises, integer, calibrates, retrains)
    assert step.does


def test_every_step_is_listed_above() -> None:
    """A step that is added says here what it promises."""
    assert len(STEPS.names()) == 19

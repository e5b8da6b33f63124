"""Flaws: each named when its threshold is crossed, and not before."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketbench import trust
from pocketbench.errors import UnknownName
from pocketbench.model import Agreement, Anatomy, Kernel
from pocketbench.scoring import kind_of
from pocketbench.trust import Promises

GOOD = Agreement(rows=100, top1=None, max_abs_diff=0.0, relative_error=0.0, finite=True, constant=False)


def test_a_good_file_has_no_flaw() -> None:
    """Everything promised, everything agreeing: nothing to say."""
    assert _flaws({"quantized"}, {"int8": 100}, check=GOOD) == ()


@pytest.mark.parametrize(
    ("promise", "by_dtype", "flaws"),
    [
        ("quantized", {"float32": 100}, ("NOOP",)),
        ("quantized", {}, ("NOOP",)),
        ("quantized", {"int8": 89, "float32": 11}, ("PARTLY-QUANTIZED",)),
        ("quantized", {"int8": 90, "float32": 10}, ()),
        ("quantized", {"int4": 100}, ()),
        ("quantized", {"int16": 100}, ("NOOP",)),
        ("halved", {"float32": 100}, ("NOOP",)),
        ("halved", {"float16": 89, "float32": 11}, ("PARTLY-HALVED",)),
        ("halved", {"float16": 90, "float32": 10}, ()),
        ("halved", {"bfloat16": 100}, ()),
        ("", {"float32": 100}, ()),
    ],
)
def test_what_a_technique_promised_must_be_in_the_file(promise: str, by_dtype: dict[str, int], flaws: tuple[str, ...]) -> None:
    """Nothing of it is a NOOP; under 90 % of the weight elements quantised or halved is PARTLY-QUANTIZED or PARTLY-HALVED."""
    assert _flaws({promise} - {""}, by_dtype) == flaws


def test_weights_that_the_file_does_not_show_are_not_quantised() -> None:
    """Where the source has more weights than the file shows, the share is of the source's."""
    assert _flaws({"quantized"}, {"int8": 100}, source_parameters=200) == ("PARTLY-QUANTIZED",)


@pytest.mark.parametrize(
    ("changes", "integer", "flaws"),
    [
        ({"finite": False}, False, ("NON-FINITE",)),
        ({"constant": True}, False, ("CONSTANT-OUTPUT",)),
        ({"constant": True, "rows": 1}, False, ()),
        ({"top1": 0.99}, False, ()),
        ({"top1": 0.989}, False, ("LOW-AGREEMENT",)),
        ({"top1": 0.97}, True, ()),
        ({"top1": 0.969}, True, ("LOW-AGREEMENT",)),
        ({"relative_error": 1e-3}, False, ()),
        ({"relative_error": 1.1e-3}, False, ("LOW-AGREEMENT",)),
        ({"relative_error": 5e-2}, True, ()),
        ({"relative_error": 5.1e-2}, True, ("LOW-AGREEMENT",)),
        ({"relative_error": math.nan}, True, ("LOW-AGREEMENT",)),
        ({"relative_error": None, "max_abs_diff": None}, True, ()),
        ({"relative_error": None, "max_abs_diff": 1e-9}, True, ("LOW-AGREEMENT",)),
        ({"relative_error": None, "max_abs_diff": 0.0}, False, ()),
        ({"top1": 1.0, "relative_error": 0.5}, True, ()),
        ({"rows": 0, "relative_error": 1.0}, True, ()),
    ],
)
def test_outputs_are_held_against_the_thresholds(changes: dict[str, Any], integer: bool, flaws: tuple[str, ...]) -> None:
    """Top-1 where there are classes, else the relative error; looser for integer techniques; NaN is far, and so is anything but 0 from nothing but 0."""
    agreement = msgspec.structs.replace(GOOD, **changes)
    assert trust.agreement_flaws(agreement, integer=integer, classes=agreement.top1 is not None) == flaws


def test_without_classes_top1_says_nothing() -> None:
    """A share of equal classes is not looked at when outputs are no classes."""
    agreement = msgspec.structs.replace(GOOD, top1=0.1)
    assert trust.agreement_flaws(agreement, integer=False, classes=False) == ()


def test_random_rows_are_said() -> None:
    """Rows that were made up make every number of the file one about made-up rows."""
    assert _flaws(set(), {"float32": 1}, random_input=True) == ("RANDOM-INPUT",)


def test_variables_that_nothing_fills_make_outputs_meaningless() -> None:
    """Such a file computes with what lay in memory, finite or not."""
    assert _flaws(set(), {}, unset_variables=True, check=GOOD) == ("NON-FINITE",)
    assert _flaws(set(), {}, unset_variables=False, check=GOOD) == ()


def test_flaws_come_once_and_in_the_order_of_the_list() -> None:
    """However many are found, the record reads the same way every time."""
    bad = msgspec.structs.replace(GOOD, finite=False, constant=True, relative_error=9.0)
    found = _flaws({"quantized"}, {"float32": 1}, unset_variables=True, check=bad, random_input=True)
    assert found == ("NOOP", "NON-FINITE", "CONSTANT-OUTPUT", "LOW-AGREEMENT", "RANDOM-INPUT")


@pytest.mark.parametrize(
    ("low", "high", "flaws"), [(91.0, 109.0, ()), (89.0, 101.0, ("NOISY",)), (99.0, 111.0, ("NOISY",)), (None, None, ()), (math.nan, 101.0, ("NOISY",))]
)
def test_a_wide_interval_is_noisy(low: float | None, high: float | None, flaws: tuple[str, ...]) -> None:
    """More than 10 % of the median of 100 on either side; without an interval nothing is said."""
    assert trust.noisy(low, high, 100.0) == flaws


@pytest.mark.parametrize(
    ("before", "after", "flaws"),
    [
        ({}, {}, ()),
        ({"thermal": "none", "battery_percent": 25, "battery_saver": "off"}, {"thermal": "none", "battery_percent": 25}, ()),
        ({"thermal": "light"}, {"thermal": "none"}, ("THERMAL",)),
        ({"thermal": "none"}, {"thermal": "severe"}, ("THERMAL",)),
        ({"frequency_cap_percent": 80}, {"frequency_cap_percent": 80}, ()),
        ({"frequency_cap_percent": 100}, {"frequency_cap_percent": 99}, ("THERMAL",)),
        ({"frequency_cap_percent": 50}, {"frequency_cap_percent": 100}, ()),
        ({"frequency_cap_percent": 100}, {}, ()),
        ({"battery_percent": 25}, {"battery_percent": 24}, ("LOW-BATTERY",)),
        ({"battery_percent": 90, "battery_saver": "on"}, {}, ("LOW-BATTERY",)),
        ({"battery_percent": "low"}, {"thermal": "none"}, ()),
        ({"thermal": "light", "battery_percent": 5}, {}, ("THERMAL", "LOW-BATTERY")),
    ],
)
def test_heat_and_a_low_battery_are_said(before: dict[str, Any], after: dict[str, Any], flaws: tuple[str, ...]) -> None:
    """By a thermal status above none, a ceiling of frequency that fell, under 25 %, battery saver; what is not told is no flaw."""
    assert trust.strained((before, after)) == flaws


def test_heat_in_the_middle_of_a_job_is_said_when_it_is_over_at_the_end() -> None:
    """Of each series of looks, and a ceiling is held against the first of its own series."""
    full: dict[str, float | str] = {"frequency_cap_percent": 100}
    low: dict[str, float | str] = {"frequency_cap_percent": 60}
    well: dict[str, float | str] = {"thermal": "none", "battery_percent": 80}

    assert trust.strained((well, well), [well, {"thermal": "light"}, well]) == ("THERMAL",)
    assert trust.strained((full, full), [full, low, full]) == ("THERMAL",)
    assert trust.strained((full, full), [low, low]) == ()
    assert trust.strained((well, well), [well, {"battery_saver": "on"}]) == ("LOW-BATTERY",)
    assert trust.strained((), []) == ()


@pytest.mark.parametrize(
    ("looks", "shows_apps", "flaws"),
    [
        ([], True, ()),
        ([{}], True, ()),
        ([{"app_in_front": "yes", "wakefulness": "awake", "app_debuggable": "no"}], True, ()),
        ([{"app_in_front": "yes"}, {"app_in_front": "no"}], True, ("BACKGROUND",)),
        ([{"app_in_front": "no"}], False, ()),
        ([{"app_in_front": "no", "wakefulness": "asleep"}], False, ("BACKGROUND",)),
        ([{"app_in_front": "yes", "wakefulness": "asleep"}, {"app_debuggable": "yes"}], True, ("BACKGROUND", "DEBUGGABLE")),
    ],
)
def test_an_app_that_was_not_in_front_or_is_debuggable_is_said(looks: list[dict[str, str]], shows_apps: bool, flaws: tuple[str, ...]) -> None:
    """By any of its own looks; where no app is ever shown, not being in front is nothing."""
    assert trust.unwatched(looks, shows_apps=shows_apps) == flaws


def test_a_misspelt_flaw_brings_the_nearest() -> None:
    """``--allow noisi`` names what there is."""
    trust.check_name("NOISY")
    with pytest.raises(UnknownName, match="NOISY") as caught:
        trust.check_name("noisi")
    assert "'NOISY'" in caught.value.hint


def test_every_flaw_is_explained() -> None:
    """A flaw has a meaning and advice, under its own name."""
    assert all(flaw.name == name and flaw.meaning and flaw.advice for name, flaw in trust.FLAWS.items())


PRUNED, HALF, FOURS, SHARED = Promises(sparsity=0.8), Promises(sparsity=0.5), Promises(sparsity=0.5, two_of_four=True), Promises(clusters=16)


@pytest.mark.parametrize(
    ("promises", "kernels", "flaws"),
    [
        (PRUNED, [{"zeros": 0.8}], ()),
        (PRUNED, [{"zeros": 0.73}], ()),
        (PRUNED, [{"zeros": 0.71}], ("PRUNING-LOST",)),
        (PRUNED, [{"zeros": 0.079}], ("NOOP",)),
        (PRUNED, [{"zeros": 0.8}, {"zeros": 0.0, "kind": "depthwise"}, {"zeros": 0.0, "kind": "matrix"}], ()),
        (PRUNED, [{"zeros": 0.8}, {"zeros": 0.0, "kind": "table"}], ("PRUNING-LOST",)),
        (PRUNED, [{"zeros": 0.8, "elements": 64, "shape": (8, 8)}, {"zeros": 0.0, "elements": 90000}], ("PRUNING-LOST",)),
        (PRUNED, [{"zeros": 0.75, "elements": 4, "shape": (1, 4)}], ()),
        (HALF, [{"zeros": 0.8}], ()),
        (FOURS, [{"two_of_four": 1.0}, {"two_of_four": None}], ()),
        (FOURS, [{"two_of_four": 0.89, "zeros": 0.5}], ("PRUNING-LOST",)),
        (FOURS, [{"two_of_four": 1.0, "elements": 9000}, {"two_of_four": 0.0, "elements": 1000}], ()),
        (FOURS, [{"two_of_four": 0.01}], ("NOOP",)),
        (FOURS, [{"two_of_four": None}], ()),
        (SHARED, [{"channel_values": 16, "unique_values": 1024}], ()),
        (SHARED, [{"channel_values": 16}, {"channel_values": 17}], ("CLUSTERS-LOST",)),
        (SHARED, [{"channel_values": 17}], ("NOOP",)),
        (SHARED, [{"channel_values": 9, "unique_values": 228, "shape": (32, 3, 3, 1), "elements": 288}, {"channel_values": 40}], ("NOOP",)),
        (SHARED, [{"channel_values": 16}, {"channel_values": 200, "kind": "depthwise"}], ()),
        (SHARED + PRUNED, [{"zeros": 0.8, "channel_values": 17}], ()),
        (SHARED + PRUNED, [{"zeros": 0.8, "channel_values": 18}], ("CLUSTERS-LOST",)),
        (SHARED + PRUNED, [{"zeros": 0.0, "channel_values": 18}], ("NOOP",)),
        (Promises(encoded=True), [{"zeros": 0.8}], ("NOOP",)),
        (PRUNED + Promises(encoded=True), [{"zeros": 0.8}], ("ENCODING-LOST",)),
        (PRUNED + Promises(encoded=True), [{"zeros": 0.8, "sparse": True}], ()),
        (PRUNED + Promises(halved=True), [{"zeros": 0.8}], ("PARTLY-HALVED",)),
        (PRUNED + Promises(quantized=True), [{"zeros": 0.8}], ("PARTLY-QUANTIZED",)),
        (PRUNED + Promises(quantized=True), [{"zeros": 0.0}], ("NOOP",)),
        (PRUNED, [], ()),
    ],
)
def test_the_effect_of_each_step_must_be_in_the_kernels(promises: Promises, kernels: list[dict[str, Any]], flaws: tuple[str, ...]) -> None:
    """Nothing of what all steps promise is a NOOP; a step whose effect is gone, or gone in part, is named; nobody looks where the tools change nothing."""
    assert _flaws(promises, {"float32": 1000}, kernels=kernels) == flaws


def test_a_file_without_weights_has_nothing_of_any_promise() -> None:
    """What a converter hid cannot be shown."""
    assert {_flaws(promise, {}) for promise in (PRUNED, FOURS, SHARED, Promises(encoded=True))} == {("NOOP",)}


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_zeros_never_make_a_flaw(some: float, more: float) -> None:
    """A kernel with at least as many zeros has no flaw that one with fewer has not."""
    few, many = sorted((some, more))
    order = ("NOOP", "PRUNING-LOST", "")
    found = ["".join(_flaws(PRUNED, {"float32": 1000}, kernels=[{"zeros": zeros}])) for zeros in (few, many)]
    assert order.index(found[0]) <= order.index(found[1])


@pytest.mark.parametrize(
    ("score", "base", "name", "short"),
    [
        (0.951, 0.98, "accuracy", False), (0.949, 0.98, "accuracy", True), (0.99, 0.98, "accuracy", False), (math.nan, 0.98, "accuracy", True),
        (1.049, 1.0, "rmse", False), (1.051, 1.0, "rmse", True), (0.5, 1.0, "rmse", False), (0.94, 1.0, "r2", True), (0.1, 1.0, "python:my:score", False),
    ],
)  # fmt: skip
def test_a_retrained_form_may_lose_a_little_score(score: float, base: float, name: str, short: bool) -> None:
    """0.03 of a share, 5 % of any other score, the way that is worse; of a user's own score nobody knows which way that is."""
    assert trust.falls_short(score, base, kind_of(name)) is short


def _flaws(
    promises: Promises | set[str],
    by_dtype: dict[str, int],
    *,
    source_parameters: int = 0,
    check: Agreement | None = None,
    random_input: bool = False,
    unset_variables: bool = False,
    kernels: list[dict[str, Any]] | None = None,
) -> tuple[str, ...]:
    """The flaws of a file with these weights; a kernel is of 100 channels with 100 weights each where nothing else is said."""
    quantized = sum(count for dtype, count in by_dtype.items() if dtype in ("int8", "int4"))
    usual: dict[str, Any] = {"name": "w", "kind": "kernel", "shape": (100, 100), "dtype": "float32", "elements": 10_000, "zeros": 0.0, "unique_values": 9_000}
    made = tuple(Kernel(**({**usual, "channel_values": 100} | each)) for each in kernels or ())
    anatomy = Anatomy(
        1, 1, sum(by_dtype.values()), quantized, by_dtype, 0.0, 1, {}, (), (), unset_variables=unset_variables, kernels=made,
        sparse_tensors=sum(kernel.sparse for kernel in made),
    )  # fmt: skip
    promised = promises if isinstance(promises, Promises) else Promises(**dict.fromkeys(promises, True))
    return trust.artifact_flaws(promises=promised, integer=False, anatomy=anatomy, source_parameters=source_parameters, check=check, random_input=random_input)


def test_a_classifiers_other_outputs_are_held_to_their_relative_error() -> None:
    """Top-1 is of the first output alone; another that is ruined does not pass with it."""
    well = Agreement(100, 1.0, 0.1, 0.04, True, False, False, 0.04)
    ruined = Agreement(100, 1.0, 9.0, 0.9, True, False, False, 0.9)

    assert trust.agreement_flaws(well, integer=True, classes=True) == ()
    assert trust.agreement_flaws(well, integer=False, classes=True) == ("LOW-AGREEMENT",)
    assert trust.agreement_flaws(ruined, integer=True, classes=True) == ("LOW-AGREEMENT",)

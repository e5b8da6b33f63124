"""Flaws: each named when its threshold is crossed, and not before."""

import math
from typing import Any

import msgspec
import pytest

from pocketbench import trust
from pocketbench.errors import UnknownName
from pocketbench.model import Agreement, Anatomy

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
        ("halved", {"float16": 1, "float32": 99}, ()),
        ("halved", {"bfloat16": 100}, ()),
        ("", {"float32": 100}, ()),
    ],
)
def test_what_a_technique_promised_must_be_in_the_file(promise: str, by_dtype: dict[str, int], flaws: tuple[str, ...]) -> None:
    """Nothing of it is a NOOP; under 90 % of the weight elements quantised is PARTLY-QUANTIZED."""
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


def test_a_misspelt_flaw_brings_the_nearest() -> None:
    """``--allow noisi`` names what there is."""
    trust.check_name("NOISY")
    with pytest.raises(UnknownName, match="NOISY") as caught:
        trust.check_name("noisi")
    assert "'NOISY'" in caught.value.hint


def test_every_flaw_is_explained() -> None:
    """A flaw has a meaning and advice, under its own name."""
    assert all(flaw.name == name and flaw.meaning and flaw.advice for name, flaw in trust.FLAWS.items())


def _flaws(
    promises: set[str],
    by_dtype: dict[str, int],
    *,
    source_parameters: int = 0,
    check: Agreement | None = None,
    random_input: bool = False,
    unset_variables: bool = False,
) -> tuple[str, ...]:
    """The flaws of a file with these weights."""
    quantized = sum(count for dtype, count in by_dtype.items() if dtype in ("int8", "int4"))
    anatomy = Anatomy(1, 1, sum(by_dtype.values()), quantized, by_dtype, 0.0, 1, {}, (), (), unset_variables=unset_variables)
    return trust.artifact_flaws(promises=promises, integer=False, anatomy=anatomy, source_parameters=source_parameters, check=check, random_input=random_input)

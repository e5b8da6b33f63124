"""Summaries of blocks, their interval, and Student's t."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pocketbench import stats

# A two-sided 95 % table of Student's t, as printed in statistics books.
TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 9: 2.262, 10: 2.228, 29: 2.045, 30: 2.042, 60: 2.000, 99: 1.984, 120: 1.980, 1000: 1.962}

blocks = st.lists(arrays.arrays(np.float64, st.integers(1, 30), elements=st.floats(1, 1e9)), min_size=1, max_size=6)


@pytest.mark.parametrize(("df", "expected"), TABLE.items())
def test_t_agrees_with_the_printed_table(df: int, expected: float) -> None:
    """The 97.5 % quantile is that of statistics books, to their three decimals."""
    assert stats.t_quantile(0.975, df) == pytest.approx(expected, abs=5e-4)


def test_t_agrees_with_closed_forms() -> None:
    """With one and two degrees of freedom the quantile has a formula of its own."""
    p = 0.995

    assert stats.t_quantile(p, 1) == pytest.approx(np.tan(np.pi * (p - 0.5)), rel=1e-9)
    assert stats.t_quantile(p, 2) == pytest.approx((2 * p - 1) * np.sqrt(2 / (4 * p * (1 - p))), rel=1e-9)


@pytest.mark.parametrize(("probability", "df"), [(0.975, 0), (0.4, 3), (1.0, 3)])
def test_t_refuses_what_it_has_no_quantile_for(probability: float, df: int) -> None:
    """Probabilities and degrees of freedom out of range raise ValueError."""
    with pytest.raises(ValueError, match="no t quantile"):
        stats.t_quantile(probability, df)


def test_the_interval_is_over_blocks_and_not_over_samples() -> None:
    """The interval follows from how far block medians differ, by hand: 102 ± 4.303 · 2 / √3."""
    summary = stats.summarise([np.full(1000, value) for value in (100.0, 102.0, 104.0)])

    assert (summary.median, summary.n, summary.blocks) == (102, 3000, 3)
    assert summary.high == pytest.approx(102 + 4.302653 * 2 / np.sqrt(3), rel=1e-6)
    assert summary.low == pytest.approx(102 - 4.302653 * 2 / np.sqrt(3), rel=1e-6)


def test_one_block_has_no_interval() -> None:
    """With fewer than two processes nothing is known of run-to-run variance, and nothing is claimed precise."""
    summary = stats.summarise([np.arange(100.0), np.empty(0)])

    assert (summary.low, summary.high, summary.blocks) == (None, None, 1)
    assert not stats.precise(summary, 1.0)


def test_the_interval_does_not_go_below_zero() -> None:
    """Wildly different blocks give a low end of 0, not of less."""
    assert stats.summarise([np.array([1.0]), np.array([1000.0])]).low == 0


def test_no_samples_are_an_error() -> None:
    """There is no median of nothing."""
    with pytest.raises(ValueError, match="no samples"):
        stats.summarise([np.empty(0)])


def test_precise_asks_both_sides() -> None:
    """An interval that is narrow on one side only is not precise."""
    assert stats.precise(stats.Summary(100, 90, 120, 98, 102, 50, 3), 0.02)
    assert not stats.precise(stats.Summary(100, 90, 120, 97, 102, 50, 3), 0.02)
    assert not stats.precise(stats.Summary(100, 90, 120, 98, 103, 50, 3), 0.02)


@given(blocks)
def test_percentiles_are_numpys_over_all_samples(some: list[np.ndarray]) -> None:
    """Median, p5 and p95 pool every sample, and stand in their order around the interval's middle."""
    summary = stats.summarise(some)

    assert [summary.p5, summary.median, summary.p95] == list(np.percentile(np.concatenate(some), [5, 50, 95]))
    assert summary.low is None or summary.high is None or summary.low <= summary.median <= summary.high


def test_nineteen_of_twenty_intervals_hold_the_true_median() -> None:
    """Over 2,000 seeded experiments with differing processes, 95 % of the intervals cover the median they estimate."""
    rng = np.random.default_rng(1)
    experiments = (stats.summarise([rng.normal(1000 + rng.normal(0, 20), 5, 25) for _ in range(5)]) for _ in range(2000))
    covered = np.mean([summary.low <= 1000 <= summary.high for summary in experiments])

    assert 0.93 < covered < 0.97


def test_a_ratio_has_the_interval_of_welch_on_logarithms() -> None:
    """By hand: block medians e^0, e^0.2 (variance 0.02) over e^1, e^1.2 give ν = 2, and 4.303 · √(0.02/2 + 0.02/2)."""
    over, under = ([np.full(9, np.exp(start + step)) for step in (0.0, 0.2)] for start in (1.0, 0.0))
    found = stats.ratio(over, under)
    half = 4.303 * np.sqrt(0.02)

    assert found.value == pytest.approx(np.e, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((np.e * np.exp(-half), np.e * np.exp(half)), rel=1e-3)


@given(blocks, blocks)
def test_the_inverse_of_a_ratio_has_the_inverse_interval(first: list[np.ndarray], second: list[np.ndarray]) -> None:
    """Whatever is held against what; the ratio lies within; one block has none."""
    one, other = stats.ratio(first, second), stats.ratio(second, first)

    assert one.value * other.value == pytest.approx(1)
    if one.low is None or one.high is None:
        assert min(len(first), len(second)) < 2
        assert (other.low, other.high) == (None, None)
    else:
        assert one.low <= one.value <= one.high
        assert other.low == pytest.approx(1 / one.high)


def test_nothing_is_a_ratio_to_a_median_of_nothing() -> None:
    """Zeros have no logarithm, and no samples no median."""
    for under in ([np.zeros(3)], [np.empty(0)]):
        with pytest.raises(ValueError, match=r"no ratio|no samples"):
            stats.ratio([np.ones(3)], under)

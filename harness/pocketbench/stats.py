"""Numbers from samples, computed on reading; nothing is averaged before it is stored.

A *block* is what one fresh process measured. Samples of one process resemble each other (memory layout, frequency, what
else ran), so the spread over processes is what says how well the median is known: statistics are over blocks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

CONFIDENCE = 0.95
# An interval that reaches further than that says nothing, and the exponential of much more is no number.
MOST = 1e100


@dataclass(frozen=True, slots=True)
class Summary:
    """What a row of the report says of some blocks, in the samples' own unit.

    ``median``, ``p5`` and ``p95`` are over all ``n`` samples. ``low`` to ``high`` is the 95 % interval of the median over
    the ``blocks``; both are None with fewer than two.
    """

    median: float
    p5: float
    p95: float
    low: float | None
    high: float | None
    n: int
    blocks: int


def summarise(blocks: Sequence["Array"]) -> Summary:
    """Summarise blocks, one float array of shape (samples,) a process. Raises ValueError when there is no sample.

    The interval is the pooled median ± t(K-1, 0.975) · s / √K, where s is the standard deviation of the K block
    medians: the method of independent replications (A. M. Law, Simulation Modeling and Analysis, 5th ed., §9.4-9.5). It
    needs no independence within a block, which latencies do not have. pyperf spawns processes for the same reason
    ("Runs, values, warmups, outer and inner loops" in its documentation). The interval is cut off at 0.
    """
    import numpy as np

    filled = [block for block in blocks if len(block)]
    if not filled:
        raise ValueError("no samples to summarise")
    pooled = np.concatenate(filled)
    p5, median, p95 = (float(value) for value in np.percentile(pooled, [5, 50, 95]))
    low, high = _interval(median, [float(np.median(block)) for block in filled])
    return Summary(median, p5, p95, low, high, len(pooled), len(filled))


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times one median another one is, and its 95 % interval, ``low`` to ``high``; both are None where either has fewer than two blocks."""

    value: float
    low: float | None
    high: float | None


def ratio(over: Sequence["Array"], under: Sequence["Array"]) -> Ratio:
    """Divide the pooled median of some blocks by that of others; blocks as :func:`summarise` takes them, of two things measured apart.

    The interval is r · exp(± t(ν, 0.975) · √(s₁²/K₁ + s₂²/K₂)), where s are the standard deviations of the logarithms of the block
    medians and ν is Welch's number of degrees of freedom, rounded down (B. L. Welch, Biometrika 34, 1947). A ratio is as far from 1 upwards as
    its inverse is downwards, so it is the logarithms that are subtracted. Raises ValueError without samples, and for medians that are not above 0.
    """
    first, second = summarise(over), summarise(under)
    logs = [_logs(blocks) for blocks in (over, under)]
    value = first.median / second.median
    if min(map(len, logs)) < 2:
        return Ratio(value, None, None)
    spreads = [_variance(each) / len(each) for each in logs]
    half = t_quantile((1 + CONFIDENCE) / 2, _welch(spreads, [len(each) - 1 for each in logs])) * math.sqrt(math.fsum(spreads))
    return Ratio(value, value * math.exp(-half), value * math.exp(half) if half < math.log(MOST) else math.inf)


def precise(summary: Summary, half_width: float) -> bool:
    """Say whether the interval lies within ``half_width`` (a share, 0.02 for 2 %) of the median on both sides."""
    if summary.low is None or summary.high is None:
        return False
    room = half_width * summary.median
    return summary.high - summary.median <= room and summary.median - summary.low <= room


def t_quantile(probability: float, df: int) -> float:
    """Return the quantile of Student's t with ``df`` degrees of freedom, for a probability between 0.5 and 1.

    The distribution function has a closed form for whole degrees of freedom; it rises with the angle arctan(t/√df), so
    halving the angle's range 60 times leaves an error below 1e-15 of a right angle. Raises ValueError out of range.
    """
    if df < 1 or not 0.5 <= probability < 1:
        raise ValueError(f"no t quantile for probability {probability} and {df} degrees of freedom")
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, df) < 2 * probability - 1 else (low, middle)
    return math.sqrt(df) * math.tan((low + high) / 2)


def _interval(median: float, medians: Sequence[float]) -> tuple[float | None, float | None]:
    """The interval of the pooled median from the blocks' own medians."""
    blocks = len(medians)
    if blocks < 2:
        return None, None
    half = t_quantile((1 + CONFIDENCE) / 2, blocks - 1) * math.sqrt(_variance(medians)) / math.sqrt(blocks)
    return max(0.0, median - half), median + half


def _variance(values: Sequence[float]) -> float:
    """The sample variance of two values or more."""
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _logs(blocks: Sequence["Array"]) -> list[float]:
    """The logarithms of the block medians."""
    import numpy as np

    medians = [float(np.median(block)) for block in blocks if len(block)]
    if min(medians) <= 0:
        raise ValueError("no ratio to a median that is not above 0")
    return [math.log(median) for median in medians]


def _welch(spreads: Sequence[float], degrees: Sequence[int]) -> int:
    """The degrees of freedom of a difference of means, from the variance of each mean and its own degrees; never under the fewest of them."""
    below = math.fsum(spread**2 / df for spread, df in zip(spreads, degrees, strict=True))
    return max(min(degrees), int(math.fsum(spreads) ** 2 / below)) if below else min(degrees)


def _within(angle: float, df: int) -> float:
    """P(|T| < √df · tan(angle)): Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 (odd) and 26.7.4 (even)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = df % 2
    term = total = 0.0 if df == 1 else (cosine if odd else 1.0)
    for step in range(2 + odd, df - 1, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    return (angle + sine * total) * 2 / math.pi if odd else sine * total

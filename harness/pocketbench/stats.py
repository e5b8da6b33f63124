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
    mean = math.fsum(medians) / blocks
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in medians) / (blocks - 1))
    half = t_quantile((1 + CONFIDENCE) / 2, blocks - 1) * deviation / math.sqrt(blocks)
    return max(0.0, median - half), median + half


def _within(angle: float, df: int) -> float:
    """P(|T| < √df · tan(angle)): Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 (odd) and 26.7.4 (even)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = df % 2
    term = total = 0.0 if df == 1 else (cosine if odd else 1.0)
    for step in range(2 + odd, df - 1, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    return (angle + sine * total) * 2 / math.pi if odd else sine * total

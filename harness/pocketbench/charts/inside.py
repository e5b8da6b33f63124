"""What the weights are made of: shares of the parameters by dtype, and how many are zeros."""

from collections.abc import Sequence
from typing import Any

from pocketbench.charts import canvas, words
from pocketbench.outcomes import Outcome

# Fewer zeros than that are rounding, and not drawn.
MATTERS = 0.05
COMMON = ("float32", "float16", "int8", "uint8", "int16")


def draw(outcomes: Sequence[Outcome], subject: str) -> Any:
    """Draw one row an artifact: a bar of 100 %, cut by dtype, under it the share of zeros. None when no artifact has parameters."""
    from matplotlib.patches import Patch

    found = [(one, label) for one, label in zip(*words.artifacts(outcomes), strict=True) if sum(one.anatomy.parameters_by_dtype.values())]
    if not found:
        return None
    shares = [_shares(one.anatomy.parameters_by_dtype) for one, _ in found]
    looks = _looks(shares)
    zeros = [one.anatomy.zeros if one.anatomy.zeros >= MATTERS else 0.0 for one, _ in found]
    values = [_value(share, zero) for share, zero in zip(shares, zeros, strict=True)]
    with canvas.style():
        figure, axes = canvas.rows([label for _, label in found], values, "What are the weights made of?", subject, keyed=True)
        for number, (share, zero) in enumerate(zip(shares, zeros, strict=True)):
            start = 0.0
            for dtype, part in share.items():
                axes.barh(number + 0.68, part, left=start, height=0.38, **looks[dtype])
                start += part
            if zero:
                axes.barh(number + 0.93, zero, height=0.09, color=canvas.INK)
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_xlabel("share of the weight elements")
        dark = [Patch(label="zeros", facecolor=canvas.INK)] if any(zeros) else []
        canvas.key(axes, [*(Patch(label=words.clean(dtype, 16), **look) for dtype, look in looks.items()), *dark])
    return figure


def _shares(counts: dict[str, int]) -> dict[str, float]:
    """Each dtype's share, the largest first."""
    total = sum(counts.values())
    return {dtype: count / total for dtype, count in sorted(counts.items(), key=lambda item: -item[1]) if count}


def _value(share: dict[str, float], zeros: float) -> str:
    """The shares in words; a dtype that is all there is needs no number."""
    dtypes = [dtype if part == 1 else f"{words.percent(part)} {dtype}" for dtype, part in share.items()]
    return ", ".join([*dtypes, *([f"{words.percent(zeros)} zeros"] if zeros else [])])


def _looks(shares: Sequence[dict[str, float]]) -> dict[str, dict[str, Any]]:
    """A colour and a hatch for each dtype, the same in every chart for the common ones."""
    looks = {}
    present = dict.fromkeys(dtype for share in shares for dtype in share)
    for number, dtype in enumerate((*COMMON, *(dtype for dtype in present if dtype not in COMMON))):
        if dtype not in present:
            continue
        colour, _, hatch = canvas.SERIES[number % len(canvas.SERIES)]
        looks[dtype] = {"facecolor": colour, "edgecolor": canvas.PAPER, "hatch": hatch, "linewidth": 0.8}
    return looks

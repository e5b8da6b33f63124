"""Curves of profiles: what a battery or a sensor reads so many seconds after the phone was started."""

from itertools import pairwise

Curve = tuple[tuple[float, float], ...]


def at(curve: Curve, seconds: float) -> float:
    """The value of ``curve``, points of (seconds, value) in order, at a moment: straight between two points, level before the first and after the last."""
    if seconds <= curve[0][0]:
        return curve[0][1]
    for (left, low), (right, high) in pairwise(curve):
        if left <= seconds < right:
            return low + (high - low) * (seconds - left) / (right - left)
    return curve[-1][1]

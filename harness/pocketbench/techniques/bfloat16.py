"""``bfloat16``: weights halved to the upper half of a float32, and arithmetic on them.

Eight bits of mantissa are as many as integers have: what it may lose is held against their thresholds.
"""

from pocketbench.techniques import CONVERT, STEPS, Step
from pocketbench.trust import Promises

STEPS.add(Step("bfloat16", "weights are stored as 16-bit floats with the range of 32-bit ones", CONVERT, Promises(halved=True), integer=True))

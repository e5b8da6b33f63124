"""``float16``: weights halved, arithmetic still in floats."""

from pocketbench.techniques import CONVERT, STEPS, Step
from pocketbench.trust import Promises

STEPS.add(Step("float16", "weights are stored as 16-bit floats", CONVERT, Promises(halved=True)))

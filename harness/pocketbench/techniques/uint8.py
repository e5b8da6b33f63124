"""``uint8``: as int8, with unsigned inputs and outputs, as cameras give them."""

from pocketbench.techniques import CONVERT, STEPS, Step
from pocketbench.trust import Promises

STEPS.add(Step("uint8", "everything is an 8-bit integer, inputs and outputs unsigned", CONVERT, Promises(quantized=True), integer=True, calibrates=True))

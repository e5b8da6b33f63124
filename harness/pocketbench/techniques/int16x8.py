"""``int16x8``: 8-bit weights with 16-bit activations, for models that 8-bit activations hurt."""

from pocketbench.techniques import CONVERT, STEPS, Step
from pocketbench.trust import Promises

STEPS.add(Step("int16x8", "weights are 8-bit integers, activations 16-bit", CONVERT, Promises(quantized=True), integer=True, calibrates=True))

"""``int8``: 8-bit weights, activations, inputs and outputs."""

from pocketbench.techniques import CONVERT, STEPS, Step
from pocketbench.trust import Promises

STEPS.add(Step("int8", "everything is an 8-bit signed integer, inputs and outputs too", CONVERT, Promises(quantized=True), integer=True, calibrates=True))

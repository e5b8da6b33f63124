"""``int8``: 8-bit weights, activations, inputs and outputs."""

from pocketbench.techniques import STEPS, Step

STEPS.add(Step("int8", "everything is an 8-bit signed integer, inputs and outputs too", promises="quantized", integer=True, calibrates=True))

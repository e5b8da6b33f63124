"""``uint8``: as int8, with unsigned inputs and outputs, as cameras give them."""

from pocketbench.techniques import STEPS, Step

STEPS.add(Step("uint8", "everything is an 8-bit integer, inputs and outputs unsigned", promises="quantized", integer=True, calibrates=True))

"""``dynamic_int8``: 8-bit weights; the ranges of activations are taken as they come, so no rows are needed."""

from pocketbench.techniques import STEPS, Step

STEPS.add(Step("dynamic_int8", "weights are 8-bit integers, activations are quantised while the model runs", promises="quantized", integer=True))

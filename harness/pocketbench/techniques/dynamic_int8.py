"""``dynamic_int8``: 8-bit weights; the ranges of activations are taken as they come, so no rows are needed."""

from pocketbench.techniques import CONVERT, STEPS, Step
from pocketbench.trust import Promises

STEPS.add(Step("dynamic_int8", "weights are 8-bit integers, activations are quantised while the model runs", CONVERT, Promises(quantized=True), integer=True))

"""``weights_uint8``: weights are 8-bit integers in the file and floats again once it is loaded; arithmetic is that of floats."""

from pocketbench.techniques import CONVERT, STEPS, Step
from pocketbench.trust import Promises

DOES = "weights are stored as 8-bit integers, with one scale and one least value a tensor"

STEPS.add(Step("weights_uint8", DOES, CONVERT, Promises(quantized=True), integer=True))

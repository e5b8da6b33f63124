"""``weights_uint16``: weights are 16-bit integers in the file and floats again once it is loaded; arithmetic is that of floats."""

from pocketbench.techniques import CONVERT, STEPS, Step
from pocketbench.trust import Promises

DOES = "weights are stored as 16-bit integers, with one scale and one least value a tensor"

STEPS.add(Step("weights_uint16", DOES, CONVERT, Promises(halved=True)))

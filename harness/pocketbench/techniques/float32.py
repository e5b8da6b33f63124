"""``float32``: nothing is changed; what every other technique is held against."""

from pocketbench.techniques import CONVERT, STEPS, Step

STEPS.add(Step("float32", "weights and arithmetic stay 32-bit floats", CONVERT))

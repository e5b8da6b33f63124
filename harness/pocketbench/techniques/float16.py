"""``float16``: weights halved, arithmetic still in floats."""

from pocketbench.techniques import STEPS, Step

STEPS.add(Step("float16", "weights are stored as 16-bit floats", promises="halved"))

"""``as_is``: the file as it came."""

from pocketbench.techniques import STEPS, Step

STEPS.add(Step("as_is", "the file as it came"))

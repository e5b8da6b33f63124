"""``as_is``: the file as it came."""

from pocketbench.techniques import CONVERT, STEPS, Step

STEPS.add(Step("as_is", "the file as it came", CONVERT))

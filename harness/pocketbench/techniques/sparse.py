"""``sparse``: zeros are left out of the file, which then says where they were."""

from pocketbench.techniques import ENCODE, STEPS, Step
from pocketbench.trust import Promises

STEPS.add(Step("sparse", "zeros of weights are left out of the file", ENCODE, Promises(encoded=True)))

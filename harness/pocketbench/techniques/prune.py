"""``prune50``, ``prune80``, ``prune2x4``: the smallest weights become zeros while the model trains on, and stay so.

By magnitude, as in M. Zhu and S. Gupta, "To prune, or not to prune", 2017; 2:4 as NVIDIA's sparse tensor cores and XNNPACK
read it: of every four neighbouring weights two are zero.
"""

from pocketbench.techniques import PRUNE, STEPS, Maker, Step
from pocketbench.trust import Promises

_MAKERS = {
    "keras": Maker("pocketbench.techniques.prune_keras:make", "tfmot", ("tensorflow", "keras", "tf-keras", "tensorflow-model-optimization")),
    "torch": Maker("pocketbench.techniques.prune_torch:make", "torch", ("torch",)),
}

STEPS.add(Step("prune50", "half of the weights, the smallest, are zeros", PRUNE, Promises(sparsity=0.5), makers=_MAKERS))
STEPS.add(Step("prune80", "80 % of the weights, the smallest, are zeros", PRUNE, Promises(sparsity=0.8), makers=_MAKERS))
STEPS.add(Step("prune2x4", "two of every four neighbouring weights are zeros", PRUNE, Promises(sparsity=0.5, two_of_four=True), makers=_MAKERS))

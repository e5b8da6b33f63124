"""``qat_int8``: as int8, after training on with the rounding already in the graph.

B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018. Ranges
come from training, so no rows are needed for calibration. After pruning or clustering, what those left is kept.
"""

from pocketbench.techniques import AWARE, STEPS, Maker, Step
from pocketbench.trust import Promises

_MAKERS = {
    "keras": Maker("pocketbench.techniques.qat_keras:make", "tfmot", ("tensorflow", "keras", "tf-keras", "tensorflow-model-optimization")),
    "torch": Maker("pocketbench.techniques.qat_torch:make", "torch", ("torch",)),
}

STEPS.add(Step("qat_int8", "trained on with 8-bit rounding in place, then as int8", AWARE, Promises(quantized=True), integer=True, makers=_MAKERS, last=True))

"""``cluster16``, ``cluster32``: the weights of each kernel share a few values, so that the file compresses.

A batch norm that is folded into its convolution multiplies each output channel by its own number: in the file, values are
shared by channel. As in S. Han, H. Mao and W. Dally, "Deep Compression", 2016: centroids by k-means, trained on with the model.
"""

from pocketbench.techniques import CLUSTER, STEPS, Maker, Step
from pocketbench.trust import Promises

_MAKERS = {
    "keras": Maker("pocketbench.techniques.cluster_keras:make", "tfmot", ("tensorflow", "keras", "tf-keras", "tensorflow-model-optimization")),
    "torch": Maker("pocketbench.techniques.cluster_torch:make", "torch", ("torch",)),
}

STEPS.add(Step("cluster16", "the weights of each channel share 16 values", CLUSTER, Promises(clusters=16), makers=_MAKERS))
STEPS.add(Step("cluster32", "the weights of each channel share 32 values", CLUSTER, Promises(clusters=32), makers=_MAKERS))

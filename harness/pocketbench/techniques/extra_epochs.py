"""``extra_epochs``: trained on as long as a technique that retrains, and nothing else: its control.

``extra_epochs:2`` and more are the controls of techniques that retrain in several steps.
"""

from pocketbench.techniques import CONTROL, STEPS, Maker, Step

_MAKERS = {
    "keras": Maker("pocketbench.techniques.extra_epochs_keras:make", "tfmot", ("tensorflow", "keras", "tf-keras", "tensorflow-model-optimization")),
    "torch": Maker("pocketbench.techniques.extra_epochs_torch:make", "torch", ("torch",)),
}

STEPS.add(Step("extra_epochs", "trained on as long as a technique that retrains, and nothing else", CONTROL, makers=_MAKERS))

"""``extra_epochs`` of a Keras model."""

from pathlib import Path

from pocketbench import keras_legacy
from pocketbench.techniques import Retraining, keras_training


def make(work: Retraining) -> Path:
    """Train on and nothing else. Raises Refused."""
    keras_training.begin()
    found = keras_legacy.twin(work.source)
    keras_training.train_on(found.legacy, work.rows, work.train, times=work.step.times)
    return keras_legacy.brought_back(found, work.source, work.folder)

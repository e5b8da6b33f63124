"""Pruning of a Keras model, by TensorFlow's model optimisation toolkit: kernels of layers that it knows, by magnitude."""

from pathlib import Path
from typing import Any

from pocketbench import keras_legacy
from pocketbench.errors import Refused
from pocketbench.techniques import Retraining, keras_training

# The share of training in which zeros are added; the rest lets the other weights settle.
GROWING = 0.6
UPDATES = 10
TWO_OF_FOUR = (2, 4)


def make(work: Retraining) -> Path:
    """Train on while the smallest weights become zeros, more and more of them, and stay so. Raises Refused."""
    import tensorflow_model_optimization as tfmot

    keras_training.begin()
    found = keras_legacy.twin(work.source)
    pruned = _wrapped(found.legacy, work)
    keras_training.train_on(pruned, work.rows, work.train, callbacks=[tfmot.sparsity.keras.UpdatePruningStep()])
    return keras_legacy.brought_back(found, work.source, work.folder)


def _wrapped(legacy: Any, work: Retraining) -> Any:
    """The model with a wrapper around each layer that is pruned; the layers themselves are the same objects, so that they keep what is learnt."""
    import tensorflow_model_optimization as tfmot
    import tf_keras

    promises = work.step.promises
    given = {"sparsity_m_by_n": TWO_OF_FOUR} if promises.two_of_four else {}
    schedule = _schedule(promises.sparsity, keras_training.steps_of(work.train, work.rows), gradual=not promises.two_of_four)
    wrapped: list[str] = []

    def wrap(layer: Any) -> Any:
        if isinstance(layer, tf_keras.Model):
            return tf_keras.models.clone_model(layer, clone_function=wrap)
        if not _prunable(layer, two_of_four=promises.two_of_four):
            return layer
        wrapped.append(layer.name)
        return tfmot.sparsity.keras.prune_low_magnitude(layer, pruning_schedule=schedule, **given)

    model = tf_keras.models.clone_model(legacy, clone_function=wrap)
    if not wrapped:
        raise Refused("technique-not-for-model", f"{work.step.name} finds no kernel that it can prune")
    return model


def _prunable(layer: Any, *, two_of_four: bool) -> bool:
    """Whether the toolkit knows a layer and it has kernels; 2:4 needs those of two or four dimensions, with four inputs or more."""
    from tensorflow_model_optimization.python.core.sparsity.keras.prune_registry import PruneRegistry

    if not PruneRegistry.supports(layer):
        return False
    kernels = PruneRegistry.make_prunable(layer).get_prunable_weights()
    fits = all(len(kernel.shape) in (2, 4) and kernel.shape[-2] >= TWO_OF_FOUR[1] for kernel in kernels)
    return bool(kernels) and (fits or not two_of_four)


def _schedule(sparsity: float, steps: int, *, gradual: bool) -> Any:
    """From no zeros to all of them over the first part of training, by the cubic of Zhu and Gupta (2017); at once where there are few steps."""
    import tensorflow_model_optimization as tfmot

    every = max(1, int(steps * GROWING) // UPDATES)
    last = every * (int(steps * GROWING) // every)
    if gradual and last > every:
        # The last update must fall on a step that is one: the toolkit skips others.
        return tfmot.sparsity.keras.PolynomialDecay(0.0, sparsity, 0, last, frequency=every)
    # Once: each update sorts every kernel whole, which for a hundred million weights takes a minute.
    return tfmot.sparsity.keras.ConstantSparsity(sparsity, 0, frequency=max(1, steps))

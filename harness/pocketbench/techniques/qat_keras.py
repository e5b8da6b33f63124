"""Quantisation-aware training of a Keras model, by TensorFlow's model optimisation toolkit."""

from pathlib import Path
from typing import Any

from pocketbench import keras_legacy
from pocketbench.errors import Refused
from pocketbench.techniques import CLUSTER, PRUNE, Retraining, keras_training
from pocketbench.tensors import argument_names


def make(work: Retraining) -> Path:
    """Train on with 8-bit rounding in the graph; what pruning and clustering left is kept. Gives a SavedModel with the rounding in it. Raises Refused."""
    keras_training.begin()
    found = keras_legacy.twin(work.source)
    try:
        aware = _aware(found.legacy, work)
    except (ValueError, RuntimeError) as error:  # the toolkit's ways to say that it has no rule for a layer
        first = str(error).strip().partition("\n")[0]
        raise Refused("technique-not-for-model", f"quantisation-aware training has no rule for a layer of the model: {first}") from error
    keras_training.train_on(aware, work.rows, work.train)
    return _exported(aware, work)


def _aware(legacy: Any, work: Retraining) -> Any:
    """The model with rounding, by the scheme that keeps what the steps before did."""
    import tensorflow_model_optimization as tfmot

    annotated = tfmot.quantization.keras.quantize_annotate_model(legacy)
    done, combine = {step.rank for step in work.before}, tfmot.experimental.combine
    if CLUSTER in done:
        return tfmot.quantization.keras.quantize_apply(annotated, combine.Default8BitClusterPreserveQuantizeScheme(preserve_sparsity=PRUNE in done))
    if PRUNE in done:
        return tfmot.quantization.keras.quantize_apply(annotated, combine.Default8BitPrunePreserveQuantizeScheme())
    return tfmot.quantization.keras.quantize_apply(annotated)


def _exported(aware: Any, work: Retraining) -> Path:
    """Write a SavedModel that takes and gives tensors under the names of the source's, or by place where TensorFlow takes no such names."""
    import tensorflow as tf

    module = tf.Module()
    module.model = aware

    names = argument_names(work.source.inputs)

    def serve(**given: Any) -> dict[str, Any]:
        row = [given[name] for name in names]
        answers = tf.nest.flatten(aware(row if len(row) > 1 else row[0], training=False))
        return {each.name: answer for each, answer in zip(work.source.outputs, answers, strict=True)}

    shapes = [[None if size < 0 else size for size in each.shape] for each in work.source.inputs]
    specs = {name: tf.TensorSpec(shape, each.dtype, name=name) for name, shape, each in zip(names, shapes, work.source.inputs, strict=True)}
    path = work.folder / "saved_model"
    tf.saved_model.save(module, str(path), signatures=tf.function(serve).get_concrete_function(**specs))
    return path

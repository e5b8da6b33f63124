"""Layers models: a Keras 3 model rebuilt in tf_keras, as TensorFlow.js' layers know it, and written by TensorFlow.js' own converter.

What the converter writes of a Keras 3 model itself, tfjs does not load ("An InputLayer should be passed either a `batchInputShape` or an
`inputShape`": https://github.com/tensorflow/tfjs/issues/8494).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pocketbench import keras_legacy, tfjs_operations
from pocketbench.errors import Refused
from pocketbench.formats.tfjs_folder import KEPT_AS, SHARD_BYTES, Port, settle_layers
from pocketbench.formats.tfjs_refusal import refusal
from pocketbench.model import Refusal, Source, Tensor
from pocketbench.tfjs_reader import LAYERS

_HINT = "the usual form has operations for it"
# What tfjs' layers have only in part, by what of a layer shows it: it raises when they are loaded or called, or ignores what it does not know
# (tfjs-layers/src/layers/recurrent.ts, convolutional.ts, advanced_activations.ts, engine/topology.ts of 4.22.0).
LIMITS: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("GRUCell does not support reset_after parameter set to true", lambda layer: bool(getattr(layer, "reset_after", False))),
    ("it knows no groups of channels", lambda layer: getattr(layer, "groups", 1) != 1),
    ("the support for CAUSAL padding mode in conv1dWithBias is not implemented yet", lambda layer: getattr(layer, "padding", "") == "causal"),
    ("non-default alpha value is not supported by the ELU layer", lambda layer: type(layer).__name__ == "ELU" and float(layer.alpha) != 1.0),
    ("its UpSampling2D takes pixels' corners for their middles", lambda layer: getattr(layer, "interpolation", "") == "bilinear"),
    ("its Bidirectional makes the backward layer of the forward one", lambda layer: hasattr(layer, "_backward_layer_config")),
    ("Error in resizeBilinear: x must be rank 3 or 4, but got rank 1", lambda layer: type(layer).__name__ == "Resizing"),
    ("layer invocation in the presence of activity regularizer(s) is not supported yet", lambda layer: bool(getattr(layer, "activity_regularizer", None))),
)
# Those that it registers (tfjs-layers/src/activations.ts), by Keras' words; a layer without one says "linear".
ACTIVATIONS = (
    "elu", "selu", "relu", "relu6", "linear", "sigmoid", "hard_sigmoid", "softplus", "softsign", "tanh", "softmax", "log_softmax", "gelu", "mish", "swish",
)  # fmt: skip


def unfit(source: Source) -> Refusal | None:
    """Why a model has no layers that TensorFlow.js could know; None when it may."""
    if source.framework != "keras":
        return Refusal("convert", "technique-not-for-model", f"the form layers is one of Keras models, and the model comes from {source.framework}")
    if Path(source.path).suffix != ".keras":
        return Refusal("convert", "technique-not-for-model", "the model has code of its own or came as a SavedModel: its layers are not known any more")
    return None


def write(source: Source, technique: str, place: Path) -> None:
    """Convert a Keras model layer by layer. Raises Refused: unsupported-operation, known-limit, converter-error or technique-not-for-model."""
    if refused := unfit(source):
        raise Refused(refused.reason, refused.message)
    import tf_keras
    from tensorflowjs.converters import keras_h5_conversion as converter

    tf_keras.backend.clear_session()  # weights get the same names whatever was converted before
    legacy = keras_legacy.twin(source).legacy
    _check(legacy)
    try:
        converter.save_keras_model(legacy, str(place), quantization_dtype_map=KEPT_AS[technique], weight_shard_size_bytes=SHARD_BYTES)
    except Exception as error:  # converters raise nearly anything
        raise refusal(error) from error
    settle_layers(place, _ports(source.inputs, legacy.inputs), _ports(source.outputs, legacy.outputs))


def _check(model: Any) -> None:
    """Raise Refused for layers that TensorFlow.js does not load, or not as they are."""
    layers = list(_layers(model))
    if strange := sorted({type(layer).__name__ for layer in layers} - set(tfjs_operations.known(LAYERS))):
        raise Refused("unsupported-operation", f"TensorFlow.js {tfjs_operations.RELEASE} has no layer {', '.join(strange)}"[:300], hint=_HINT)
    for layer in layers:
        if said := next((words for words, has in LIMITS if has(layer)), ""):
            raise Refused("known-limit", f"TensorFlow.js {tfjs_operations.RELEASE} on the layer {layer.name}: {said}"[:300], hint=_HINT)
        if strange := sorted({name for name in _activations(layer.get_config()) if name not in ACTIVATIONS}):
            raise Refused("unsupported-operation", f"TensorFlow.js' layers have no activation {', '.join(strange)} ({layer.name})"[:300], hint=_HINT)


def _layers(model: Any) -> Iterator[Any]:
    """All layers, those inside others too, but for models and inputs."""
    import tf_keras

    every = model._flatten_layers(include_self=False)  # noqa: SLF001 - there is no public way to the layers inside layers
    yield from (layer for layer in every if not isinstance(layer, (tf_keras.Model, tf_keras.layers.InputLayer)))


def _activations(config: Mapping[str, Any]) -> Iterator[str]:
    """The activations that a layer's own configuration names."""
    for key in ("activation", "recurrent_activation"):
        if (named := config.get(key)) is not None:
            yield named if isinstance(named, str) else str(named.get("class_name", named) if isinstance(named, Mapping) else named)


def _port(one: Any) -> Port:
    """What a rebuilt model's tensor is, in a graph's words."""
    import tensorflow as tf
    from tensorflow.core.framework import types_pb2

    dtype = tf.as_dtype(one.dtype)
    return Port(one.name, types_pb2.DataType.Name(dtype.as_datatype_enum), tuple(-1 if size is None else size for size in one.shape))


def _ports(tensors: Sequence[Tensor], made: Sequence[Any]) -> dict[str, Port]:
    """What goes in or out, by the source's names, as the rebuilt model has it."""
    return {each.name: _port(one) for each, one in zip(tensors, made, strict=True)}

"""A Keras model in memory, kept and described: zoo models, Keras files and users' functions all end here.

It is kept as ``model.keras``. A model with code that is not Keras' own could not be loaded again elsewhere; it is exported
to ``saved_model``, which holds the graph itself.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from pocketbench.errors import SourceError
from pocketbench.model import Source, Tensor
from pocketbench.sources import custom, graph, keras_archive, specs, structure

FILE = "model.keras"
FOLDER = "saved_model"


def keep(model: Any, folder: Path, text: str) -> Source:
    """Write a ``keras.Model`` into ``folder`` and describe it; ``text`` names it in messages. Raises SourceError."""
    if not model.built:
        raise SourceError(f"{text}: the model was never built, so its shapes are unknown", hint="call it once, or begin it with keras.Input")
    config = _config(model)
    own = structure.is_graph(model) and not custom.classes(config) and not custom.lambdas(config)
    kept = _as_keras(model, folder, text) if own else _as_saved_model(model, folder, text)
    return msgspec.structs.replace(kept, key=_key(model, config), parameters=graph.weights(model.weights), stateful=bool(structure.stateful_layers(model)))


def _as_keras(model: Any, folder: Path, text: str) -> Source:
    """Keep the model as Keras' own file."""
    inputs = tuple(specs.tensor(each.name, each.shape, each.dtype) for each in model.inputs)
    outputs = tuple(specs.tensor(name, each.shape, each.dtype) for name, each in zip(_output_names(model), model.outputs, strict=True))
    specs.check(inputs, outputs, text)
    keras_archive.save(model, folder / FILE)
    return Source("", "keras", str(folder / FILE), inputs, outputs, 0, _operations(model, inputs, text))


def _as_saved_model(model: Any, folder: Path, text: str) -> Source:
    """Keep the model as the graph that it computes. Raises SourceError in Keras' words when it cannot be exported."""
    from pocketbench.sources import saved_model

    try:
        model.export(folder / FOLDER, format="tf_saved_model", verbose=False)
    except Exception as error:  # a user's layer may raise anything while it is traced
        first = str(error).strip().partition("\n")[0]
        raise SourceError(f"{text}: Keras cannot export the model: {type(error).__name__}: {first}", hint="call the model once on an array first") from error
    return _in_order(saved_model.described(folder / FOLDER, text), model)


def _in_order(kept: Source, model: Any) -> Source:
    """Bring inputs into the model's own order: a SavedModel's signature has them sorted by name."""
    own = [each.name for each in getattr(model, "inputs", None) or ()]
    named = {each.name: each for each in kept.inputs}
    return msgspec.structs.replace(kept, inputs=tuple(named[name] for name in own)) if set(own) == set(named) else kept


def _operations(model: Any, inputs: tuple[Tensor, ...], text: str) -> dict[str, int]:
    """Trace the model for inference and count its operations."""
    import tensorflow as tf

    free = [tf.TensorSpec([None if size < 0 else size for size in each.shape], each.dtype) for each in inputs]
    try:
        traced = tf.function(lambda given: model(given, training=False)).get_concrete_function(structure.packed(model, free))
    except Exception as error:  # layers may raise anything while they are traced
        raise SourceError(f"{text}: the model cannot be traced: {type(error).__name__}: {str(error).strip()[:500]}") from error
    return graph.operations(traced.graph)


def _output_names(model: Any) -> list[str]:
    """Name outputs as converters do: by their keys in a dictionary, else by number."""
    whole = structure.output(model)
    return sorted(whole) if isinstance(whole, dict) else [f"output_{number}" for number in range(len(model.outputs))]


def _config(model: Any) -> Any:
    """The model's architecture as JSON builtins, without how it was compiled."""
    import keras

    try:
        config = keras.saving.serialize_keras_object(model)
    except (NotImplementedError, TypeError, ValueError):  # a user's class without get_config
        return {"class_name": type(model).__qualname__, "module": type(model).__module__, "config": {}}
    return json.loads(json.dumps({name: value for name, value in config.items() if name != "compile_config"}, default=str))


def _key(model: Any, config: Any) -> str:
    """Hash the architecture and the weights: the same model has the same key, whenever and wherever it was saved."""
    import numpy as np

    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for weight in model.weights:
        array = np.asarray(weight)
        digest.update(f"{weight.path} {array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()

"""A Keras 3 model rebuilt in tf_keras, where TensorFlow's older tools work, and brought back.

The model optimisation toolkit takes models of Keras 2 alone (seen with 0.8.1: "to_quantize can only either be a keras Sequential
or Functional model"), and what TensorFlow.js' converter writes of a Keras 3 model its layers do not load. Every layer is made
anew from its configuration and gets the same weights; both models must then give the same outputs, or the model is refused.
"""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import Refused
from pocketbench.model import Source

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# Relative to the largest output: two orders of the same float32 sums.
SAME = 1e-4
ROWS = 8
FREE = 4  # the size tried for a free dimension that is no batch
_EVERYWHERE = {"name", "trainable", "dtype"}
_BEYOND = "techniques that retrain, and TensorFlow.js' layers, need a model made of Keras' own layers that tf_keras has too"


@dataclass(frozen=True, slots=True)
class Pair:
    """A layer of each that holds weights, and what the weights of the tf_keras one are called, in the order of the Keras 3 one."""

    own: Any
    other: Any
    names: tuple[str, ...]

    def values(self) -> "list[Array]":
        """The tf_keras layer's weights in that order: the toolkit puts kernels that it had clustered before all else."""
        named = {weight.name: weight.numpy() for weight in self.other.weights}
        return [named[name] for name in self.names] if set(named) == set(self.names) else list(self.other.get_weights())


@dataclass(frozen=True, slots=True)
class Twin:
    """A Keras 3 model and the same in tf_keras, and their layers that hold weights."""

    model: Any
    legacy: Any
    layers: tuple[Pair, ...]


def twin(source: Source) -> Twin:
    """Rebuild a source in tf_keras and compare outputs. Raises Refused (technique-not-for-model)."""
    import keras

    if Path(source.path).suffix != ".keras":
        raise Refused("technique-not-for-model", "the model has code of its own or came as a SavedModel: it cannot be rebuilt in tf_keras", hint=_BEYOND)
    model = keras.saving.load_model(source.path, compile=False, safe_mode=True)
    try:
        legacy, pairs = _rebuilt(model)
        for own, other in pairs:
            other.set_weights(own.get_weights())
    except Refused:
        raise
    except Exception as error:  # tf_keras raises nearly anything for a configuration it does not know
        first = str(error).strip().partition("\n")[0]
        raise Refused("technique-not-for-model", f"tf_keras cannot rebuild the model: {type(error).__name__}: {first}", hint=_BEYOND) from error
    found = Twin(model, legacy, tuple(Pair(own, other, tuple(weight.name for weight in other.weights)) for own, other in pairs))
    _check_same(found, source)
    return found


def brought_back(found: Twin, source: Source, folder: Path) -> Path:
    """Give the Keras 3 model the weights of its twin's layers, see that it computes the same, and keep it in ``folder``. Raises Refused."""
    for pair in found.layers:
        pair.own.set_weights(pair.values())
    _check_same(found, source)
    path = folder / "model.keras"
    found.model.save(path)
    return path


def stripped_of(found: Twin, stripped: Any) -> Twin:
    """The same twin with the layers of a copy of its tf_keras model: the toolkit takes its wrappers off by making such a copy."""
    places = {id(layer): place for place, layer in _placed(found.legacy)}
    copies = dict(_placed(stripped))
    return Twin(found.model, stripped, tuple(replace(pair, other=copies[places[id(pair.other)]]) for pair in found.layers))


def _placed(model: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every layer of a tf_keras model with its place: the names of the models around it and its own."""
    import tf_keras

    for layer in model.layers:
        if isinstance(layer, tf_keras.Model):
            yield from _placed(layer, f"{place}{layer.name}/")
        yield f"{place}{layer.name}", layer


def _rebuilt(model: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """Make the model anew in tf_keras, untrained; pair the layers."""
    import keras
    import tf_keras

    pairs: dict[int, tuple[Any, Any]] = {}

    def made(operation: Any) -> Any:
        if isinstance(operation, keras.Model):
            inner, found = _rebuilt(operation)
            pairs.update({id(own): (own, other) for own, other in found})
            return inner
        if id(operation) not in pairs:
            pairs[id(operation)] = (operation, _layer(operation))
        other = pairs[id(operation)][1]
        usual = inspect.signature(operation.call).parameters
        return lambda *given, **named: other(*given, **{name: value for name, value in named.items() if not _usual(usual.get(name), value)})

    graph = _graph(model)
    inputs = [tf_keras.Input(batch_shape=each.shape, dtype=each.dtype, name=each.name) for each in model.inputs]
    # The graph is walked by Keras itself, which has no public way to do so with layers that are not its own.
    outputs = graph._run_through_graph(inputs, operation_fn=made)  # noqa: SLF001
    return tf_keras.Model(inputs, keras.tree.flatten(outputs), name=model.name), [pair for pair in pairs.values() if pair[0].weights]


def _usual(parameter: inspect.Parameter | None, value: Any) -> bool:
    """Whether a call says nothing by an argument: Keras writes down what recurrent layers take when nobody says, ``training=False``, as if it were said."""
    return value is None or (parameter is not None and isinstance(value, bool) and value is parameter.default)


def _graph(model: Any) -> Any:
    """A Functional model itself, or the one that a Sequential model keeps its graph in."""
    return getattr(model, "_functional", None) or model


def _layer(layer: Any) -> Any:
    """Make one layer anew from its configuration. Raises Refused for one that tf_keras does not have."""
    import keras
    import tf_keras

    name = type(layer).__name__
    if not isinstance(layer, keras.layers.Layer) or not hasattr(tf_keras.layers, name):
        raise Refused("technique-not-for-model", f"tf_keras has no layer {name} ({layer.name})", hint=_BEYOND)
    return tf_keras.layers.deserialize(_plain({"class_name": name, "config": layer.get_config()}))


def _plain(value: Any) -> Any:
    """A configuration as tf_keras writes it: without modules, dtype policies, initial values and what is new in Keras 3."""
    import tf_keras

    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if not isinstance(value, dict) or "class_name" not in value:
        return value
    if value["class_name"] == "DTypePolicy":
        return value["config"]["name"]
    kind = getattr(tf_keras.layers, value["class_name"], None)
    config = dict(value["config"])
    if kind is not None:
        known = _EVERYWHERE | set(_parameters(kind))
        config = {name: each for name, each in config.items() if name in known and not name.endswith("_initializer")}
        if kind is tf_keras.layers.Bidirectional:
            config = _both_ways(config)
        if kind is tf_keras.layers.MultiHeadAttention:  # written by tf_keras, and only there
            config |= dict.fromkeys(("query_shape", "key_shape", "value_shape"))
    return {"class_name": value["class_name"], "config": {name: _plain(each) for name, each in config.items()}}


def _both_ways(config: dict[str, Any]) -> dict[str, Any]:
    """A bidirectional layer's configuration, without the backward layer where that is the forward one backwards: tf_keras makes and names both itself."""
    forward, backward = config["layer"], config.get("backward_layer") or {"class_name": "", "config": {}}
    inside = {**forward["config"], "name": forward["config"]["name"].removeprefix("forward_")}
    mirrored = {**backward["config"], "name": "", "go_backwards": inside["go_backwards"]} == {**inside, "name": ""}
    if not mirrored or backward["class_name"] != forward["class_name"]:
        return config
    return {**{name: each for name, each in config.items() if name != "backward_layer"}, "layer": {**forward, "config": inside}}


def _parameters(kind: type) -> Iterator[str]:
    """The names that a class and those it comes from take when they are made."""
    for each in kind.__mro__:
        if "__init__" in vars(each):
            yield from inspect.signature(each.__init__).parameters  # type: ignore[misc]


def _check_same(found: Twin, source: Source) -> None:
    """Raise Refused when the two models give different outputs for made-up rows."""
    import keras
    import numpy as np

    given = _made_up(source)
    structured = keras.tree.pack_sequence_as(_graph(found.model).input, given)
    own = [np.asarray(each) for each in keras.tree.flatten(found.model(structured, training=False))]
    other = [np.asarray(each) for each in keras.tree.flatten(found.legacy(given if len(given) > 1 else given[0], training=False))]
    largest = max([float(np.abs(each).max()) for each in own if each.size] or [0.0])
    apart = max([float(np.abs(one - two).max()) for one, two in zip(own, other, strict=True) if one.size] or [0.0])
    if not apart <= SAME * max(largest, 1.0):
        raise Refused("technique-not-for-model", f"the model rebuilt in tf_keras gives other outputs: off by {apart:.3g} of {largest:.3g}", hint=_BEYOND)


def _made_up(source: Source) -> "list[Array]":
    """A few rows of seeded random numbers for each input; zeros and ones where it takes integers."""
    import numpy as np

    generator = np.random.default_rng(0)
    shapes = [(ROWS if each.shape[0] < 0 else each.shape[0], *(FREE if size < 0 else size for size in each.shape[1:])) for each in source.inputs]
    return [
        generator.standard_normal(shape, np.float32).astype(each.dtype) if "float" in each.dtype else generator.integers(0, 2, shape).astype(each.dtype)
        for shape, each in zip(shapes, source.inputs, strict=True)
    ]

"""The shape of a Keras model's arguments and results: one tensor, a list or a dictionary, and layers that remember."""

from collections.abc import Sequence
from typing import Any


def is_graph(model: Any) -> bool:
    """Whether a model is Functional or Sequential, so that it can be saved whole and says its inputs."""
    return bool(getattr(model, "inputs", None)) and bool(getattr(model, "outputs", None))


def packed(model: Any, inputs: Sequence[Any]) -> Any:
    """Put flat inputs into the structure that a Functional or Sequential model takes."""
    import keras

    return keras.tree.pack_sequence_as(_functional(model).input, list(inputs))


def output(model: Any) -> Any:
    """The structure of what a Functional or Sequential model gives."""
    return _functional(model).output


def stateful_layers(model: Any) -> list[Any]:
    """The layers that carry a state from one call to the next."""
    found = [layer for layer in _layers(model) if getattr(layer, "stateful", False) is True]
    return [layer for layer in found if hasattr(layer, "reset_state")]


def _functional(model: Any) -> Any:
    """A Sequential model's inner Functional one, which alone says how its arguments are structured."""
    return getattr(model, "_functional", None) or model


def _layers(model: Any) -> list[Any]:
    """Every layer, those inside other layers too."""
    import keras

    found = list(getattr(model, "layers", []))
    return found + [inner for layer in found if isinstance(layer, keras.Model) for inner in _layers(layer)]

"""Keras on TensorFlow, on the CPU: a model as it was trained. ``model.keras``, or a SavedModel folder by its default signature.

What runs is one function traced for one row, a graph that TensorFlow has optimised, and not Keras' layers one by one.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIGNATURE = "serving_default"
# Read when TensorFlow and Keras are imported.
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}

Described = list[tuple[str, tuple[int, ...], str]]


@dataclass(frozen=True)
class Loaded:
    """A model in memory: its inputs by name, how one row of them becomes a list of outputs, what these are called ("" where they have no names of their own).

    ``whole`` keeps the variables alive, which a traced function does not; ``forget`` brings back the state of the beginning.
    """

    whole: Any
    inputs: dict[str, Any]
    call: Callable[..., list[Any]]
    names: tuple[str, ...]
    forget: Callable[[], None]


class Engine:
    """One model. What the methods do is in ``README.md`` beside the runner."""

    accelerators = ("cpu",)

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import and start TensorFlow, with the order's threads; nothing is loaded yet. Raises ImportError, ValueError."""
        if order["options"]:
            raise ValueError(f"keras has no options, got {order['options']}")
        os.environ.update(ENVIRONMENT)
        import keras
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(max(1, order["threads"]))
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.experimental.set_synchronous_execution(True)  # a call returns when its results are there
        tf.config.list_logical_devices()  # starts it, which is no part of loading a model
        self.version = f"{keras.__version__} (tensorflow {tf.__version__})"
        self._tf, self._model, self._order = tf, Path(model), order
        self.invoke: Any = None
        self._loaded: Any = None
        self._gives: list[Any] = []
        self._row: list[Any] = []
        self._answers: list[Any] = []

    def load(self) -> None:
        """Load the model and trace it for one row; free dimensions take the order's sizes."""
        loaded = (_saved_model if self._model.is_dir() else _keras_file)(self._model)
        shapes = {tensor["name"]: tensor["shape"] for tensor in self._order["inputs"]}
        specs = [self._tf.TensorSpec(shapes.get(name, tensor.shape), tensor.dtype) for name, tensor in loaded.inputs.items()]
        traced = self._tf.function(loaded.call).get_concrete_function(*specs)

        def invoke() -> None:
            self._answers = traced(*self._row)

        self._loaded, self._gives, self.invoke = loaded, traced.structured_outputs, invoke

    def inputs(self) -> Described:
        """Name, shape (-1 where free) and dtype of each input."""
        return [_described(name, tensor) for name, tensor in self._loaded.inputs.items()]

    def outputs(self) -> Described:
        """Name, shape (-1 where free) and dtype of each output; those without a name have the order's, by their place."""
        ordered = [tensor["name"] for tensor in self._order["outputs"]]
        names = self._loaded.names or (ordered if len(ordered) == len(self._gives) else [""] * len(self._gives))
        return [_described(name, tensor) for name, tensor in zip(names, self._gives, strict=True)]

    def set(self, row: list[Any]) -> None:
        """Hand one row to TensorFlow."""
        self._row = [self._tf.constant(value) for value in row]

    def read(self) -> list[Any]:
        """Copies of the outputs."""
        return [answer.numpy() for answer in self._answers]

    def reset(self) -> None:
        """Bring the model's state back to its beginning."""
        self._loaded.forget()

    def executed(self) -> dict[str, Any]:
        """TensorFlow's own kernels, all on the CPU: there is no other device that it sees."""
        return {"executed_on": "cpu", "driver": "", "execution": "full", "delegated": None, "operations": None}

    def close(self) -> None:
        """Let go of the model; nothing happens when there is none."""
        self.invoke = self._loaded = None
        self._gives, self._row, self._answers = [], [], []


def _keras_file(model: Path) -> Loaded:
    """A whole Keras model; no code that lies in the file is executed."""
    import keras

    whole = keras.saving.load_model(model, compile=False, safe_mode=True)
    structure = (getattr(whole, "_functional", None) or whole).input  # a Sequential model's own input says nothing of its structure
    remembering = _remembering(whole)

    def call(*row: Any) -> list[Any]:
        return list(keras.tree.flatten(whole(keras.tree.pack_sequence_as(structure, list(row)), training=False)))

    def forget() -> None:
        for layer in remembering:
            layer.reset_state()

    return Loaded(whole, {each.name: each for each in whole.inputs}, call, (), forget)


def _remembering(layer: Any) -> list[Any]:
    """The layers that carry a state from one call to the next, those inside other models too."""
    inner = [each for part in getattr(layer, "layers", []) for each in _remembering(part)]
    return inner + ([layer] if getattr(layer, "stateful", False) is True and hasattr(layer, "reset_state") else [])


def _saved_model(model: Path) -> Loaded:
    """A SavedModel's default signature. Its state is in variables that were not trained."""
    import tensorflow as tf

    whole = tf.saved_model.load(str(model))
    serve = whole.signatures[SIGNATURE]
    inputs, names = serve.structured_input_signature[1], tuple(sorted(serve.structured_outputs))
    kept = [(variable, variable.numpy()) for variable in serve.variables if not variable.trainable]

    def call(*row: Any) -> list[Any]:
        answers = serve(**dict(zip(inputs, row, strict=True)))
        return [answers[name] for name in names]

    def forget() -> None:
        for variable, value in kept:
            variable.assign(value)

    return Loaded(whole, inputs, call, names, forget)


def _described(name: str, tensor: Any) -> tuple[str, tuple[int, ...], str]:
    """What the runner holds against the order."""
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    return name, tuple(-1 if size is None else int(size) for size in tensor.shape), dtype

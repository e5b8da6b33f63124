"""A tf_keras model trained on over the training rows, the same way each time."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import Refused
from pocketbench.model import Rows
from pocketbench.suite import Train

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SEED = 0
# Losses of targets; a class number is none.
DISTANCES = ("mean_squared_error", "mean_absolute_error", "huber")
# How near to 1 the scores of a row must add up to be probabilities.
NEAR = 1e-3


def begin() -> None:
    """Begin as in a fresh process: the same random numbers and names, and operations that give the same result every time."""
    import tensorflow as tf
    import tf_keras

    tf.config.experimental.enable_op_determinism()
    tf_keras.backend.clear_session()
    tf_keras.utils.set_random_seed(SEED)


def steps_of(train: Train, rows: Rows, times: int = 1) -> int:
    """How many batches training on takes."""
    return times * train.epochs * math.ceil(rows.training / train.batch)


def train_on(model: Any, rows: Rows, train: Train, *, times: int = 1, callbacks: Sequence[Any] = ()) -> None:
    """Train a tf_keras model ``times`` as long as the suite says. Raises Refused: needs-training-data, technique-not-for-model or training-diverged."""
    import numpy as np
    import tensorflow as tf
    import tf_keras

    inputs, labels = _examples(rows, len(model.inputs))
    optimizer = tf_keras.optimizers.get({"class_name": train.optimizer, "config": {"learning_rate": train.learning_rate}})
    stopping = [tf_keras.callbacks.TerminateOnNaN(), *callbacks]
    try:
        model.compile(optimizer, _loss(model, inputs, labels, train))
        epochs = train.epochs * times
        history = model.fit(_flat(inputs), labels, batch_size=train.batch, epochs=epochs, verbose=0, callbacks=stopping).history["loss"]
    except (ValueError, TypeError, ArithmeticError, tf.errors.OpError) as error:
        first = next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__)
        hint = "train.loss must fit the model's output and labels"
        raise Refused("technique-not-for-model", f"the model cannot be trained on: {first}"[:300], hint=hint) from error
    finite = all(np.isfinite(weight).all() for weight in model.get_weights())
    if not (np.isfinite(history).all() and finite):
        message = f"the loss became {history[-1]} in epoch {len(history)} of {train.epochs * times}"
        raise Refused("training-diverged", message, hint=f"lower train.learning_rate, now {train.learning_rate:g}, or see that train.loss fits the labels")


def _examples(rows: Rows, inputs: int) -> "tuple[list[Array], Array]":
    """The training rows, one array an input, and their labels."""
    import numpy as np

    if not rows.training or not rows.labelled:
        raise Refused("needs-training-data", "there are no labelled rows to train on", hint="give data with labels, and train = { rows = 1000 }")
    folder = Path(rows.folder)
    arrays = [np.load(folder / f"training-x{index}.npy", allow_pickle=False) for index in range(inputs)]
    return arrays, np.load(folder / "training-y.npy", allow_pickle=False)


def _flat(inputs: "list[Array]") -> Any:
    """As tf_keras takes them: a list of several, or the one."""
    return inputs if len(inputs) > 1 else inputs[0]


def _loss(model: Any, inputs: "list[Array]", labels: "Array", train: Train) -> Any:
    """The loss that the suite names, or the one that fits labels and outputs; scores that are no probabilities are logits."""
    import tf_keras

    if len(model.outputs) != 1:
        message = f"the rows have one label each, and the model {len(model.outputs)} outputs: there is nothing to train the others on"
        raise Refused("technique-not-for-model", message)
    name = train.loss or _fitting(labels, model.outputs[0].shape)
    if name in DISTANCES and labels.dtype.kind in "iub" and model.outputs[0].shape[-1] != 1 and labels.ndim == 1:
        message = f"{name} measures how far numbers are apart, and the labels are numbers of classes"
        raise Refused("technique-not-for-model", message, hint='leave train.loss out, or write loss = "sparse_categorical_crossentropy"')
    kinds = {
        "sparse_categorical_crossentropy": tf_keras.losses.SparseCategoricalCrossentropy, "categorical_crossentropy": tf_keras.losses.CategoricalCrossentropy,
        "binary_crossentropy": tf_keras.losses.BinaryCrossentropy,
    }  # fmt: skip
    return kinds[name](from_logits=not _probabilities(model, inputs)) if name in kinds else name


def _fitting(labels: "Array", output: Any) -> str:
    """Cross-entropy where there are classes, else the mean squared error."""
    if labels.dtype.kind not in "iub":
        return "mean_squared_error"
    return "sparse_categorical_crossentropy" if output[-1] > 1 else "binary_crossentropy"


def _probabilities(model: Any, inputs: "list[Array]") -> bool:
    """Whether the outputs of a few rows are shares: none negative, none over 1, adding up to 1 where there are several."""
    import numpy as np

    scores = np.asarray(model(_flat([each[:32] for each in inputs]), training=False))
    within = bool((scores >= 0).all() and (scores <= 1 + NEAR).all())
    return within and (scores.shape[-1] == 1 or bool(np.abs(scores.sum(axis=-1) - 1).max() < NEAR))

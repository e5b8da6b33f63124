"""``zoo:digits-attention`` in Keras 3: built and trained as :mod:`digits_attention` says."""

from typing import Any

from pocketbench.zoo.digits_attention import BATCH, CLASSES, EPOCHS, HEAD_WIDTH, HEADS, INNER, LEARNING_RATE, NORM_EPSILON, PIXELS, ROWS, WIDTH
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_keras import trained


def make() -> Any:
    """Train the network on its own rows; about 15 s on two cores. Returns a ``keras.Model``."""
    return trained("digits-attention", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> Any:
    """Build the network, untrained. Layers are named, so that its configuration is the same in every process."""
    import keras

    pixels = keras.Input((ROWS, PIXELS, 1), name="pixels")
    rows = keras.layers.Reshape((ROWS, PIXELS), name="rows")(pixels)
    x = keras.layers.EinsumDense("abc,cd->abd", output_shape=(ROWS, WIDTH), bias_axes="bd", name="embed")(rows)
    normed = _norm(x, 1)
    x = keras.layers.Add(name="residual1")([x, keras.layers.MultiHeadAttention(HEADS, HEAD_WIDTH, name="attention")(normed, normed)])
    inner = keras.layers.Dense(INNER, activation="gelu", name="inner")(_norm(x, 2))
    x = keras.layers.Add(name="residual2")([x, keras.layers.Dense(WIDTH, name="outer")(inner)])
    x = keras.layers.GlobalAveragePooling1D(name="average")(_norm(x, 3))
    return keras.Model(pixels, keras.layers.Dense(CLASSES, activation="softmax", name="classes")(x), name="digits_attention")


def _norm(x: Any, number: int) -> Any:
    """A layer norm."""
    import keras

    return keras.layers.LayerNormalization(epsilon=NORM_EPSILON, name=f"norm{number}")(x)

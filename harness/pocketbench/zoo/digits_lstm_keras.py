"""``zoo:digits-lstm`` in Keras 3: built and trained as :mod:`digits_lstm` says."""

from typing import Any

from pocketbench.zoo.digits_lstm import BATCH, CLASSES, EPOCHS, LEARNING_RATE, PIXELS, ROWS, UNITS
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_keras import trained


def make() -> Any:
    """Train the network on its own rows; about 7 s on two cores. Returns a ``keras.Model``."""
    return trained("digits-lstm", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> Any:
    """Build the network, untrained. Layers are named, so that its configuration is the same in every process."""
    import keras

    pixels = keras.Input((ROWS, PIXELS, 1), name="pixels")
    rows = keras.layers.Reshape((ROWS, PIXELS), name="rows")(pixels)
    x = keras.layers.LSTM(UNITS, name="lstm")(rows)
    return keras.Model(pixels, keras.layers.Dense(CLASSES, activation="softmax", name="classes")(x), name="digits_lstm")

"""``zoo:digits-mlp`` in Keras 3: built and trained as :mod:`digits_mlp` says."""

from typing import Any

from pocketbench.zoo.digits_mlp import BATCH, CLASSES, EPOCHS, LEARNING_RATE, UNITS
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_keras import trained


def make() -> Any:
    """Train the network on its own rows; about 3 s on two cores. Returns a ``keras.Model``."""
    return trained("digits-mlp", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> Any:
    """Build the network, untrained. Layers are named, so that its configuration is the same in every process."""
    import keras

    pixels = keras.Input((8, 8, 1), name="pixels")
    x = keras.layers.Flatten(name="flat")(pixels)
    for number, units in enumerate(UNITS, 1):
        x = keras.layers.Dense(units, activation="relu", name=f"dense{number}")(x)
    return keras.Model(pixels, keras.layers.Dense(CLASSES, activation="softmax", name="classes")(x), name="digits_mlp")

"""``zoo:digits-cnn`` in Keras 3: built and trained as :mod:`digits_cnn` says."""

from typing import Any

from pocketbench.zoo.digits_cnn import BATCH, CLASSES, EPOCHS, FILTERS, LEARNING_RATE, NORM_EPSILON, NORM_MOMENTUM
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_keras import trained


def make() -> Any:
    """Train the network on its own rows; about 15 s on two cores. Returns a ``keras.Model``."""
    return trained("digits-cnn", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> Any:
    """Build the network, untrained. Layers are named, so that its configuration is the same in every process."""
    import keras

    few, many = FILTERS
    pixels = keras.Input((8, 8, 1), name="pixels")
    x = keras.layers.ReLU(name="relu1")(_convolution(pixels, few, "1"))
    x = keras.layers.ReLU(name="relu2")(_convolution(x, many, "2"))
    pooled = keras.layers.MaxPooling2D(2, strides=2, name="pool")(x)
    x = keras.layers.ReLU(name="relu3")(_convolution(pooled, many, "3"))
    x = keras.layers.Add(name="residual")([_convolution(x, many, "4"), pooled])
    x = keras.layers.ReLU(name="relu4")(x)
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(pixels, keras.layers.Dense(CLASSES, activation="softmax", name="classes")(x), name="digits_cnn")


def _convolution(x: Any, filters: int, number: str) -> Any:
    """A 3 x 3 convolution and its batch norm."""
    import keras

    x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{number}")(x)
    return keras.layers.BatchNormalization(momentum=NORM_MOMENTUM, epsilon=NORM_EPSILON, name=f"norm{number}")(x)

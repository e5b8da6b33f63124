"""``zoo:digits-mobilenet`` in Keras 3: built and trained as :mod:`digits_mobilenet` says."""

from typing import Any

from pocketbench.zoo.digits_mobilenet import BATCH, BLOCKS, CLASSES, EPOCHS, HEAD, HIGHEST, LEARNING_RATE, NORM_EPSILON, NORM_MOMENTUM, STEM, UPSAMPLED
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_keras import trained


def make() -> Any:
    """Train the network on its own rows; about 15 s on two cores. Returns a ``keras.Model``."""
    return trained("digits-mobilenet", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> Any:
    """Build the network, untrained. Layers are named, so that its configuration is the same in every process."""
    import keras

    pixels = keras.Input((8, 8, 1), name="pixels")
    x = keras.layers.UpSampling2D(UPSAMPLED, name="upsampled")(pixels)
    x = _relu6(_convolution(x, STEM, 3, "stem", stride=2), "stem")
    for number, (times, channels, stride) in enumerate(BLOCKS, 1):
        x = _block(x, times, channels, stride, f"block{number}")
    x = _relu6(_convolution(x, HEAD, 1, "head"), "head")
    x = keras.layers.GlobalAveragePooling2D(name="average")(x)
    return keras.Model(pixels, keras.layers.Dense(CLASSES, activation="softmax", name="classes")(x), name="digits_mobilenet")


def _block(x: Any, times: int, channels: int, stride: int, name: str) -> Any:
    """An inverted residual."""
    import keras

    given, wide = x, x.shape[-1]
    if times > 1:
        x = _relu6(_convolution(x, times * wide, 1, f"{name}_expand"), f"{name}_expand")
    x = keras.layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = _relu6(_norm(x, f"{name}_depthwise"), f"{name}_depthwise")
    x = _convolution(x, channels, 1, f"{name}_project")
    return keras.layers.Add(name=f"{name}_add")([given, x]) if stride == 1 and channels == wide else x


def _convolution(x: Any, filters: int, size: int, name: str, *, stride: int = 1) -> Any:
    """A convolution and its batch norm."""
    import keras

    return _norm(keras.layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False, name=name)(x), name)


def _norm(x: Any, name: str) -> Any:
    """The batch norm of a convolution."""
    import keras

    return keras.layers.BatchNormalization(momentum=NORM_MOMENTUM, epsilon=NORM_EPSILON, name=f"{name}_norm")(x)


def _relu6(x: Any, name: str) -> Any:
    """ReLU, cut at 6."""
    import keras

    return keras.layers.ReLU(HIGHEST, name=f"{name}_relu6")(x)

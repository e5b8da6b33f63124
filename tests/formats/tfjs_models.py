"""Small models for the tests of TensorFlow.js: Keras models as functions, a torch one as a suite names it, ``python:tfjs_models:maps``."""

from typing import Any


def recurrent() -> Any:
    """An LSTM in both directions and a GRU, whose steps are loops in TensorFlow, and an exact GELU, which TensorFlow makes of Erfc."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    steps = keras.Input((6, 5), name="steps")
    both = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(steps)
    return keras.Model(steps, layers.Dense(3, activation="gelu")(layers.GRU(4)(both)))


def many() -> Any:
    """Two inputs, the second in the alphabet first, and twelve outputs of one shape, so that neither names nor shapes tell them apart."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(8)
    first, second = keras.Input((4,), name="b"), keras.Input((4,), name="a")
    whole = layers.Concatenate()([second, layers.Dense(4)(first)])
    return keras.Model([first, second], [layers.Dense(2, name=f"out{place}")(whole) for place in range(12)])


def wide() -> Any:
    """Weights of 4.4 MB and some more."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(9)
    return keras.Sequential([keras.Input((1000,), name="wide"), layers.Dense(1100, activation="relu"), layers.Dense(3)])


def attention() -> Any:
    """Attention, which tfjs' layers do not have."""
    import keras
    from keras import layers

    steps = keras.Input((4, 8), name="steps")
    return keras.Model(steps, layers.MultiHeadAttention(2, 4)(steps, steps))


def gated() -> Any:
    """A GRU as Keras makes it."""
    import keras
    from keras import layers

    return keras.Sequential([keras.Input((4, 3), name="steps"), layers.GRU(2)])


def separable() -> Any:
    """A separable convolution and an LSTM in both directions, of which Keras 3 writes what tfjs does not take."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(10)
    return keras.Sequential([keras.Input((8, 8, 3), name="image"), layers.SeparableConv2D(4, 3), layers.Reshape((6, 24)), layers.Bidirectional(layers.LSTM(2))])


def grouped() -> Any:
    """A convolution in groups of channels."""
    import keras
    from keras import layers

    return keras.Sequential([keras.Input((8, 8, 4), name="image"), layers.Conv2D(4, 3, groups=2)])


def inverse() -> Any:
    """An operation that TensorFlow.js does not have."""
    import keras

    numbers = keras.Input((3,), name="numbers")
    return keras.Model(numbers, keras.ops.erfinv(numbers))


def maps() -> Any:
    """Convolutions without bias and a residual addition; feature maps come out, channels first, and a matrix with channels in front."""
    import torch
    from torch import nn

    class Maps(nn.Module):
        """Gives what it computed on the way."""

        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1, bias=False)

        def forward(self, image: Any, unread: Any) -> Any:  # noqa: ARG002
            """From (batch, 3, 8, 8) and (batch, 2) to (batch, 8, 8, 8), (batch, 8, 64) and (batch, 8)."""
            one = torch.relu(self.first(image))
            two = self.second(one) + one
            return two, two.flatten(2), two.mean((2, 3))

    torch.manual_seed(11)
    return Maps(), (torch.zeros(1, 3, 8, 8), torch.zeros(1, 2))

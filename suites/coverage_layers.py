"""Operator models with weights, and pooling: each function returns one in the framework that it is asked for. See ``coverage.toml``."""

from typing import Any

from coverage_parts import IMAGE, SEQUENCE, TOKENS, made, spread


def dense(framework: str) -> Any:
    """A dense layer."""
    return made(framework, SEQUENCE, lambda keras: keras.layers.Dense(8), lambda torch: torch.nn.Linear(6, 8))


def conv1d(framework: str) -> Any:
    """A convolution over steps."""
    return made(framework, SEQUENCE, lambda keras: keras.layers.Conv1D(8, 3), lambda torch: torch.nn.Conv1d(6, 8, 3), channels_first=True)


def conv2d(framework: str) -> Any:
    """A convolution."""
    return made(framework, IMAGE, lambda keras: keras.layers.Conv2D(8, 3), lambda torch: torch.nn.Conv2d(4, 8, 3), channels_first=True)


def conv2d_strided(framework: str) -> Any:
    """A convolution of stride 2, padded so that the size halves: on one side in Keras, on both in torch."""
    return made(
        framework,
        IMAGE,
        lambda keras: keras.layers.Conv2D(8, 3, strides=2, padding="same"),
        lambda torch: torch.nn.Conv2d(4, 8, 3, stride=2, padding=1),
        channels_first=True,
    )


def conv2d_dilated(framework: str) -> Any:
    """A convolution with gaps in its window."""
    return made(
        framework, IMAGE, lambda keras: keras.layers.Conv2D(8, 3, dilation_rate=2), lambda torch: torch.nn.Conv2d(4, 8, 3, dilation=2), channels_first=True
    )


def conv2d_grouped(framework: str) -> Any:
    """A convolution in two groups of channels."""
    return made(framework, IMAGE, lambda keras: keras.layers.Conv2D(8, 3, groups=2), lambda torch: torch.nn.Conv2d(4, 8, 3, groups=2), channels_first=True)


def conv2d_depthwise(framework: str) -> Any:
    """A convolution of each channel by itself."""
    return made(framework, IMAGE, lambda keras: keras.layers.DepthwiseConv2D(3), lambda torch: torch.nn.Conv2d(4, 4, 3, groups=4), channels_first=True)


def conv2d_transposed(framework: str) -> Any:
    """A transposed convolution of stride 2."""
    return made(
        framework, IMAGE, lambda keras: keras.layers.Conv2DTranspose(8, 3, strides=2), lambda torch: torch.nn.ConvTranspose2d(4, 8, 3, 2), channels_first=True
    )


def conv3d(framework: str) -> Any:
    """A convolution over a volume."""
    return made(framework, (6, 6, 6, 2), lambda keras: keras.layers.Conv3D(4, 3), lambda torch: torch.nn.Conv3d(2, 4, 3), channels_first=True)


def max_pool(framework: str) -> Any:
    """The largest of each 2 x 2."""
    return made(framework, IMAGE, lambda keras: keras.layers.MaxPooling2D(2), lambda torch: torch.nn.MaxPool2d(2, 2), channels_first=True)


def average_pool(framework: str) -> Any:
    """The mean of each 2 x 2."""
    return made(framework, IMAGE, lambda keras: keras.layers.AveragePooling2D(2), lambda torch: torch.nn.AvgPool2d(2, 2), channels_first=True)


def global_average_pool(framework: str) -> Any:
    """The mean of each channel."""
    return made(
        framework,
        IMAGE,
        lambda keras: keras.layers.GlobalAveragePooling2D(keepdims=True),
        lambda torch: torch.nn.AdaptiveAvgPool2d(1),
        channels_first=True,
    )


def batch_norm(framework: str) -> Any:
    """Batch normalisation by kept statistics."""
    return made(framework, IMAGE, lambda keras: keras.layers.BatchNormalization(), lambda torch: torch.nn.BatchNorm2d(4), channels_first=True)


def layer_norm(framework: str) -> Any:
    """Layer normalisation over features."""
    return made(framework, SEQUENCE, lambda keras: keras.layers.LayerNormalization(epsilon=1e-5), lambda torch: torch.nn.LayerNorm(6))


def group_norm(framework: str) -> Any:
    """Normalisation over two groups of channels."""
    return made(framework, IMAGE, lambda keras: keras.layers.GroupNormalization(2), lambda torch: torch.nn.GroupNorm(2, 4), channels_first=True)


def embedding(framework: str) -> Any:
    """Rows of a table looked up by whole numbers."""
    return made(framework, TOKENS, lambda keras: keras.layers.Embedding(16, 8), lambda torch: torch.nn.Embedding(16, 8), whole=True)


def prelu(framework: str) -> Any:
    """A leaky ReLU with a learned slope for each channel."""

    def keras(keras: Any) -> Any:
        layer = keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(0.3), shared_axes=[1, 2])
        return lambda value: layer(spread(value))

    def torch(torch: Any) -> Any:
        return torch.nn.Sequential(_spread(torch), torch.nn.PReLU(4))

    return made(framework, IMAGE, keras, torch, channels_first=True)


def lstm(framework: str) -> Any:
    """An LSTM that gives every step."""
    return made(framework, SEQUENCE, lambda keras: keras.layers.LSTM(8, return_sequences=True), lambda torch: _first(torch, torch.nn.LSTM))


def gru(framework: str) -> Any:
    """A GRU that gives every step."""
    return made(framework, SEQUENCE, lambda keras: keras.layers.GRU(8, return_sequences=True), lambda torch: _first(torch, torch.nn.GRU))


def rnn(framework: str) -> Any:
    """A plain recurrent layer that gives every step."""
    return made(framework, SEQUENCE, lambda keras: keras.layers.SimpleRNN(8, return_sequences=True), lambda torch: _first(torch, torch.nn.RNN))


def lstm_bidirectional(framework: str) -> Any:
    """An LSTM in both directions."""

    def keras(keras: Any) -> Any:
        return keras.layers.Bidirectional(keras.layers.LSTM(8, return_sequences=True))

    return made(framework, SEQUENCE, keras, lambda torch: _first(torch, torch.nn.LSTM, bidirectional=True))


def attention(framework: str) -> Any:
    """Self-attention with two heads."""

    def keras(keras: Any) -> Any:
        layer = keras.layers.MultiHeadAttention(2, 4)
        return lambda value: layer(value, value)

    def torch(torch: Any) -> Any:
        class SelfAttention(torch.nn.Module):
            """Two heads."""

            def __init__(self) -> None:
                super().__init__()
                self.heads = torch.nn.MultiheadAttention(6, 2, batch_first=True)

            def forward(self, value: Any) -> Any:
                """The attended steps, without the weights."""
                return self.heads(value, value, value, need_weights=False)[0]

        return SelfAttention()

    return made(framework, SEQUENCE, keras, torch)


def _spread(torch: Any) -> Any:
    """:func:`spread` as a module."""

    class Spread(torch.nn.Module):
        """From between 0 and 1 to between -2 and 2."""

        def forward(self, value: Any) -> Any:
            """Spread."""
            return spread(value)

    return Spread()


def _first(torch: Any, kind: Any, **settings: Any) -> Any:
    """A recurrent layer as a module that gives its outputs alone."""

    class First(torch.nn.Module):
        """The first of what a recurrent layer gives."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = kind(6, 8, batch_first=True, **settings)

        def forward(self, value: Any) -> Any:
            """Every step's output."""
            return self.layer(value)[0]

    return First()

"""``zoo:digits-lstm`` in torch: built and trained as :mod:`digits_lstm` says, but with images of shape (batch, 1, 8, 8).

torch adds two biases where Keras has one: 256 numbers more, all of them biases. Weights begin as in Keras, not as torch has them.
"""

from torch import Tensor, nn

from pocketbench.zoo.digits_lstm import BATCH, CLASSES, EPOCHS, LEARNING_RATE, PIXELS, UNITS
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_torch import trained


def make() -> nn.Module:
    """Train the network on its own rows; about 10 s on one core."""
    return trained("digits-lstm", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> nn.Module:
    """Build the network, untrained."""
    return DigitsLstm()


class DigitsLstm(nn.Module):  # type: ignore[misc]
    """The network."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(PIXELS, UNITS, batch_first=True)
        self.classes = nn.Linear(UNITS, CLASSES)
        self.softmax = nn.Softmax(dim=1)
        _begin(self.lstm)

    def forward(self, pixels: Tensor) -> Tensor:
        """Shares of the ten classes, shape (batch, 10)."""
        states = self.lstm(pixels.squeeze(1))[0]
        return self.softmax(self.classes(states[:, -1]))


def _begin(lstm: nn.LSTM) -> None:
    """Give an LSTM the weights that one begins with in Keras: Glorot's, orthogonal ones, and a gate that forgets nothing.

    R. Jozefowicz et al., "An Empirical Exploration of Recurrent Network Architectures", 2015, for that gate.
    """
    has = dict(lstm.named_parameters())
    nn.init.xavier_uniform_(has["weight_ih_l0"])
    nn.init.orthogonal_(has["weight_hh_l0"])
    nn.init.zeros_(has["bias_hh_l0"])
    nn.init.zeros_(has["bias_ih_l0"])
    nn.init.ones_(has["bias_ih_l0"].data[UNITS : 2 * UNITS])  # torch's gates: input, forget, cell, output

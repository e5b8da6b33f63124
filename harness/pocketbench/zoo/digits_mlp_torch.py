"""``zoo:digits-mlp`` in torch: built and trained as :mod:`digits_mlp` says, but with images of shape (batch, 1, 8, 8)."""

from torch import Tensor, nn

from pocketbench.zoo.digits_mlp import BATCH, CLASSES, EPOCHS, LEARNING_RATE, UNITS
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_torch import trained

PIXELS = 8 * 8


def make() -> nn.Module:
    """Train the network on its own rows; about 1 s on one core."""
    return trained("digits-mlp", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> nn.Module:
    """Build the network, untrained."""
    return DigitsMlp()


class DigitsMlp(nn.Module):  # type: ignore[misc]
    """The network."""

    def __init__(self) -> None:
        super().__init__()
        first, second = UNITS
        self.flat = nn.Flatten()
        self.dense1, self.relu1 = nn.Linear(PIXELS, first), nn.ReLU()
        self.dense2, self.relu2 = nn.Linear(first, second), nn.ReLU()
        self.classes = nn.Linear(second, CLASSES)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Shares of the ten classes, shape (batch, 10)."""
        x = self.relu1(self.dense1(self.flat(pixels)))
        x = self.relu2(self.dense2(x))
        return self.softmax(self.classes(x))

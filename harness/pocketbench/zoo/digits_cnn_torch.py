"""``zoo:digits-cnn`` in torch: built and trained as :mod:`digits_cnn` says, but with images of shape (batch, 1, 8, 8)."""

from torch import Tensor, nn

from pocketbench.zoo.digits_cnn import BATCH, CLASSES, EPOCHS, FILTERS, LEARNING_RATE, NORM_EPSILON, NORM_MOMENTUM
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_torch import trained


def make() -> nn.Module:
    """Train the network on its own rows; about 15 s on one core."""
    return trained("digits-cnn", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> nn.Module:
    """Build the network, untrained."""
    return DigitsCnn()


class DigitsCnn(nn.Module):  # type: ignore[misc]
    """The network."""

    def __init__(self) -> None:
        super().__init__()
        few, many = FILTERS
        self.conv1, self.norm1, self.relu1 = _convolution(1, few), _norm(few), nn.ReLU()
        self.conv2, self.norm2, self.relu2 = _convolution(few, many), _norm(many), nn.ReLU()
        self.pool = nn.MaxPool2d(2, stride=2)
        self.conv3, self.norm3, self.relu3 = _convolution(many, many), _norm(many), nn.ReLU()
        self.conv4, self.norm4, self.relu4 = _convolution(many, many), _norm(many), nn.ReLU()
        self.average = nn.AdaptiveAvgPool2d(1)
        self.classes = nn.Linear(many, CLASSES)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Shares of the ten classes, shape (batch, 10)."""
        x = self.relu1(self.norm1(self.conv1(pixels)))
        x = self.relu2(self.norm2(self.conv2(x)))
        pooled = self.pool(x)
        x = self.relu3(self.norm3(self.conv3(pooled)))
        x = self.relu4(self.norm4(self.conv4(x)) + pooled)
        return self.softmax(self.classes(self.average(x).flatten(1)))


def _convolution(given: int, filters: int) -> nn.Conv2d:
    """A 3 x 3 convolution."""
    return nn.Conv2d(given, filters, 3, padding=1, bias=False)


def _norm(filters: int) -> nn.BatchNorm2d:
    """The batch norm of a convolution."""
    return nn.BatchNorm2d(filters, eps=NORM_EPSILON, momentum=1 - NORM_MOMENTUM)

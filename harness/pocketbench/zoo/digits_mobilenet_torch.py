"""``zoo:digits-mobilenet`` in torch: built and trained as :mod:`digits_mobilenet` says, but with images of shape (batch, 1, 8, 8)."""

from collections import OrderedDict

from torch import Tensor, nn

from pocketbench.zoo.digits_mobilenet import BATCH, BLOCKS, CLASSES, EPOCHS, HEAD, LEARNING_RATE, NORM_EPSILON, NORM_MOMENTUM, STEM, UPSAMPLED
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_torch import trained


def make() -> nn.Module:
    """Train the network on its own rows; about 15 s on one core."""
    return trained("digits-mobilenet", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> nn.Module:
    """Build the network, untrained."""
    return DigitsMobilenet()


class DigitsMobilenet(nn.Module):  # type: ignore[misc]
    """The network."""

    def __init__(self) -> None:
        super().__init__()
        self.upsampled = nn.Upsample(scale_factor=float(UPSAMPLED), mode="nearest")
        self.stem = _convolution(1, STEM, 3, stride=2)
        blocks, given = [], STEM
        for times, channels, stride in BLOCKS:
            blocks.append(_block(given, times, channels, stride))
            given = channels
        self.blocks = nn.Sequential(*blocks)
        self.head = _convolution(given, HEAD, 1)
        self.average = nn.AdaptiveAvgPool2d(1)
        self.classes = nn.Linear(HEAD, CLASSES)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Shares of the ten classes, shape (batch, 10)."""
        x = self.head(self.blocks(self.stem(self.upsampled(pixels))))
        return self.softmax(self.classes(self.average(x).flatten(1)))


class Added(nn.Module):  # type: ignore[misc]
    """What layers give, and what went into them."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        """The sum, of the shape of what went in."""
        return x + self.layers(x)


def _block(given: int, times: int, channels: int, stride: int) -> nn.Module:
    """An inverted residual."""
    wide = given * times
    parts = OrderedDict[str, nn.Module]()
    if times > 1:
        parts["expand"] = _convolution(given, wide, 1)
    parts["depthwise"] = _convolution(wide, wide, 3, stride=stride, groups=wide)
    parts["project"] = _convolution(wide, channels, 1, cut=False)
    layers = nn.Sequential(parts)
    return Added(layers) if stride == 1 and channels == given else layers


def _convolution(given: int, filters: int, size: int, *, stride: int = 1, groups: int = 1, cut: bool = True) -> nn.Sequential:
    """A convolution, its batch norm and, where it is ``cut`` at 0 and 6, ReLU6."""
    parts = OrderedDict[str, nn.Module]()
    if stride > 1:
        parts["pad"] = nn.ZeroPad2d((0, 1, 0, 1))
    parts["conv"] = nn.Conv2d(given, filters, size, stride=stride, padding=size // 2 if stride == 1 else 0, groups=groups, bias=False)
    parts["norm"] = nn.BatchNorm2d(filters, eps=NORM_EPSILON, momentum=1 - NORM_MOMENTUM)
    if cut:
        parts["relu6"] = nn.ReLU6()
    return nn.Sequential(parts)

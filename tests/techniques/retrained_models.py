"""Small torch models to train on, as a user's functions return them: a module and one row of its inputs."""

import torch
from torch import Tensor, nn


class Cnn(nn.Module):
    """Two convolutions, the first of one channel, a batch norm and a linear layer."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.second, self.classes = nn.Conv2d(8, 16, 3), nn.Linear(16, classes)
        self.drop, self.softmax = nn.Dropout(0.1), nn.Softmax(dim=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Shares of classes."""
        x = torch.relu(self.norm(self.first(pixels)))
        return self.softmax(self.classes(self.drop(torch.relu(self.second(x)).mean((2, 3)))))


class Recurrent(nn.Module):
    """An LSTM in both directions, torch's own attention, logits."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.attention, self.classes = (
            nn.LSTM(8, 6, batch_first=True, bidirectional=True),
            nn.MultiheadAttention(12, 2, batch_first=True),
            nn.Linear(12, 3),
        )

    def forward(self, rows: Tensor) -> Tensor:
        """Logits of three classes."""
        states = self.lstm(rows)[0]
        return self.classes(self.attention(states, states, states, need_weights=False)[0].mean(1))


class Depthwise(nn.Module):
    """A depthwise convolution and a transposed one."""

    def __init__(self) -> None:
        super().__init__()
        self.depthwise, self.up, self.classes = nn.Conv2d(8, 8, 3, groups=8), nn.ConvTranspose2d(8, 4, 2, stride=2), nn.Linear(4, 3)

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits of three classes."""
        return self.classes(self.up(self.depthwise(pixels)).mean((2, 3)))


class Unpooling(nn.Module):
    """Puts pooled pixels back, which torch does not do the same way each time."""

    def __init__(self) -> None:
        super().__init__()
        self.pool, self.back, self.classes = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2), nn.Linear(1, 3)

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits of three classes."""
        return self.classes(self.back(*self.pool(pixels)).mean((2, 3)))


class Scale(nn.Module):
    """No kernel at all."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x: Tensor) -> Tensor:
        """Three numbers."""
        return x * self.scale


def cnn() -> tuple[nn.Module, Tensor]:
    """Images of 6 x 6."""
    torch.manual_seed(2)
    return Cnn(), torch.zeros(1, 1, 6, 6)


def recurrent() -> tuple[nn.Module, Tensor]:
    """Five rows of eight."""
    torch.manual_seed(2)
    return Recurrent(), torch.zeros(1, 5, 8)


def depthwise() -> tuple[nn.Module, Tensor]:
    """Images of eight channels."""
    torch.manual_seed(2)
    return Depthwise(), torch.zeros(1, 8, 5, 5)


def scale() -> tuple[nn.Module, Tensor]:
    """Three numbers."""
    return Scale(), torch.zeros(1, 3)


def unpooling() -> tuple[nn.Module, Tensor]:
    """One row of six by six pixels."""
    return Unpooling(), torch.zeros(1, 1, 6, 6)

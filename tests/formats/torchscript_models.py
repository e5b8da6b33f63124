"""Small torch models for the tests of TorchScript, as a suite names them: ``python:torchscript_models:cnn``; each with the row that it takes."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

CNN_KERNELS = 8 * 4 * 9 + 8 * 9 + 16 * 8 + 24 * 16 + 10 * 24
LSTM_KERNELS = 4 * 8 * (5 + 8) + 3 * 8


class Cnn(nn.Module):  # type: ignore[misc, unused-ignore]
    """A convolution without bias, its normalisation and ReLU6, a depthwise and a pointwise one, a mean, dense layers with a ReLU between."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.cut = nn.Conv2d(4, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6()
        self.depthwise, self.pointwise, self.bend = nn.Conv2d(8, 8, 3, groups=8), nn.Conv2d(8, 16, 1), nn.ReLU()
        self.dense, self.last = nn.Linear(16, 24), nn.Linear(24, 10)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """From (batch, 4, 12, 12) to (batch, 10)."""
        x = self.cut(self.norm(self.first(pixels)))
        x = torch.relu(self.pointwise(self.depthwise(x))).mean((2, 3))
        return self.last(self.bend(self.dense(x)))


class Steps(nn.Module):  # type: ignore[misc, unused-ignore]
    """An LSTM and a dense layer."""

    def __init__(self) -> None:
        super().__init__()
        self.memory, self.dense = nn.LSTM(5, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        """From (batch, 6, 5) to (batch, 3)."""
        return self.dense(self.memory(steps)[0][:, -1])


class Gate(nn.Module):  # type: ignore[misc, unused-ignore]
    """One layer for rows whose sum is positive, another for the others."""

    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(4, 3), nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From (batch, 4) to (batch, 3)."""
        if x.sum() > 0:
            return self.up(x)
        return self.down(x)


class Gated(nn.Module):  # type: ignore[misc, unused-ignore]
    """A gate inside of a model."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.dense = Gate(), nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From (batch, 4) to (batch, 2)."""
        return self.dense(torch.tanh(self.gate(x)))


class Two(nn.Module):  # type: ignore[misc, unused-ignore]
    """Words and an image in, two outputs out."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.dense = nn.Embedding(7, 4), nn.Linear(6, 4)

    def forward(self, words: torch.Tensor, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """From (batch, 5) of whole numbers and (batch, 2, 3) to (batch, 4) and (batch, 6)."""
        flat = image.flatten(1)
        return self.table(words).sum(1) + self.dense(flat), flat * 2


class Distances(nn.Module):  # type: ignore[misc, unused-ignore]
    """Distances, which torch has no kernel for in half floats."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From (batch, 3, 4) to (batch, 3, 3)."""
        return torch.cdist(x, x)


def cnn() -> Any:
    """Statistics are not 0 and 1, so that leaving them out would show."""
    torch.manual_seed(5)
    made = Cnn()
    for tensor in (made.norm.weight, made.norm.bias, made.norm.running_mean, made.norm.running_var):
        tensor.data.uniform_(0.5, 1.5)
    return made, torch.zeros(1, 4, 12, 12)


def lstm() -> Any:
    """A recurrent model."""
    torch.manual_seed(6)
    return Steps(), torch.zeros(1, 6, 5)


def branching() -> Any:
    """A model whose own code has a branch that depends on data."""
    torch.manual_seed(7)
    return Gate(), torch.zeros(1, 4)


def gated() -> Any:
    """A model with such a branch inside."""
    torch.manual_seed(8)
    return Gated(), torch.zeros(1, 4)


def two() -> Any:
    """Several inputs, one of whole numbers, and several outputs."""
    torch.manual_seed(9)
    return Two(), (torch.zeros(1, 5, dtype=torch.int64), torch.zeros(1, 2, 3))


def distances() -> Any:
    """An operation that half floats do not have."""
    return Distances(), torch.zeros(1, 3, 4)


def softmax_of_relu6() -> Any:
    """Nothing to fuse but what functions do."""
    torch.manual_seed(10)

    class Functions(nn.Module):  # type: ignore[misc, unused-ignore]
        """Functions of torch alone."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            """From (batch, 4) to (batch, 4)."""
            return functional.softmax(functional.relu6(x), dim=1)

    return Functions(), torch.zeros(1, 4)


def line() -> Any:
    """One linear layer."""
    torch.manual_seed(11)
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU()), torch.zeros(1, 4)


class Larger(nn.Module):  # type: ignore[misc, unused-ignore]
    """A function of torch that has overloads, and one of the user's."""

    def __init__(self) -> None:
        super().__init__()
        self.larger = nn.Upsample(scale_factor=2.0, mode="nearest")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From (batch, 1, 4, 4) to (batch, 1, 8, 8)."""
        return halved(self.larger(x))


def halved(x: torch.Tensor) -> torch.Tensor:
    """Half of it."""
    if x.dim() > 1:
        return x / 2
    return x


def larger() -> Any:
    """Scripted, it is compiled with functions."""
    return Larger(), torch.zeros(1, 1, 4, 4)

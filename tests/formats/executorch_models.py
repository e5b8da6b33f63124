"""Small torch models for the tests of ExecuTorch, as a suite names them: ``python:executorch_models:cnn``; each with the row that it takes."""

from typing import Any

CNN_KERNELS = 8 * 4 * 9 + 8 * 9 + 16 * 8 + 10 * 16
LSTM_KERNELS = 4 * 8 * (5 + 8) + 3 * 8


def cnn() -> Any:
    """A convolution with batch normalisation and ReLU6, a pooling without a stride, a depthwise and a pointwise convolution, a mean and a dense layer."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Cnn(nn.Module):
        """Gives ten numbers of a picture."""

        def __init__(self) -> None:
            super().__init__()
            self.first, self.norm = nn.Conv2d(4, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
            self.depthwise, self.pointwise, self.dense = nn.Conv2d(8, 8, 3, groups=8), nn.Conv2d(8, 16, 1), nn.Linear(16, 10)

        def forward(self, pixels: Any) -> Any:
            """From (batch, 4, 12, 12) to (batch, 10)."""
            x = functional.max_pool2d(functional.relu6(self.norm(self.first(pixels))), 2)
            return self.dense(torch.relu(self.pointwise(self.depthwise(x))).mean((2, 3)))

    torch.manual_seed(5)
    made = Cnn()
    with torch.no_grad():  # statistics that are not 0 and 1, so that leaving them out would show
        made.norm.running_mean.uniform_(-0.5, 0.5)
        made.norm.running_var.uniform_(0.5, 1.5)
    return made, torch.zeros(1, 4, 12, 12)


def line() -> Any:
    """One dense layer."""
    import torch

    torch.manual_seed(9)
    return torch.nn.Linear(4, 3), torch.zeros(1, 4)


def lstm() -> Any:
    """An LSTM over two steps and a dense layer on the last."""
    import torch
    from torch import nn

    class Last(nn.Module):
        """Gives what the last step says."""

        def __init__(self) -> None:
            super().__init__()
            self.recurrent, self.dense = nn.LSTM(5, 8, batch_first=True), nn.Linear(8, 3)

        def forward(self, steps: Any) -> Any:
            """From (batch, 2, 5) to (batch, 3)."""
            return self.dense(self.recurrent(steps)[0][:, -1])

    torch.manual_seed(6)
    return Last(), torch.zeros(1, 2, 5)


def mixed() -> Any:
    """Whole numbers that a table is looked up with beside floats; outputs in no order of their own, one of them whole numbers, one an input as it came."""
    import torch
    from torch import nn

    class Mixed(nn.Module):
        """A table beside a dense layer."""

        def __init__(self) -> None:
            super().__init__()
            self.table, self.dense = nn.Embedding(7, 4), nn.Linear(3, 4)

        def forward(self, words: Any, x: Any) -> Any:
            """From (batch, 2) whole numbers and (batch, 3) to (batch, 4), (batch,) whole numbers, (batch, 3) and (batch, 4)."""
            both = self.table(words).sum(1) + self.dense(x)
            return torch.relu(both), both.argmax(1), x, both

    torch.manual_seed(7)
    return Mixed(), (torch.zeros(1, 2, dtype=torch.int64), torch.zeros(1, 3))


def pooled() -> Any:
    """Average pooling between two convolutions."""
    import torch
    from torch import nn

    torch.manual_seed(10)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(4, 4, 1)), torch.zeros(1, 2, 8, 8)


def bessel() -> Any:
    """An operation that ExecuTorch does not have."""
    import torch
    from torch import nn

    class Bessel(nn.Module):
        """A Bessel function of a dense layer."""

        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Linear(4, 4)

        def forward(self, x: Any) -> Any:
            """From (batch, 4) to (batch, 4)."""
            return torch.special.bessel_j0(self.dense(x))

    return Bessel(), torch.zeros(1, 4)


def branching() -> Any:
    """A branch that depends on the data: TorchScript has it, an exported program cannot."""
    import torch
    from torch import nn

    class Branching(nn.Module):
        """Doubles or negates."""

        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Linear(4, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            """From (batch, 4) to (batch, 4)."""
            y = self.dense(x)
            if bool(y.sum() > 0):
                return y * 2
            return -y

    torch.manual_seed(8)
    return Branching(), torch.zeros(1, 4)

"""Small torch models for the tests of ONNX and ncnn, as a suite names them: ``python:onnx_models:cnn``; each with the row that it takes."""

from typing import Any

KERNELS = 8 * 9 + 8 * 9 + 16 * 8 + 10 * 16


def cnn() -> Any:
    """A convolution with batch normalisation and ReLU6, a depthwise one, a pointwise one and a dense layer."""
    import torch
    from torch import nn

    torch.manual_seed(5)
    layers = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(), nn.Conv2d(8, 8, 3, groups=8), nn.ReLU6(),
        nn.Conv2d(8, 16, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
    )  # fmt: skip
    with torch.no_grad():  # statistics that are not 0 and 1, so that leaving them out would show
        layers[1].running_mean.uniform_(-0.5, 0.5)
        layers[1].running_var.uniform_(0.5, 1.5)
    return layers, torch.zeros(1, 1, 12, 12)


def lstm() -> Any:
    """An LSTM over six steps and a dense layer on the last."""
    import torch
    from torch import nn

    class Last(nn.Module):
        """Gives what the last step says."""

        def __init__(self) -> None:
            super().__init__()
            self.recurrent, self.dense = nn.LSTM(5, 8, batch_first=True), nn.Linear(8, 3)

        def forward(self, steps: Any) -> Any:
            """From (batch, 6, 5) to (batch, 3)."""
            return self.dense(self.recurrent(steps)[0][:, -1])

    torch.manual_seed(6)
    return Last(), torch.zeros(1, 6, 5)


def mixed() -> Any:
    """Three inputs, one of whole numbers that a table is looked up with, one that nothing reads; a dictionary of two outputs."""
    import torch
    from torch import nn

    class Mixed(nn.Module):
        """A table beside a dense layer."""

        def __init__(self) -> None:
            super().__init__()
            self.table, self.dense = nn.Embedding(7, 4), nn.Linear(3, 4)

        def forward(self, words: Any, x: Any, unread: Any) -> Any:  # noqa: ARG002
            """From (batch, 2) whole numbers, (batch, 3) and (batch, 2) to (batch, 4) twice."""
            both = self.table(words).sum(1) + self.dense(x)
            return {"sum": both, "rest": torch.relu(both)}

    torch.manual_seed(7)
    return Mixed(), (torch.zeros(1, 2, dtype=torch.int64), torch.zeros(1, 3), torch.zeros(1, 2))


def bessel() -> Any:
    """An operation that no exporter has."""
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
    """A dense layer whose sign depends on the data."""
    import torch
    from torch import nn

    class Branching(nn.Module):
        """One of two."""

        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Linear(3, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            """From (batch, 3) to (batch, 3)."""
            if x.sum() > 0:
                return self.dense(x)
            return -self.dense(x)

    torch.manual_seed(8)
    return Branching().eval()


def scaled() -> Any:
    """A number for each input, and no kernel."""
    import torch
    from torch import nn

    class Scaled(nn.Module):
        """Multiplies."""

        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.arange(4.0))

        def forward(self, x: Any) -> Any:
            """From (batch, 4) to (batch, 4)."""
            return x * self.scale

    return Scaled(), torch.zeros(1, 4)

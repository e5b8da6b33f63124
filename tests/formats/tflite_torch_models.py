"""Small torch models for the tests of TensorFlow Lite, as a suite names them; each with the row that it takes."""

from typing import Any


def cnn() -> Any:
    """Convolutions with batch norm and ReLU6, a depthwise one, an addition, a dense layer, softmax: 72 + 144 + 256 + 160 weights."""
    import torch
    from torch import nn

    class Cnn(nn.Module):
        """A residual block."""

        def __init__(self) -> None:
            super().__init__()
            self.first, self.norm, self.relu6 = nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6()
            self.wide, self.depthwise = nn.Conv2d(8, 16, 1), nn.Conv2d(16, 16, 3, padding=1, groups=16)
            self.again, self.classes = nn.Conv2d(16, 16, 1), nn.Linear(16, 10)

        def forward(self, pixels: Any) -> Any:
            """Shares of ten classes."""
            wide = self.wide(self.relu6(self.norm(self.first(pixels))))
            x = torch.relu(self.again(self.relu6(self.depthwise(wide))) + wide)
            return torch.softmax(self.classes(torch.nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)), dim=1)

    torch.manual_seed(5)
    made = Cnn()
    with torch.no_grad():  # statistics that are not 0 and 1, so that leaving them out would show
        made.norm.running_mean.uniform_(-0.5, 0.5)
        made.norm.running_var.uniform_(0.5, 1.5)
        for weight in made.parameters():
            weight.mul_(3)
    return made, torch.zeros(1, 1, 12, 12)


def pruned() -> Any:
    """The same with two zeros in each four neighbours along the input channels of the two pointwise convolutions and the dense layer."""
    import torch

    made, row = cnn()
    with torch.no_grad():
        for layer in (made.wide, made.again, made.classes):
            layer.weight[:, 0::4] = layer.weight[:, 3::4] = 0
    return made, row


def lstm() -> Any:
    """An LSTM over six steps and a dense layer on the last: 4 x 8 x (5 + 8) + 24 weights."""
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


def several() -> Any:
    """Eleven inputs, one of whole numbers; outputs in an order of their own, as a dictionary."""
    import torch
    from torch import nn

    class Several(nn.Module):
        """Tells which input came where."""

        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(10, 4)

        def forward(self, z: Any, ids: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any, i: Any, j: Any, a: Any) -> Any:
            """Two outputs."""
            return {"z": z - a, "b": self.table(ids).mean(1) + c + d + e + f + g + h + i * j}

    torch.manual_seed(7)
    rows = [torch.full((1, 4), float(place)) for place in range(11)]
    return Several(), (rows[0], torch.ones(1, 3, dtype=torch.int64), *rows[2:])


def inverse() -> Any:
    """An operation that LiteRT's converter has no way to write."""
    import torch
    from torch import nn

    class Inverse(nn.Module):
        """Inverts a matrix."""

        def forward(self, x: Any) -> Any:
            """Of the same shape."""
            return torch.linalg.inv(x + torch.eye(3) * 9)

    return Inverse(), torch.zeros(1, 3, 3)

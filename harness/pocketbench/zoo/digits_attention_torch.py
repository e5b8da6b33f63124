"""``zoo:digits-attention`` in torch: built and trained as :mod:`digits_attention` says, but with images of shape (batch, 1, 8, 8).

Attention is written out, as matrices and a softmax: torch's own module runs an operation of its own when it is in eval mode, which
no format has.
"""

import torch
from torch import Tensor, nn

from pocketbench.zoo.digits_attention import BATCH, CLASSES, EPOCHS, HEAD_WIDTH, HEADS, INNER, LEARNING_RATE, NORM_EPSILON, PIXELS, ROWS, WIDTH
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.training_torch import trained


def make() -> nn.Module:
    """Train the network on its own rows; about 10 s on one core."""
    return trained("digits-attention", build, Schedule(EPOCHS, BATCH, LEARNING_RATE))


def build() -> nn.Module:
    """Build the network, untrained."""
    return DigitsAttention()


class DigitsAttention(nn.Module):  # type: ignore[misc]
    """The network."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = Embedding()
        self.norm1, self.attention = nn.LayerNorm(WIDTH, eps=NORM_EPSILON), SelfAttention()
        self.norm2, self.inner, self.gelu, self.outer = nn.LayerNorm(WIDTH, eps=NORM_EPSILON), nn.Linear(WIDTH, INNER), nn.GELU(), nn.Linear(INNER, WIDTH)
        self.norm3 = nn.LayerNorm(WIDTH, eps=NORM_EPSILON)
        self.classes = nn.Linear(WIDTH, CLASSES)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Shares of the ten classes, shape (batch, 10)."""
        x = self.embed(pixels.squeeze(1))
        x = x + self.attention(self.norm1(x))
        x = x + self.outer(self.gelu(self.inner(self.norm2(x))))
        return self.softmax(self.classes(self.norm3(x).mean(1)))


class Embedding(nn.Module):  # type: ignore[misc]
    """One matrix for all rows of pixels, and a bias for each."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.Linear(PIXELS, WIDTH, bias=False)
        self.bias = nn.Parameter(torch.zeros(ROWS, WIDTH))

    def forward(self, rows: Tensor) -> Tensor:
        """Shape (batch, 8, 48)."""
        return self.rows(rows) + self.bias


class SelfAttention(nn.Module):  # type: ignore[misc]
    """Attention of rows to rows, scaled by the root of a head's width."""

    def __init__(self) -> None:
        super().__init__()
        whole = HEADS * HEAD_WIDTH
        self.rows, self.heads, self.width, self.scale = ROWS, HEADS, HEAD_WIDTH, HEAD_WIDTH**-0.5
        self.query, self.key, self.value = nn.Linear(WIDTH, whole), nn.Linear(WIDTH, whole), nn.Linear(WIDTH, whole)
        self.softmax = nn.Softmax(dim=-1)
        self.output = nn.Linear(whole, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (batch, 8, 48), as what goes in."""
        query = self.query(x).reshape(-1, self.rows, self.heads, self.width).transpose(1, 2)
        key = self.key(x).reshape(-1, self.rows, self.heads, self.width).transpose(1, 2)
        value = self.value(x).reshape(-1, self.rows, self.heads, self.width).transpose(1, 2)
        shares = self.softmax(torch.matmul(query * self.scale, key.transpose(2, 3)))
        mixed = torch.matmul(shares, value).transpose(1, 2).reshape(-1, self.rows, self.heads * self.width)
        return self.output(mixed)

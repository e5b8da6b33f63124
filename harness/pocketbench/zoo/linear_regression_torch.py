"""``zoo:linear-regression`` in torch."""

import torch
from torch import Tensor, nn

from pocketbench.zoo.linear_regression import fit

FEATURES = 10


def make() -> nn.Module:
    """Return a module of one dense unit that holds the fitted weights, in eval mode."""
    kernel, bias = fit()
    model = LinearRegression()
    model.load_state_dict({"progression.weight": torch.from_numpy(kernel.T.copy()), "progression.bias": torch.from_numpy(bias)})
    return model.eval().requires_grad_(False)


def build() -> nn.Module:
    """Build the unit, not yet fitted."""
    return LinearRegression()


class LinearRegression(nn.Module):  # type: ignore[misc]
    """One dense unit."""

    def __init__(self) -> None:
        super().__init__()
        self.progression = nn.Linear(FEATURES, 1)

    def forward(self, features: Tensor) -> Tensor:
        """The progression, shape (batch, 1)."""
        return self.progression(features)

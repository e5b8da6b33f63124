"""How the zoo's networks learn in torch: Adam, a rate that falls to nothing, one seed; as in Keras."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from pocketbench.zoo import MODELS, training_rows
from pocketbench.zoo.schedule import Schedule
from pocketbench.zoo.steady_torch import steady

# Of Adam, and what a share may be least before its logarithm is taken: Keras' own numbers.
ADAM_EPSILON = 1e-7
LEAST = 1e-7


def trained(name: str, build: Callable[[], nn.Module], schedule: Schedule) -> nn.Module:
    """Train the network that ``build`` gives on the rows of the zoo model ``name``; return it in eval mode."""
    with steady():
        model = build().train()
        rows = training_rows(MODELS.get(name))
        pixels, labels = torch.from_numpy(rows.x).movedim(-1, 1).contiguous(), torch.from_numpy(rows.y)
        optimizer = torch.optim.Adam(model.parameters(), schedule.learning_rate, eps=ADAM_EPSILON)
        steps = schedule.epochs * -(-len(labels) // schedule.batch)
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(schedule.epochs):
            for batch in torch.randperm(len(labels)).split(schedule.batch):
                optimizer.zero_grad()
                _loss(model(pixels[batch]), labels[batch]).backward()
                optimizer.step()
                falling.step()
    return model.eval().requires_grad_(False)


def _loss(shares: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of shares that add up to 1, shape (batch, classes), with class numbers, shape (batch,)."""
    return nn.functional.nll_loss(shares.clamp_min(LEAST).log(), labels)

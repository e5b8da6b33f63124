"""Pruning of a torch model: each kernel for itself, by magnitude, as TensorFlow's model optimisation toolkit does it.

M. Zhu and S. Gupta, "To prune, or not to prune", 2017: the share of zeros grows as a cubic, fast at first.
"""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from pocketbench import torch_kept, torch_model
from pocketbench.errors import Refused
from pocketbench.kernels import GROUP, KEPT
from pocketbench.techniques import PRUNE, Retraining, Step, torch_training
from pocketbench.techniques.torch_kernels import Kernel, retrainable
from pocketbench.techniques.torch_training import Constraint

# The share of training in which zeros are added; the rest lets the other weights settle.
GROWING = 0.6
UPDATES = 10


def make(work: Retraining) -> Path:
    """Train on while the smallest weights become zeros, more and more of them, and stay so. Raises Refused."""
    model = torch_model.eager(work.source)
    torch_training.train_on(model, work, constraints=(_pruning(model, work),))
    return torch_kept.keep_weights(work.source, model, work.folder)


@dataclass(slots=True)
class Zeros(Constraint):
    """Keeps the zeros of some kernels, and adds to them after the steps of ``growth``: the share of zeros by then, or 2:4 once and for all."""

    kernels: tuple[Kernel, ...]
    growth: dict[int, float] = field(default_factory=dict)
    two_of_four: bool = False
    _masks: list[Tensor] = field(default_factory=list)

    def settle(self, done: int) -> None:
        """Choose anew which weights are zeros, where it is time to, and make them so."""
        if not self._masks or done in self.growth:
            self._masks = [self._mask(kernel, self.growth.get(done)) for kernel in self.kernels]
        for kernel, mask in zip(self.kernels, self._masks, strict=True):
            kernel.values.masked_fill_(~mask, 0)

    def _mask(self, kernel: Kernel, share: float | None) -> Tensor:
        """Which weights stay: without a share, those that are no zeros."""
        if share is None:
            return kernel.values != 0
        return _two_of_four(kernel) if self.two_of_four else _largest(kernel.values, share)


def zeros_kept(model: nn.Module, before: tuple[Step, ...]) -> tuple[Constraint, ...]:
    """What keeps the zeros of a model that one of the steps before has pruned; nothing for another."""
    return (Zeros(retrainable(model)),) if any(step.rank == PRUNE for step in before) else ()


def _pruning(model: nn.Module, work: Retraining) -> Zeros:
    """What pruning asks of the model's kernels. Raises Refused where it has none."""
    promises = work.step.promises
    found = tuple(kernel for kernel in retrainable(model) if not promises.two_of_four or _has_groups(kernel))
    if not found:
        raise Refused("technique-not-for-model", f"{work.step.name} finds no kernel that it can prune")
    if promises.two_of_four:
        return Zeros(found, {0: promises.sparsity}, two_of_four=True)
    return Zeros(found, growth_over(torch_training.steps_of(work.train, work.rows), promises.sparsity))


def growth_over(steps: int, share: float) -> dict[int, float]:
    """After which steps of how many the zeros grow, and to which share: s (1 - (1 - t)³) over the first part of training; at once where there are few steps."""
    growing = int(steps * GROWING)
    times = {growing * update // UPDATES: update / UPDATES for update in range(UPDATES + 1)}
    return {step: share * (1 - (1 - part) ** 3) for step, part in times.items()}


def _largest(values: Tensor, share: float) -> Tensor:
    """Which weights are the largest, when a share of them goes; one always stays. Of equals the first stay."""
    kept = max(1, round(values.numel() * (1 - share)))
    order = values.abs().flatten().argsort(descending=True, stable=True)
    mask = torch.zeros(values.numel(), dtype=torch.bool)
    mask[order[:kept]] = True
    return mask.reshape(values.shape)


def _two_of_four(kernel: Kernel) -> Tensor:
    """Which weights stay: of each four neighbours along the input axis the two largest; a rest of fewer than four stays as it is."""
    last = kernel.values.movedim(kernel.inputs or 0, -1)
    whole = last.shape[-1] - last.shape[-1] % GROUP
    groups = last[..., :whole].reshape(-1, GROUP)
    order = groups.abs().argsort(dim=1, descending=True, stable=True)
    mask = torch.ones(last.shape, dtype=torch.bool)
    mask[..., :whole] = torch.zeros(groups.shape, dtype=torch.bool).scatter_(1, order[:, :KEPT], value=True).reshape(*last.shape[:-1], whole)
    return mask.movedim(-1, kernel.inputs or 0)


def _has_groups(kernel: Kernel) -> bool:
    """Whether a kernel has four neighbours or more along an input axis."""
    return kernel.inputs is not None and kernel.values.shape[kernel.inputs] >= GROUP

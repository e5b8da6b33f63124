"""Weight clustering of a torch model: each kernel for itself; zeros of a pruned model stay zeros.

S. Han, H. Mao and W. Dally, "Deep Compression", 2016: which weights share a value is decided once, by k-means that begins with
values evenly spread, and then the values learn, each by the sum of the gradients of those that share it.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from pocketbench import torch_kept, torch_model
from pocketbench.errors import Refused
from pocketbench.techniques import PRUNE, Retraining, torch_training
from pocketbench.techniques.prune_torch import zeros_kept
from pocketbench.techniques.torch_kernels import Kernel, retrainable
from pocketbench.techniques.torch_training import Constraint

ROUNDS = 50


def make(work: Retraining) -> Path:
    """Train on while the weights of each kernel share a few values. Raises Refused."""
    model = torch_model.eager(work.source)
    torch_training.train_on(model, work, constraints=(*zeros_kept(model, work.before), _clustering(model, work)))
    return torch_kept.keep_weights(work.source, model, work.folder)


@dataclass(frozen=True, slots=True)
class Shared:
    """Weights of one kernel that share values: the place of each among ``count`` values, and which of them are zeros that stay."""

    kernel: Kernel
    places: Tensor
    count: int
    zeros: Tensor

    def summed(self) -> None:
        """Give all weights that share a value the sum of their gradients, and zeros none."""
        if self.kernel.weight.grad is None:
            return
        gradient = self.kernel.weight.grad.flatten().masked_fill(self.zeros, 0)
        sums = torch.zeros(self.count, dtype=gradient.dtype).index_add_(0, self.places, gradient)
        self.kernel.weight.grad.copy_(sums[self.places].masked_fill_(self.zeros, 0).reshape(self.kernel.values.shape))

    def evened(self) -> None:
        """Give all weights that share a value the mean of them: an optimizer's last bits depend on where in a tensor a weight lies."""
        flat = self.kernel.values.flatten().double().masked_fill(self.zeros, 0)
        sums, members = (torch.zeros(self.count, dtype=torch.float64).index_add_(0, self.places, each) for each in (flat, (~self.zeros).double()))
        means = (sums / members.clamp_min(1)).to(self.kernel.values.dtype)
        self.kernel.values.copy_(means[self.places].masked_fill_(self.zeros, 0).reshape(self.kernel.values.shape))


@dataclass(frozen=True, slots=True)
class Sharing(Constraint):
    """Keeps that weights share values."""

    kernels: tuple[Shared, ...]

    def steer(self) -> None:
        """Let the values learn, not the weights."""
        for each in self.kernels:
            each.summed()

    def settle(self, done: int) -> None:  # noqa: ARG002
        """Make the values the same to the last bit."""
        for each in self.kernels:
            each.evened()


def shared_already(kernel: Kernel, most: int) -> Shared | None:
    """How a kernel shares ``most`` values and zero, or fewer, as it is; None where it has more."""
    values, places = kernel.values.flatten().unique(return_inverse=True)
    return Shared(kernel, places, len(values), kernel.values.flatten() == 0) if len(values) <= most + 1 else None


def _clustering(model: nn.Module, work: Retraining) -> Sharing:
    """What clustering asks of the model's kernels. Raises Refused where none has more weights that are not zero than clusters."""
    pruned, clusters = any(step.rank == PRUNE for step in work.before), work.step.promises.clusters
    able = [kernel for kernel in retrainable(model) if int((kernel.values != 0).sum()) > clusters]
    if not able:
        raise Refused("technique-not-for-model", f"{work.step.name} finds no kernel that it can cluster")
    return Sharing(tuple(_clustered(kernel, clusters, pruned=pruned) for kernel in able))


def _clustered(kernel: Kernel, clusters: int, *, pruned: bool) -> Shared:
    """Choose which weights share a value: the nearest one's."""
    flat = kernel.values.flatten()
    zeros = (flat == 0) & pruned
    centres = _means(flat[~zeros].double(), clusters)
    return Shared(kernel, _nearest(flat.double(), centres), clusters, zeros)


def _means(values: Tensor, clusters: int) -> Tensor:
    """The centres of clusters of numbers, in rising order: Lloyd's rounds from centres evenly spread; a centre of none stays where it is."""
    centres = torch.linspace(float(values.min()), float(values.max()), clusters, dtype=torch.float64)
    for _ in range(ROUNDS):
        places = _nearest(values, centres)
        members = torch.bincount(places, minlength=clusters)
        sums = torch.zeros(clusters, dtype=torch.float64).index_add_(0, places, values)
        moved = torch.where(members > 0, sums / members.clamp_min(1), centres)
        if torch.equal(moved, centres):
            break
        centres = moved
    return centres


def _nearest(values: Tensor, centres: Tensor) -> Tensor:
    """The place of each number's nearest centre; the centres rise."""
    return torch.bucketize(values, (centres[1:] + centres[:-1]) / 2)

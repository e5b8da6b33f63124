"""Quantisation-aware training of a torch model: weights and the activations between layers are rounded to 8 bits while it trains on.

B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018. Weights are
rounded symmetrically, with a scale for each output channel, so that a batch norm folded into a convolution later on changes
nothing; what goes into each layer with a kernel is rounded by one scale and zero point. Gradients pass the rounding unchanged.
The model that comes out has floats again: its weights lie where rounding does least harm.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pocketbench import torch_kept, torch_model
from pocketbench.errors import Refused
from pocketbench.techniques import Retraining, torch_training
from pocketbench.techniques.cluster_torch import Sharing, shared_already
from pocketbench.techniques.prune_torch import zeros_kept
from pocketbench.techniques.torch_kernels import CONVOLUTIONS, TRANSPOSED, Kernel, kernels, retrainable
from pocketbench.techniques.torch_training import Constraint

LOWEST, HIGHEST = -128, 127
# How much of a batch's range enters the range seen so far.
NEW = 0.1
LAYERS = (nn.Linear, *CONVOLUTIONS, *TRANSPOSED, nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention)


def make(work: Retraining) -> Path:
    """Train on with 8-bit rounding in place; what pruning and clustering left is kept. Raises Refused."""
    model = torch_model.eager(work.source)
    found = kernels(model)
    if not found:
        raise Refused("technique-not-for-model", f"{work.step.name} finds no layer that it can round")
    with _rounded_activations(model):
        torch_training.train_on(model, work, constraints=(*_kept(model, work), Rounding(found)))
    return torch_kept.keep_weights(work.source, model, work.folder)


@dataclass(frozen=True, slots=True)
class Rounding(Constraint):
    """Computes outputs and gradients with rounded weights, and lets the optimizer change those that were not."""

    kernels: tuple[Kernel, ...]

    def computing(self) -> AbstractContextManager[None]:
        """Rounded weights inside."""
        return self._rounded()

    @contextmanager
    def _rounded(self) -> Iterator[None]:
        """In place, because recurrent layers hold their weights twice."""
        plain = [kernel.values.clone() for kernel in self.kernels]
        for kernel in self.kernels:
            kernel.values.copy_(rounded(kernel.values, kernel.outputs))
        try:
            yield
        finally:
            for kernel, values in zip(self.kernels, plain, strict=True):
                kernel.values.copy_(values)


@dataclass(slots=True)
class Range:
    """The range of what goes into a layer, a moving average over batches; zero is always in it."""

    low: float = 0.0
    high: float = 0.0
    seen: bool = field(default=False)

    def rounded(self, values: Tensor) -> Tensor:
        """Values as 8 bits give them, by the range seen up to here; gradients pass unchanged inside it, none outside."""
        low, high = min(0.0, float(values.detach().min())), max(0.0, float(values.detach().max()))
        new = NEW if self.seen else 1.0
        self.low, self.high, self.seen = self.low + new * (low - self.low), self.high + new * (high - self.high), True
        scale = (self.high - self.low) / (HIGHEST - LOWEST)
        if not scale > torch.finfo(torch.float32).tiny:
            return values
        zero = min(HIGHEST, max(LOWEST, LOWEST - round(self.low / scale)))
        return torch.fake_quantize_per_tensor_affine(values, scale, zero, LOWEST, HIGHEST)


def rounded(values: Tensor, channels: int) -> Tensor:
    """Weights as 8 bits give them: symmetric, a scale for each output channel, -127 to 127."""
    others = [axis for axis in range(values.ndim) if axis != channels]
    scale = values.abs().amax(others, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny) / HIGHEST
    return (values / scale).round().clamp(-HIGHEST, HIGHEST) * scale


def _kept(model: nn.Module, work: Retraining) -> tuple[Constraint, ...]:
    """What the steps before left and must stay: zeros, shared values."""
    most = max((step.promises.clusters for step in work.before), default=0)
    shared = tuple(filter(None, (shared_already(kernel, most) for kernel in retrainable(model)))) if most else ()
    return (*zeros_kept(model, work.before), *((Sharing(shared),) if shared else ()))


@contextmanager
def _rounded_activations(model: nn.Module) -> Iterator[None]:
    """Round what goes into each layer with a kernel while it trains, and nothing else afterwards."""
    hooks = [part.register_forward_pre_hook(_rounding()) for part in model.modules() if isinstance(part, LAYERS)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _rounding() -> Any:
    """What rounds the first argument of a layer's call, by a range of its own."""
    seen = Range()

    def before(layer: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if not (layer.training and given and isinstance(given[0], Tensor) and given[0].is_floating_point()):
            return None
        return (seen.rounded(given[0]), *given[1:])

    return before

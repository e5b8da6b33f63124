"""The kernels of a torch model that pruning, clustering and rounding work on."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

MATRICES = ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight")
# Of torch's weights the outputs come first and the inputs second; of transposed convolutions the other way round.
OUTPUTS, INPUTS = 0, 1
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@dataclass(frozen=True, slots=True)
class Kernel:
    """One weight tensor: ``outputs`` is the axis of its output channels, ``inputs`` that of its input channels (None for a table).

    ``depthwise`` says that each of its channels sees one channel alone; ``table`` that its rows are looked up.
    """

    weight: nn.Parameter
    outputs: int = OUTPUTS
    inputs: int | None = INPUTS
    depthwise: bool = False
    table: bool = False

    @property
    def values(self) -> Tensor:
        """The weights themselves, which may be written to; of the weight's shape and dtype, without a gradient."""
        return self.weight.data


def kernels(model: nn.Module) -> tuple[Kernel, ...]:
    """The kernels of linear layers, convolutions, recurrent layers, attention and embeddings, each once, in the model's order.

    Only weights that are parameters: one that is computed from others, as in weight normalisation, is left alone.
    """
    found = {id(kernel.weight): kernel for part in model.modules() for kernel in _kernels(part) if kernel.weight.is_floating_point()}
    return tuple(found.values())


def retrainable(model: nn.Module) -> tuple[Kernel, ...]:
    """The kernels that pruning and clustering change: no depthwise ones, which are small, and it costs them too much."""
    return tuple(kernel for kernel in kernels(model) if not kernel.depthwise)


def _kernels(part: nn.Module) -> Iterator[Kernel]:
    """The kernels of one layer."""
    own = dict(part.named_parameters(recurse=False))
    if isinstance(part, (nn.Linear, *CONVOLUTIONS, *TRANSPOSED, nn.Embedding, nn.EmbeddingBag)) and "weight" in own:
        yield _layers(part, own["weight"])
    elif isinstance(part, (nn.RNNBase, nn.RNNCellBase)):
        yield from (Kernel(weight) for name, weight in own.items() if name.startswith("weight_"))
    elif isinstance(part, nn.MultiheadAttention):
        yield from (Kernel(own[name]) for name in MATRICES if name in own)


def _layers(part: nn.Module, weight: nn.Parameter) -> Kernel:
    """The one kernel of a layer."""
    if isinstance(part, (nn.Embedding, nn.EmbeddingBag)):
        return Kernel(weight, inputs=None, table=True)
    if isinstance(part, TRANSPOSED):
        return Kernel(weight, outputs=INPUTS, inputs=OUTPUTS, depthwise=part.groups > 1 and weight.shape[INPUTS] == 1)
    return Kernel(weight, depthwise=isinstance(part, CONVOLUTIONS) and part.groups > 1 and weight.shape[INPUTS] == 1)

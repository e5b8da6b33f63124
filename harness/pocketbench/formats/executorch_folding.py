"""Arithmetic folded into the convolution before it: scales, shifts and batch normalisation."""

from dataclasses import dataclass
from typing import Any

from pocketbench.formats.executorch_nodes import add_constant, constant, named

CONVOLUTIONS = ("aten::conv1d", "aten::conv2d", "aten::conv3d")
NORMALISATIONS = ("aten::batch_norm", "aten::_native_batch_norm_legit_no_training")
ARITHMETIC = ("aten::add", "aten::sub", "aten::subtract", "aten::mul", "aten::multiply", "aten::div", "aten::divide")


@dataclass(frozen=True, slots=True)
class Affine:
    """What follows a convolution: ``scale * y + shift`` by channel, tensors of shape (channels,); ``last`` is the node that gives it."""

    scale: Any
    shift: Any
    last: Any


def fold_into_convolutions(module: Any) -> None:
    """Fold what follows each convolution into its weights and bias."""
    for node in list(module.graph.nodes):
        if named(node) in CONVOLUTIONS:
            _folded(module, node)


def _folded(module: Any, layer: Any) -> None:
    """Scale the weights of a convolution by what scales its outputs, and shift its bias."""
    import torch

    weights = constant(module, layer.args[1])
    bias_node = layer.args[2] if len(layer.args) > 2 else None
    bias = constant(module, bias_node)
    if weights is None or (bias_node is not None and bias is None) or not weights.is_floating_point():
        return
    bias = torch.zeros(len(weights), dtype=weights.dtype) if bias is None else bias
    axis, node, found = 1, layer, None
    while len(node.users) == 1:
        (after,) = node.users
        if named(after) == "aten::permute":
            axis = [dim % len(after.args[1]) for dim in after.args[1]].index(axis)
        elif (step := _affine(module, after, node, axis, len(weights))) is not None:
            bias, weights, found = bias * step.scale + step.shift, weights * step.scale.reshape(-1, *[1] * (weights.dim() - 1)), step.last
            step.last.replace_all_uses_with(node)
            _erase(module.graph, step.last, after)
            continue
        else:
            break
        node = after
    if found is not None:
        layer.args = (layer.args[0], add_constant(module, layer, weights), add_constant(module, layer, bias), *layer.args[3:])


def _affine(module: Any, node: Any, layer: Any, axis: int, channels: int) -> Affine | None:
    """What a node does to the channels of a layer's output, None where it is not a scale and a shift by channel."""
    if named(node) in NORMALISATIONS and axis == 1 and node.args[0] is layer:
        return _normalisation(module, node)
    if named(node) not in ARITHMETIC or node.kwargs or node.args[0] is node.args[1]:
        return None
    return _arithmetic(module, node, layer, axis, channels)


def _arithmetic(module: Any, node: Any, layer: Any, axis: int, channels: int) -> Affine | None:
    """One sum, difference, product or quotient with a constant that has one number a channel."""
    import torch

    first = node.args[0] is layer
    value = _by_channel(module, node.args[1] if first else node.args[0], layer.meta["val"].dim(), axis, channels)
    if value is None:
        return None
    one, zero = torch.ones_like(value), torch.zeros_like(value)
    match named(node):
        case "aten::add":
            return Affine(one, value, node)
        case "aten::sub" | "aten::subtract":
            return Affine(one, -value, node) if first else Affine(-one, value, node)
        case "aten::mul" | "aten::multiply":
            return Affine(value, zero, node)
        case _:
            return Affine(one / value, zero, node) if first else None


def _by_channel(module: Any, other: Any, rank: int, axis: int, channels: int) -> Any:
    """A number or constant as one number a channel, shape (channels,); None where it is something else."""
    import torch

    if isinstance(other, (int, float)):
        return torch.full((channels,), float(other))
    value = constant(module, other)
    if value is None or not value.is_floating_point() or value.dim() > rank:
        return None
    shape = (1,) * (rank - value.dim()) + tuple(value.shape)
    if any(size != (channels if index == axis else 1) for index, size in enumerate(shape) if size != 1):
        return None
    return value.reshape(-1).expand(channels)


def _normalisation(module: Any, node: Any) -> Affine | None:
    """A batch normalisation by its statistics, of (input, weight, bias, mean, variance, …)."""
    import torch

    weight, bias, mean, variance = (constant(module, each) for each in node.args[1:5])
    training, epsilon = (False, node.args[6]) if "legit" in named(node) else (node.args[5], node.args[7])
    users = list(node.users)
    last = users[0] if users and users[0].op == "call_function" and getattr(users[0].target, "__name__", "") == "getitem" else node
    if training or mean is None or variance is None or (last is not node and (len(users) != 1 or last.args[1] != 0)):
        return None
    scale = torch.rsqrt(variance + epsilon) * (1 if weight is None else weight)
    return Affine(scale, (0 if bias is None else bias) - mean * scale, last)


def _erase(graph: Any, *nodes: Any) -> None:
    """Erase nodes, the last first; one that is given twice goes once."""
    for node in dict.fromkeys(nodes):
        graph.erase_node(node)

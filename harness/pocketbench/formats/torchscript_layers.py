"""An exported program written with torch's own layers: what its quantisers, which know modules and functions, can work on.

A Keras model has no layers of ``torch.nn``; its program has ``aten::conv2d`` and the like. Each that is a layer becomes one
again, with its weights; calls that share weights share the layer.
"""

import operator
from collections.abc import Callable
from typing import Any

from pocketbench.formats.executorch_graph import plain
from pocketbench.formats.executorch_nodes import add_constant, constant, named

_VIEWS = ("view", "_unsafe_view")
_FILLED = ("zeros", "ones", "full")
_METHODS = ("reshape", *_VIEWS, "permute", "transpose", "squeeze", "unsqueeze", "flatten", "contiguous")
_FUNCTIONS = ("add", "mul", "cat", "mean", "matmul", "sigmoid", "tanh", "softmax", "clamp", "mm", "bmm")
_FUNCTIONAL = ("max_pool1d", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "hardswish", "hardsigmoid", "leaky_relu", "elu", "gelu", "silu")


def layers(program: Any) -> Any:
    """The ``GraphModule`` of an exported program with layers of ``torch.nn``, and torch's functions where it has them; others stay as they are."""
    made = plain(program)
    known: dict[tuple[Any, ...], str] = {}
    for node in list(made.graph.nodes):
        word = named(node).partition("::")[2]
        if word in _FILLED and not node.all_input_nodes:
            node.replace_all_uses_with(add_constant(made, node, node.target(*node.args, **node.kwargs)))
        elif word == "einsum":
            _put_product(made, node, known)
        elif maker := _LAYERS.get(word):
            _put_layer(made, node, maker, known)
        elif word in _METHODS:
            node.op, node.target = "call_method", "reshape" if word in _VIEWS else word
        elif found := _function(word):
            node.target = found
    return _alone(made)


def _alone(made: Any) -> Any:
    """A module of its own, with nothing but what the graph uses, that gives a tensor or a flat tuple."""
    import torch

    end = next(node for node in made.graph.nodes if node.op == "output")
    gives = torch.utils._pytree.tree_leaves(end.args[0])  # noqa: SLF001 - torch has no public one
    end.args = (gives[0] if len(gives) == 1 else tuple(gives),)
    made.graph.set_codegen(torch.fx.graph.CodeGen())
    made.graph.eliminate_dead_code()
    made.graph.lint()
    return torch.fx.GraphModule(made, made.graph).eval()


def _put_layer(made: Any, node: Any, maker: Callable[..., Any], known: dict[tuple[Any, ...], str]) -> None:
    """Put a layer in the place of a node, the same one where weights and settings are the same; nothing where its weights are no constants."""
    key = (node.target, *map(str, node.args[1:]))
    if key not in known:
        values = [constant(made, each) if hasattr(each, "op") else each for each in node.args[1:]]
        layer = None if any(value is None and each is not None for value, each in zip(values, node.args[1:], strict=True)) else maker(*values)
        if layer is None:
            return
        known[key] = f"{named(node).partition('::')[2]}_{len(known)}"
        made.add_submodule(known[key], layer.eval())
    node.op, node.target, node.args, node.kwargs = "call_module", known[key], node.args[:1], {}


def _put_product(made: Any, node: Any, known: dict[tuple[Any, ...], str]) -> None:
    """Put a linear layer in the place of a sum of products with a constant over the last axes of the one and the first of the other, ``abc,cde->abde``."""
    equation, (given, weights) = node.args[0].replace(" ", ""), node.args[1]
    matrix, (taken, gives) = constant(made, weights), equation.split("->")
    left, _, right = taken.partition(",")
    shared = "".join(letter for letter in left if letter in right)
    if matrix is None or "." in equation or left.removesuffix(shared) + right.removeprefix(shared) != gives or not left.endswith(shared):
        return
    key = (node.target, equation, str(weights))
    if key not in known:
        inner = matrix.shape[: len(shared)].numel()
        known[key] = f"linear_{len(known)}"
        made.add_submodule(known[key], _linear(matrix.reshape(inner, -1).T.contiguous()).eval())
    with made.graph.inserting_before(node):
        flat = made.graph.call_method("flatten", (given, len(left) - len(shared))) if len(shared) > 1 else given
        product = made.graph.call_module(known[key], (flat,))
        shaped = made.graph.call_method("reshape", (product, list(node.meta["val"].shape)))
    node.replace_all_uses_with(shaped)


def _function(word: str) -> Any:
    """Torch's function of that name, as its quantisers know it; None for others."""
    import torch

    if word in _FUNCTIONAL:
        return getattr(torch.nn.functional, word)
    return operator.add if word == "add_" else getattr(torch, word) if word in _FUNCTIONS else None


def _convolution(rank: int) -> Callable[..., Any]:
    """A maker of convolutions of that many dimensions, by the arguments of ``aten::conv2d``."""

    def make(weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
        import torch

        kind = getattr(torch.nn, f"Conv{rank}d")
        sizes = {
            name: tuple(each) if isinstance(each, (list, tuple)) else each for name, each in (("stride", stride), ("padding", padding), ("dilation", dilation))
        }
        made = kind(weight.shape[1] * groups, len(weight), tuple(weight.shape[2:]), **sizes, groups=groups, bias=bias is not None)
        return _with(made, weight=weight, bias=bias)

    return make


def _linear(weight: Any, bias: Any = None) -> Any:
    """A linear layer."""
    import torch

    return _with(torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None), weight=weight, bias=bias)


def _embedding(weight: Any, *_: Any) -> Any:
    """A table."""
    import torch

    return _with(torch.nn.Embedding(*weight.shape), weight=weight)


def _activation(name: str) -> Callable[..., Any]:
    """A maker of a layer without weights."""

    def make(*settings: Any) -> Any:
        import torch

        return getattr(torch.nn, name)(*settings)

    return make


def _with(layer: Any, **tensors: Any) -> Any:
    """A layer with these tensors as its own."""
    import torch

    for name, tensor in tensors.items():
        if tensor is not None:
            setattr(layer, name, torch.nn.Parameter(tensor.clone(), requires_grad=False))
    return layer


_LAYERS: dict[str, Callable[..., Any]] = {
    "conv1d": _convolution(1), "conv2d": _convolution(2), "conv3d": _convolution(3), "linear": _linear,
    "relu": _activation("ReLU"), "relu6": _activation("ReLU6"), "hardtanh": _activation("Hardtanh"),
}  # fmt: skip

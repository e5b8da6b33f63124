"""Products with a constant written as linear layers, with the constant added to them as their bias: what quantisers and back ends look for."""

import math
from dataclasses import dataclass
from typing import Any

from pocketbench.formats.executorch_nodes import add_constant, constant, named

PRODUCTS = ("aten::matmul", "aten::mm")
MATRIX_RANK = 2


@dataclass(frozen=True, slots=True)
class Product:
    """``x`` times a constant: the node of the constant, how many of its first axes are summed over, the shape of what comes out."""

    x: Any
    weights: Any
    summed: int
    shape: tuple[int, ...]


def as_linear_layers(module: Any) -> None:
    """Write every product of a tensor with a constant matrix, or with one of more axes as attention has them, as a linear layer."""
    for node in list(module.graph.nodes):
        product = _product(node) if named(node) in PRODUCTS else _einsum(node) if named(node) == "aten::einsum" else None
        if product is not None and constant(module, product.weights) is not None:
            _write(module, node, product)


def _product(node: Any) -> Product | None:
    """A matrix product."""
    x, weights = node.args
    shape = tuple(node.meta["val"].shape)
    fits = x.meta["val"].dim() >= MATRIX_RANK and weights.meta["val"].dim() == MATRIX_RANK
    return Product(x, weights, 1, shape) if fits else None


def _einsum(node: Any) -> Product | None:
    """A sum over the last axes of the one and the first of the other: "abc,cde->abde", "abcd,cde->abe"."""
    equation, given = node.args[0].replace(" ", ""), node.args[1]
    left, arrow, gives = equation.partition("->")
    x, _, weights = left.partition(",")
    summed = sum(letter in x and letter not in gives for letter in weights)
    plain = arrow and len(given) == 2 and equation.replace(",", "").replace("->", "").isalpha()
    if not plain or not 0 < summed < len(weights) or not x.endswith(weights[:summed]) or gives != x.removesuffix(weights[:summed]) + weights[summed:]:
        return None
    return Product(given[0], given[1], summed, tuple(node.meta["val"].shape))


def _write(module: Any, node: Any, product: Product) -> None:
    """Put a linear layer in the place of a product, and of the sum with a constant that follows it."""
    import torch

    weights = constant(module, product.weights)
    inner, outer = math.prod(weights.shape[: product.summed]), weights.shape[product.summed :]
    turned = _turned(module, product.weights, weights.reshape(inner, -1))
    after, bias = _bias(module, node, tuple(outer))
    given = product.x.meta["val"].shape
    x = product.x
    with module.graph.inserting_before(node):
        if product.summed > 1:
            x = _reshaped(module, x, (*given[: len(given) - product.summed], inner))
        layer = module.graph.call_function(torch.ops.aten.linear.default, (x, turned, *([] if bias is None else [bias])))
        layer.meta["val"] = node.meta["val"].flatten(len(product.shape) - len(outer)) if len(outer) > 1 else node.meta["val"]
        gives = _reshaped(module, layer, product.shape) if len(outer) > 1 else layer
    (after or node).replace_all_uses_with(gives)
    for each in (*([after] if after is not None else []), node):
        module.graph.erase_node(each)


def _reshaped(module: Any, node: Any, shape: tuple[int, ...]) -> Any:
    """A reshape, where nodes are being inserted."""
    import torch

    found = module.graph.call_function(torch.ops.aten.reshape.default, (node, list(shape)))
    found.meta["val"] = node.meta["val"].reshape(shape)
    return found


def _bias(module: Any, node: Any, outer: tuple[int, ...]) -> tuple[Any, Any]:
    """The sum that follows a product and nothing else does, and its constant as a bias; None twice where there is none of the shape of the outputs."""
    after: Any = next(iter(node.users)) if len(node.users) == 1 else None
    if named(after) != "aten::add" or after.kwargs or node not in after.args[:2]:
        return None, None
    value = constant(module, after.args[1 - after.args.index(node)])
    if value is None or tuple(value.shape[-len(outer) :]) != outer or value.numel() != math.prod(outer):
        return None, None
    return after, add_constant(module, node, value.reshape(-1))


def _turned(module: Any, node: Any, matrix: Any) -> Any:
    """The matrix with its outputs first; the same constant for every product that shares it, ahead of all of them."""
    if "turned" not in node.meta:
        node.meta["turned"] = add_constant(module, next(iter(module.graph.nodes)), matrix.T)
    return node.meta["turned"]

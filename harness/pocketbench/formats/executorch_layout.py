"""Permutations moved behind the operations that do not mind them, so that one channels-last layer's undoes the next one's."""

from collections.abc import Callable
from typing import Any

from pocketbench.formats.executorch_nodes import named

# One input, element by element: whatever the layout is, the numbers are the same.
EACH = (
    "aten::relu", "aten::relu6", "aten::hardtanh", "aten::clamp", "aten::sigmoid", "aten::tanh", "aten::silu", "aten::gelu", "aten::elu", "aten::selu",
    "aten::leaky_relu", "aten::hardswish", "aten::hardsigmoid", "aten::mish", "aten::softplus", "aten::abs", "aten::neg", "aten::exp", "aten::sqrt",
    "aten::rsqrt", "aten::square", "aten::dropout",
)  # fmt: skip
PAIRS = ("aten::add", "aten::sub", "aten::subtract", "aten::mul", "aten::multiply", "aten::div", "aten::divide", "aten::maximum", "aten::minimum")
REDUCTIONS = ("aten::mean", "aten::amax", "aten::sum")
PERMUTE = "aten::permute"


def without_permutations(graph: Any) -> None:
    """Move permutations towards the end until nothing changes; two that follow each other become one or none."""
    rules: tuple[Callable[[Any, Any], bool], ...] = (_joined, _each, _pair, _together, _reduced)
    changed = True
    while changed:
        changed = False
        for node in list(graph.nodes):
            if any(rule(graph, node) for rule in rules):
                changed = True
        graph.eliminate_dead_code()


def _joined(graph: Any, node: Any) -> bool:  # noqa: ARG001 - as the other rules
    """A permutation of a permutation is one of what that permutes, and one that changes nothing is gone."""
    if named(node) != PERMUTE or not node.users:
        return False
    dims = _dims(node)
    if dims == list(range(len(dims))):
        node.replace_all_uses_with(node.args[0])
        return True
    inner = node.args[0]
    if named(inner) != PERMUTE:
        return False
    before = _dims(inner)
    node.args = (inner.args[0], [before[dim] for dim in dims])
    return True


def _each(graph: Any, node: Any) -> bool:
    """``f(permute(x))`` is ``permute(f(x))`` where f goes element by element."""
    if named(node) not in EACH or not node.users or named(node.args[0]) != PERMUTE:
        return False
    inner = node.args[0]
    return _behind(graph, node, _dims(inner), (inner.args[0], *node.args[1:]))


def _pair(graph: Any, node: Any) -> bool:
    """``f(permute(x), permute(y))`` is ``permute(f(x, y))`` where both are permuted alike and equally large, or where the other is a number."""
    if named(node) not in PAIRS or not node.users:
        return False
    left, right = node.args[:2]
    permuted = [each for each in (left, right) if named(each) == PERMUTE]
    numbers = [each for each in (left, right) if isinstance(each, (int, float))]
    if len(permuted) + len(numbers) != 2 or not permuted:
        return False
    dims = _dims(permuted[0])
    if any(_dims(each) != dims for each in permuted):
        return False
    return _behind(graph, node, dims, tuple(each.args[0] if named(each) == PERMUTE else each for each in (left, right)))


def _together(graph: Any, node: Any) -> bool:
    """What is permuted alike and put together is put together and permuted."""
    if named(node) != "aten::cat" or not node.users or any(named(each) != PERMUTE for each in node.args[0]):
        return False
    dims = _dims(node.args[0][0])
    if any(_dims(each) != dims for each in node.args[0]):
        return False
    along = node.args[1] if len(node.args) > 1 else 0
    return _behind(graph, node, dims, ([each.args[0] for each in node.args[0]], dims[along]))


def _reduced(graph: Any, node: Any) -> bool:
    """A mean over dimensions of ``permute(x)`` is one over dimensions of x, where those that are left keep their order."""
    if named(node) not in REDUCTIONS or not node.users or named(node.args[0]) != PERMUTE or len(node.args) < 2 or not node.args[1]:
        return False
    inner = node.args[0]
    dims = _dims(inner)
    over = {dim % len(dims) for dim in node.args[1]}
    keeps = len(node.args) > 2 and bool(node.args[2])
    args = (inner.args[0], sorted(dims[dim] for dim in over), *node.args[2:])
    if keeps:
        return _behind(graph, node, dims, args)
    left = [dims[dim] for dim in range(len(dims)) if dim not in over]
    if left != sorted(left):
        return False
    node.args = args
    return True


def _behind(graph: Any, node: Any, dims: list[int], args: tuple[Any, ...]) -> bool:
    """Let the operation work on what was permuted, and permute what comes out."""
    import torch

    with graph.inserting_after(node):
        moved = graph.call_function(torch.ops.aten.permute.default, (node, dims))
    node.replace_all_uses_with(moved, delete_user_cb=lambda user: user is not moved)
    moved.meta["val"] = node.meta.get("val")
    node.args = args
    if moved.meta["val"] is not None:  # the shape before the permutation
        node.meta["val"] = moved.meta["val"].permute([dims.index(dim) for dim in range(len(dims))])
    return True


def _dims(node: Any) -> list[int]:
    """The dimensions of a permutation, from 0."""
    return [dim % len(node.args[1]) for dim in node.args[1]]

"""A program made plain before ExecuTorch sees it: what says nothing is left out, what is constant is computed, layouts that undo each other are gone.

Keras on torch writes its layers channels last: permutations and copies around each convolution, weights permuted at every
call, batch normalisation as arithmetic. ExecuTorch 1.3.1 does not run such a program ("Failed to execute method forward,
error: 0x12", from ``dim_order_ops::_clone_dim_order``), and its quantiser knows neither the arithmetic nor the matrix product.
"""

from typing import Any

from pocketbench.formats.executorch_folding import fold_into_convolutions
from pocketbench.formats.executorch_layout import without_permutations
from pocketbench.formats.executorch_nodes import add_constant, constant, named
from pocketbench.formats.executorch_products import as_linear_layers

# Constants are computed where the result is not much larger than what it is made of: a weight that is expanded stays small in the file.
SMALL = 1024
# With no stride of their own these take their window's (torch.nn.functional.max_pool2d); XNNPACK's partitioner asks for it: "list index out of range".
POOLS = ("aten::max_pool1d", "aten::max_pool2d", "aten::avg_pool1d", "aten::avg_pool2d")
COPIES = ("aten::clone", "aten::contiguous", "aten::alias", "aten::detach", "aten::lift_fresh_copy", "aten::lift_fresh")
CASTS = ("aten::to", "aten::_to_copy")
CHECKS = ("aten::_assert_tensor_metadata",)


def plain(program: Any) -> Any:
    """The ``torch.fx.GraphModule`` of an exported program, its weights and constants contiguous, the same numbers in fewer operations."""
    import torch

    with torch.no_grad():
        module = program.run_decompositions(_recurrent()).module(check_guards=False)
        _leave_out(module)
        _compute_constants(module)
        fold_into_convolutions(module)
        as_linear_layers(module)
        without_permutations(module.graph)
        _give_strides(module.graph)
        _keep_means_flat(module.graph)
        _reshape(module.graph)
        _give_copies(module.graph)
        return tidied(module)


def tidied(module: Any) -> Any:
    """The module compiled anew, without operations and weights that nothing uses."""
    module.graph.eliminate_dead_code()
    module.delete_all_unused_submodules()
    module.graph.lint()
    module.recompile()
    used = {node.target for node in module.graph.nodes if node.op == "get_attr"}
    for name in [name for name, _ in (*module.named_parameters(), *module.named_buffers()) if name not in used]:
        holder, _, own = name.rpartition(".")
        delattr(module.get_submodule(holder), own)
    return module


def _recurrent() -> dict[Any, Any]:
    """How torch writes recurrent layers as linear ones: to the quantiser each would be one operation that it does not know."""
    import torch
    from torch._decomp import decomposition_table

    layers = (torch.ops.aten.lstm.input, torch.ops.aten.gru.input, torch.ops.aten.rnn_tanh.input, torch.ops.aten.rnn_relu.input)
    return {layer: decomposition_table[layer] for layer in layers if layer in decomposition_table}


def _leave_out(module: Any) -> None:
    """Remove checks, copies and casts to the dtype that is there already."""
    for node in list(module.graph.nodes):
        name = named(node)
        if name in CHECKS or (node.op == "call_module" and not node.users):
            module.graph.erase_node(node)
        elif name in COPIES or (name in CASTS and _same_dtype(node)):
            node.replace_all_uses_with(node.args[0])
            module.graph.erase_node(node)


def _same_dtype(node: Any) -> bool:
    """Whether a cast casts to what its input is."""
    before, after = node.args[0].meta.get("val"), node.meta.get("val")
    return before is not None and after is not None and before.dtype == after.dtype


def _compute_constants(module: Any) -> None:
    """Compute what is made of constants alone, once and for all."""
    import torch

    changed = _written(module)
    for node in list(module.graph.nodes):
        if node.op != "call_function" or not node.all_input_nodes or torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()):
            continue
        given = {each: constant(module, each) for each in node.all_input_nodes}
        if any(value is None for value in given.values()) or any(each.target in changed for each in given):
            continue
        value = node.target(*torch.fx.map_arg(node.args, given.__getitem__), **torch.fx.map_arg(node.kwargs, given.__getitem__))
        if isinstance(value, torch.Tensor) and value.numel() <= max(SMALL, *(each.numel() for each in given.values())):
            node.replace_all_uses_with(add_constant(module, node, value))
            module.graph.erase_node(node)


def _written(module: Any) -> set[str]:
    """The names of the tensors that the program writes to: they are state, not constants."""
    return {node.args[0].target for node in module.graph.nodes if named(node).endswith("_") and node.args and getattr(node.args[0], "op", "") == "get_attr"}


def _give_strides(graph: Any) -> None:
    """Write out the stride of pooling that goes by its window."""
    for node in graph.nodes:
        if named(node) in POOLS and (len(node.args) == 2 or not node.args[2]):
            node.args = (*node.args[:2], node.args[1], *node.args[3:])


def _keep_means_flat(graph: Any) -> None:
    """Write a mean over the pixels of a picture as a pooling over all of it and a reshape, which is the only form that XNNPACK's partitioner takes."""
    import torch

    for node in list(graph.nodes):
        value, over = node.meta.get("val"), node.args[1] if named(node) == "aten::mean" and len(node.args) > 1 else None
        keeps = len(node.args) > 2 and bool(node.args[2])
        if value is None or not over or keeps or node.kwargs or value.dim() != 2 or {dim % 4 for dim in over} != {2, 3}:
            continue
        with graph.inserting_before(node):
            pooled = graph.call_function(torch.ops.aten.mean.dim, (node.args[0], [2, 3], True))
            flat = graph.call_function(torch.ops.aten.view.default, (pooled, list(value.shape)))
        node.replace_all_uses_with(flat)


def _reshape(graph: Any) -> None:
    """Let every view be a reshape: copies that laid a tensor out for it are gone."""
    import torch

    for node in graph.nodes:
        if named(node) in ("aten::view", "aten::_unsafe_view"):
            node.target = torch.ops.aten.reshape.default


def with_views(graph: Any) -> None:
    """Let reshapes be views again where the layout is known to allow it: quantisers let views share what they know of their input, and no reshapes."""
    import torch

    for node in graph.nodes:
        if named(node) == "aten::reshape" and node.args[0].meta["val"].is_contiguous():
            node.target = torch.ops.aten.view.default


def _give_copies(graph: Any) -> None:
    """Let an output that is an input or a constant be a copy of it: ExecuTorch 1.3.1 reads zeros for an input that it also gives back."""
    import torch

    (end,) = (node for node in graph.nodes if node.op == "output")

    def own(value: Any) -> Any:
        if value.op not in ("placeholder", "get_attr"):
            return value
        with graph.inserting_before(end):
            copied = graph.call_function(torch.ops.aten.clone.default, (value,))
        copied.meta["val"] = value.meta.get("val")
        return copied

    end.args = torch.fx.map_arg(end.args, own)

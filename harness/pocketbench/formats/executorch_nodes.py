"""The nodes of a ``torch.fx`` graph: which operation one calls, which constant one stands for."""

from typing import Any


def named(node: Any) -> str:
    """The operation that a node calls, ``aten::conv2d``; "" for what calls none, or is no node."""
    schema = getattr(getattr(node, "target", None), "_schema", None)
    return str(schema.name) if schema else ""


def constant(module: Any, node: Any) -> Any:
    """The tensor that a node stands for, None where it is not a constant of the module."""
    import torch

    if not isinstance(node, torch.fx.Node) or node.op != "get_attr":
        return None
    found: Any = module
    for part in str(node.target).split("."):
        found = getattr(found, part)
    return found.detach() if isinstance(found, torch.Tensor) else None


def add_constant(module: Any, before: Any, value: Any) -> Any:
    """A new constant of the module: the node that stands for it, placed ahead of ``before``."""
    count = sum(name.startswith("folded_") for name in module._buffers)  # noqa: SLF001 - buffers of this very module, not of those inside
    name = f"folded_{count}"
    module.register_buffer(name, value.detach().clone().contiguous())
    with module.graph.inserting_before(before):
        node = module.graph.get_attr(name)
    node.meta["val"] = value
    return node

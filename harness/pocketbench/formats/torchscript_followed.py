"""A module followed by torch.fx: its graph, as fusing and static quantisation need it."""

from typing import Any

from pocketbench.errors import Refused

MAX_MESSAGE = 300


def followed(module: Any, why: str) -> Any:
    """The ``GraphModule`` of a module. Raises Refused (technique-not-for-model), in torch's words; ``why`` is for the message.

    ReLUs are written as ``torch.nn.functional`` has them: of ``torch.relu`` and ``x.relu()`` torch's fusing knows nothing.
    """
    import torch

    try:
        graph = torch.fx.symbolic_trace(module)
    except Exception as error:  # torch.fx raises nearly anything for what it cannot follow
        said = next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")
        message = f"torch.fx cannot follow the model to {why}: {type(error).__name__}: {said}"
        raise Refused("technique-not-for-model", message[:MAX_MESSAGE], hint="dynamic_int8 and the forms that are not fused need no such graph") from error
    for node in graph.graph.nodes:
        if node.target is torch.relu or (node.op == "call_method" and node.target == "relu"):
            node.op, node.target = "call_function", torch.nn.functional.relu
    graph.recompile()
    return graph

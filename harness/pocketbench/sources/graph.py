"""What a TensorFlow graph is made of: operations that compute, and weights."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from pocketbench import anatomy

# They pass values on, or read what training left; no converter keeps them.
_NOT_COMPUTING = {
    "Const", "Placeholder", "PlaceholderWithDefault", "Identity", "IdentityN", "NoOp", "StopGradient", "PartitionedCall", "StatefulPartitionedCall",
    "ReadVariableOp", "VarHandleOp", "VariableV2",
}  # fmt: skip


def operations(graph: Any) -> dict[str, int]:
    """Count the operations of a ``tf.Graph`` and of the functions that it calls, each function once."""
    definition = graph.as_graph_def()
    nodes = [*definition.node, *(node for function in definition.library.function for node in function.node_def)]
    return dict(Counter(node.op for node in nodes if node.op not in _NOT_COMPUTING).most_common())


def weights(variables: Iterable[Any]) -> int:
    """Count the elements of kernels and tables: variables of two dimensions or more that are no bias, scale or statistic."""
    return _elements(variable.shape for variable in variables if anatomy.is_weight(str(variable.name), len(variable.shape)))


def constant_weights(graph: Any) -> int:
    """Count the elements of a frozen graph's weights: floating-point constants of two dimensions or more."""
    definition = graph.as_graph_def()
    nodes = [*definition.node, *(node for function in definition.library.function for node in function.node_def)]
    tensors = [node.attr["value"].tensor for node in nodes if node.op == "Const"]
    return _elements([[size.size for size in tensor.tensor_shape.dim] for tensor in tensors if _floating(tensor)])


def _elements(shapes: Iterable[Sequence[int]]) -> int:
    """Add up the elements of all shapes of two dimensions or more."""
    return sum(math.prod(shape) for shape in shapes if len(shape) > 1)


def _floating(tensor: Any) -> bool:
    """Whether a tensor's protocol buffer holds real numbers."""
    import tensorflow as tf

    return bool(tf.dtypes.as_dtype(tensor.dtype).is_floating)

"""ONNX files of one or two operations, written by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import AttributeProto, ModelProto, TensorProto, helper, numpy_helper

Array = np.ndarray[Any, Any]
OPSET = 20


def model(
    nodes: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any], constants: dict[str, Array] | None = None, domains: dict[str, int] | None = None
) -> ModelProto:
    """A model of some nodes; ``domains`` are versions, ONNX's own "" unless it says otherwise."""
    graph = helper.make_graph(
        list(nodes), "g", list(inputs), list(outputs), [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()]
    )
    versions = {"": OPSET, **(domains or {})}
    return helper.make_model(graph, opset_imports=[helper.make_opsetid(domain, version) for domain, version in versions.items()], ir_version=10)


def floats(name: str, *shape: int | str | None) -> Any:
    """An input or output of float32; a word is a size that is open."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def linear(weights: Array, bias: Array, *, rows: int | str = 1) -> bytes:
    """Y = x @ weights + bias: weights (in, out)."""
    node = helper.make_node("Gemm", ["x", "w", "b"], ["y"])
    constants = {"w": weights.astype(np.float32), "b": bias.astype(np.float32)}
    return model([node], [floats("x", rows, len(weights))], [floats("y", rows, weights.shape[1])], constants).SerializeToString()  # type: ignore[no-any-return]


def custom(name: str, domain: str, version: int = 1) -> bytes:
    """One operation of a domain, from x (1, 4) to y (1, 4)."""
    node = helper.make_node(name, ["x"], ["y"], domain=domain)
    return model([node], [floats("x", 1, 4)], [floats("y", 1, 4)], domains={domain: version}).SerializeToString()  # type: ignore[no-any-return]


def external(weights: Array) -> bytes:
    """A product whose weights lie in another file."""
    whole = ModelProto.FromString(linear(weights, np.zeros(weights.shape[1])))
    tensor = whole.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/hostname")
    return whole.SerializeToString()  # type: ignore[no-any-return]


def branching(weights: Array) -> bytes:
    """If the sum of x is over zero x @ weights, else x @ weights[::-1]: constants inside branches, made by an operation."""

    def branch(name: str, array: Array) -> Any:
        nodes = [
            helper.make_node("Constant", [], [f"{name}w"], value=numpy_helper.from_array(array.astype(np.float32), "")),
            helper.make_node("MatMul", ["x", f"{name}w"], [f"{name}y"]),
        ]
        return helper.make_graph(nodes, name, [], [floats(f"{name}y", 1, weights.shape[1])])

    nodes = [
        helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        helper.make_node("Constant", [], ["zero"], value=numpy_helper.from_array(np.float32(0), "")),
        helper.make_node("Greater", ["sum", "zero"], ["over"]),
        helper.make_node("If", ["over"], ["y"], then_branch=branch("then", weights), else_branch=branch("else", weights[::-1].copy())),
    ]
    assert AttributeProto.GRAPH in {attribute.type for attribute in nodes[-1].attribute}
    return model(nodes, [floats("x", 1, len(weights))], [floats("y", 1, weights.shape[1])]).SerializeToString()  # type: ignore[no-any-return]

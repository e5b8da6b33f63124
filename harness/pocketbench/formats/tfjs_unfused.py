"""Fused operations that TensorFlow.js does not run, or not right, taken apart again.

Its converter takes any addition behind a product or a convolution for that of a bias and fuses it (tensorflowjs/converters/normalize_bias_add.py
of 4.22.0), also of what is no vector, as in a residual connection; kernels then say "only supports rank-1 bias".

Its kernel of ``Prelu`` for WebAssembly takes the slope for one of the last axis, whatever its shape
(tfjs-backend-wasm/src/cc/prelu_impl.cc).
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN = {"_FusedMatMul": "MatMul", "_FusedConv2D": "Conv2D", "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative"}
_BIAS = "BiasAdd"
# Activations of one input and no attribute but the dtype.
_ACTIVATIONS = ("Relu", "Relu6", "Elu", "Sigmoid", "Tanh")
_FUSION = ("fused_ops", "num_args", "num_host_args", "epsilon", "leakyrelu_alpha", "TArgs", "host_input_output")
_OWN = {"MatMul": ("T", "transpose_a", "transpose_b")}


FLOAT = {"type": "DT_FLOAT"}
Shapes = Mapping[str, Sequence[int]]


def unfuse(said: Any) -> None:
    """Take apart, in a graph model as ``model.json`` has it, fused additions of what is no constant vector, and slopes that are not of the last axis."""
    shapes = {each["name"]: each["shape"] for group in said["weightsManifest"] for each in group["weights"]}
    graph = said["modelTopology"]
    for nodes in [graph["node"], *(function["nodeDef"] for function in graph.get("library", {}).get("function", []) if "nodeDef" in function)]:
        nodes[:] = [part for node in nodes for part in (_slope(node, shapes) if node["op"] == "Prelu" else _parts(node, shapes))]


def _parts(node: Any, shapes: Shapes) -> Iterator[Any]:
    """A node, or what it is made of, the last under its name."""
    fused = [base64.b64decode(each).decode() for each in node.get("attr", {}).get("fused_ops", {}).get("list", {}).get("s", [])]
    after = fused[1:]
    stays = node["op"] not in _PLAIN or fused[:1] != [_BIAS] or any(each not in _ACTIVATIONS for each in after)
    if stays or len(shapes.get(_name(node["input"][2]), ())) == 1:
        yield node
        return
    kind, name = node["attr"]["T"], node["name"]
    plain = _PLAIN[node["op"]]
    kept = {key: value for key, value in node["attr"].items() if key not in _FUSION and (plain not in _OWN or key in _OWN[plain])}
    yield {"name": f"{name}/product", "op": plain, "input": node["input"][:2], "attr": kept}
    steps = ["AddV2", *after]
    for place, step in enumerate(steps):
        taken = [f"{name}/product", node["input"][2]] if not place else [f"{name}/{steps[place - 1]}"]
        yield {"name": name if step is steps[-1] else f"{name}/{step}", "op": step, "input": taken, "attr": {"T": kind}}


def _slope(node: Any, shapes: Shapes) -> Iterator[Any]:
    """``Prelu``, or what it is: the positive part and the slope times the rest."""
    value, slope = node["input"][:2]
    if all(size == 1 for size in shapes.get(_name(slope), ())[:-1]):
        yield node
        return
    name, attributes = node["name"], {"T": node.get("attr", {}).get("T", FLOAT)}  # the converter makes it without
    parts = (("Relu", [value]), ("Sub", [value, f"{name}/Relu"]), ("Mul", [slope, f"{name}/Sub"]))
    yield from ({"name": f"{name}/{op}", "op": op, "input": taken, "attr": attributes} for op, taken in parts)
    yield {"name": name, "op": "AddV2", "input": [f"{name}/Relu", f"{name}/Mul"], "attr": attributes}


def _name(tensor: str) -> str:
    """The node that a tensor is of."""
    return tensor.partition(":")[0]

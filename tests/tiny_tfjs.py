"""Models of TensorFlow.js of a few operations or layers, written by hand."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SHARD = "group1-shard1of1.bin"
# TensorFlow's word for each dtype that tfjs knows.
WORDS = {"float32": "DT_FLOAT", "int32": "DT_INT32", "bool": "DT_BOOL"}


def write(folder: Path, model: Mapping[str, Any], content: bytes) -> Path:
    """Write ``model.json`` and one shard into the folder, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_text(json.dumps(model), encoding="utf-8")
    (folder / SHARD).write_bytes(content)
    return folder


def manifest(weights: Mapping[str, Array], quantized: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[list[Any], bytes]:
    """The manifest of weights that lie in one shard, and its bytes; ``quantized`` are given as they are kept, with their block."""
    entries, content = [], b""
    for name, array in weights.items():
        block = (quantized or {}).get(name)
        entry = {"name": name, "shape": list(array.shape), "dtype": "float32" if block else array.dtype.name}
        entries.append(entry | ({"quantization": dict(block)} if block else {}))
        content += array.astype(array.dtype.newbyteorder("<")).tobytes()
    return [{"paths": [SHARD], "weights": entries}], content


def node(name: str, operation: str, *inputs: str, **attributes: Any) -> dict[str, Any]:
    """A node of a graph; floats unless its attributes say otherwise."""
    return {"name": name, "op": operation, "input": list(inputs), "attr": {"T": {"type": "DT_FLOAT"}, **attributes}}


def placeholder(name: str, *shape: int, dtype: str = "float32") -> dict[str, Any]:
    """Where an input comes in; -1 is a size that is free."""
    return {"name": name, "op": "Placeholder", "attr": {"dtype": {"type": WORDS[dtype]}, "shape": {"shape": _shape(shape)}}}


def constant(name: str, array: Array) -> dict[str, Any]:
    """The node of a weight, whose elements lie in the shards."""
    word = WORDS.get(array.dtype.name, "DT_FLOAT")
    tensor = {"dtype": word, "tensorShape": _shape(array.shape)}
    return {"name": name, "op": "Const", "attr": {"dtype": {"type": word}, "value": {"tensor": tensor}}}


def info(name: str, *shape: int, dtype: str = "float32") -> dict[str, Any]:
    """What a signature says of one tensor."""
    return {"name": name, "dtype": WORDS[dtype], "tensorShape": _shape(shape)}


def graph(
    nodes: Sequence[Mapping[str, Any]],
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    weights: Mapping[str, Array],
    quantized: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[dict[str, Any], bytes]:
    """A graph model and its shard; the nodes of weights come by themselves. Inputs and outputs as :func:`info` has them."""
    listed, content = manifest(weights, quantized)
    topology = {"node": [*(constant(name, array) for name, array in weights.items()), *nodes], "library": {}, "versions": {"producer": 1882}}
    signature = {"inputs": dict(inputs), "outputs": dict(outputs)}
    return {"format": "graph-model", "signature": signature, "modelTopology": topology, "weightsManifest": listed}, content


def linear(weights: Array, bias: Array, *, rows: int = 1, quantized: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], bytes]:
    """Y = x @ weights + bias: weights (in, out), as a graph model; ``quantized`` is how the given weights are kept."""
    sizes = weights.shape
    kept = weights if quantized else weights.astype(np.float32)
    product = node("product", "MatMul", "x", "w", transpose_a={"b": False}, transpose_b={"b": False})
    nodes = [placeholder("x", rows, sizes[0]), product, node("sum", "BiasAdd", "product", "b"), node("Identity", "Identity", "sum")]
    blocks = {"w": quantized} if quantized else None
    return graph(nodes, {"x": info("x:0", rows, sizes[0])}, {"y": info("Identity:0", rows, sizes[1])}, {"w": kept, "b": bias.astype(np.float32)}, blocks)


def layers(config: Mapping[str, Any], weights: Mapping[str, Array], **more: Any) -> tuple[dict[str, Any], bytes]:
    """A layers model and its shard; ``config`` is the model with its class, ``more`` stands beside the topology."""
    listed, content = manifest(weights)
    topology = {"keras_version": "2.19.0", "backend": "tensorflow", "model_config": dict(config)}
    return {"format": "layers-model", "modelTopology": topology, "weightsManifest": listed, **more}, content


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    """A layer of a Sequential model."""
    return {"class_name": kind, "config": {"name": name, **config}}


def dense(weights: Array, bias: Array, **more: Any) -> tuple[dict[str, Any], bytes]:
    """Y = x @ weights + bias: weights (in, out), as a layers model, Sequential, with a free batch."""
    told = {"units": weights.shape[1], "activation": "linear", "use_bias": True, "dtype": "float32", "batch_input_shape": [None, weights.shape[0]]}
    config = {"class_name": "Sequential", "config": {"name": "tiny", "layers": [layer("Dense", "dense", **told)]}}
    return layers(config, {"dense/kernel": weights.astype(np.float32), "dense/bias": bias.astype(np.float32)}, **more)


def _shape(sizes: Sequence[int]) -> dict[str, Any]:
    """A shape as Protocol Buffers write it: 64 bits as text."""
    return {"dim": [{"size": str(size)} for size in sizes]}

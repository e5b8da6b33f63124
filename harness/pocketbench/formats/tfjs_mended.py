"""What TensorFlow.js does not have, or does not run, written otherwise with the same result.

Loops: tfjs 4.22.0 disposes, at the end of each turn, of tensors that the turn put into a list (``GraphExecutor._executeAsync`` in
tfjs-converter/src/executor/graph_executor.ts; the same symptom: https://github.com/tensorflow/tfjs/issues/7422), and recurrent layers are
such loops. Where the number of steps is known they are written out, one after another.

Groups of channels: a convolution of tfjs has none ("depth of input must match input depth for filter", tfjs-core/src/ops/conv2d.ts).

``Erfc``, which TensorFlow makes of an exact GELU: tfjs has ``Erf``, and erfc(x) = 1 - erf(x).

Variables that are read more than once: what freezes a graph keeps a copy for each reading.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pocketbench.errors import Refused

LIMIT = "https://github.com/tensorflow/tfjs/issues/7422"
# A step of an LSTM is about 15 operations: beyond this, model.json alone has megabytes.
MOST_STEPS = 512
_LOOPS, _LISTS = ("While", "StatelessWhile"), "TensorList"


def rewrite(model: Any) -> None:
    """Let layers of a Keras model, those inside others too, be written otherwise: recurrent ones as steps, grouped convolutions as several."""
    for layer in model._flatten_layers():  # noqa: SLF001 - there is no public way to the layers inside layers
        if hasattr(layer, "unroll"):
            layer.unroll = _steps(layer) <= MOST_STEPS
        if getattr(layer, "groups", 1) != 1 and hasattr(layer, "convolution_op"):
            layer.convolution_op = _by_groups(layer)


def mend(folder: str) -> None:
    """Write a SavedModel on the disk again, without ``Erfc``, and so that a function reads each variable once."""
    from tensorflow.core.protobuf import saved_model_pb2

    file = Path(folder) / "saved_model.pb"
    kept = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    for meta in kept.meta_graphs:
        meta.graph_def.node.extend(list(_replaced(meta.graph_def.node, "", "")))
        for function in meta.graph_def.library.function:
            renamed = {f"{node.name}:y:0": f"{node.name}:z:0" for node in function.node_def if node.op == "Erfc"} | _reads(function.node_def)
            function.node_def.extend(list(_replaced(function.node_def, ":output:0", ":y:0")))
            for node in function.node_def:
                node.input[:] = [renamed.get(name, name) for name in node.input]
            for name, tensor in function.ret.items():
                function.ret[name] = renamed.get(tensor, tensor)
    file.write_bytes(kept.SerializeToString(deterministic=True))


def check_loops(topology: Any) -> None:
    """Raise Refused (known-limit) for a converted graph with a loop that writes a list, which tfjs does not run on every back end."""
    functions = topology.get("library", {}).get("function", [])
    looping = any(node["op"] in _LOOPS for node in [*topology["node"], *(node for each in functions for node in each.get("nodeDef", []))])
    if looping and any(node["op"].startswith(_LISTS) for each in functions for node in each.get("nodeDef", [])):
        message = f"TensorFlow.js disposes of what a loop writes into a list ({LIMIT}); of recurrent layers up to {MOST_STEPS} steps are written out"
        raise Refused("known-limit", message, hint="the form layers has recurrent layers of its own")


def _steps(layer: Any) -> float:
    """How many steps a recurrent layer was built for; infinitely many where that is not known."""
    shape = next(iter((getattr(layer, "_build_shapes_dict", None) or {}).values()), None) or (None, None)
    return float("inf") if len(shape) <= 1 or shape[1] is None else float(shape[1])


def _by_groups(layer: Any) -> Callable[[Any, Any], Any]:
    """A grouped convolution as one for each group."""
    from keras import ops

    whole, axis = layer.convolution_op, 1 if layer.data_format == "channels_first" else -1

    def convolution(inputs: Any, kernel: Any) -> Any:
        pairs = zip(ops.split(inputs, layer.groups, axis), ops.split(kernel, layer.groups, -1), strict=True)
        return ops.concatenate([whole(piece, part) for piece, part in pairs], axis)

    return convolution


def _reads(nodes: Any) -> dict[str, str]:
    """What is read of a variable again, by what was read of it first: steps that were written out each read it, and each would keep a copy."""
    first: dict[str, str] = {}
    return {f"{node.name}:value:0": first.setdefault(node.input[0], f"{node.name}:value:0") for node in nodes if node.op == "ReadVariableOp"}


def _replaced(nodes: Any, of_constant: str, of_erf: str) -> Iterator[Any]:
    """Turn each ``Erfc`` into 1 - erf(x), keeping its name; give the new nodes. The texts are what follows a node's name where it is an input."""
    from tensorflow.core.framework import node_def_pb2

    for node in [each for each in nodes if each.op == "Erfc"]:
        kind = node.attr["T"]
        one = node_def_pb2.NodeDef(name=f"{node.name}/one", op="Const")
        one.attr["dtype"].CopyFrom(kind)
        one.attr["value"].tensor.CopyFrom(_one(kind.type))
        erf = node_def_pb2.NodeDef(name=f"{node.name}/erf", op="Erf", input=node.input)
        erf.attr["T"].CopyFrom(kind)
        node.op = "Sub"
        node.input[:] = [one.name + of_constant, erf.name + of_erf]
        yield one
        yield erf


def _one(dtype: int) -> Any:
    """The number 1, as a graph keeps it."""
    import tensorflow as tf

    return tf.make_tensor_proto(1, dtype=tf.as_dtype(dtype))

"""The folder of a TensorFlow.js model: how its weights are kept, and the same bytes for the same model."""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketbench.errors import Refused

FILE = "model.json"
# What tfjs' converter is told, by technique: every tensor of floats, biases too, is kept so.
KEPT_AS: Mapping[str, dict[str, bool] | None] = {
    "float32": None,
    "float16": {"float16": True},
    "weights_uint8": {"uint8": True},
    "weights_uint16": {"uint16": True},
}
# The converter's own; browsers keep files up to this size in their caches (tensorflowjs/write_weights.py).
SHARD_BYTES = 4 * 1024 * 1024
SEPARABLE = ("SeparableConv1D", "SeparableConv2D")
OF_KERNELS = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output of a model: what it is called inside, its dtype as a graph numbers it, its shape, -1 where free."""

    name: str
    dtype: str
    shape: tuple[int, ...]


def copied(source: Path, place: Path) -> None:
    """Copy a ready-made model: ``model.json`` and the shards beside it."""
    shutil.copytree(source, place)


def read(place: Path) -> Any:
    """What the converter wrote into ``model.json``, as JSON builtins."""
    return json.loads((place / FILE).read_text(encoding="utf-8"))


def settle_graph(place: Path, said: Any, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    """Settle a graph model's ``model.json``, of which ``said`` is what to say.

    ``inputs`` and ``outputs`` are the graph's tensors by the names to call them by, in order. Raises Refused (converter-error) where the
    graph has not just these.
    """
    signature = said["signature"]
    _complete(said["modelTopology"]["node"], signature["inputs"].values())
    _settle(place, said, _named(signature["inputs"], inputs, "input"), _named(signature["outputs"], outputs, "output"))


def settle_layers(place: Path, inputs: Mapping[str, Port], outputs: Mapping[str, Port]) -> None:
    """Settle a layers model's ``model.json``, and say beside its layers what goes in and out, which they do not."""
    said = read(place)
    _leave_out(said["modelTopology"])
    _settle(place, said, {name: _info(port) for name, port in inputs.items()}, {name: _info(port) for name, port in outputs.items()})


def _complete(nodes: list[Any], taken: Iterable[Mapping[str, Any]]) -> None:
    """Give a graph the inputs that nothing reads, which the converter leaves out of it and not out of its signature: tfjs takes no others than it has."""
    there = {node["name"] for node in nodes}
    for each in taken:
        name = each["name"].partition(":")[0]
        if name not in there:
            nodes.append({"name": name, "op": "Placeholder", "attr": {"dtype": {"type": each["dtype"]}, "shape": {"shape": each.get("tensorShape", {})}}})


def _leave_out(value: Any) -> None:
    """Leave out of separable convolutions what Keras writes for any convolution, and tfjs does not take for these."""
    if isinstance(value, dict):
        if value.get("class_name") in SEPARABLE:
            value["config"] = {key: each for key, each in value["config"].items() if key not in OF_KERNELS}
        for each in value.values():
            _leave_out(each)
    for each in value if isinstance(value, list) else ():
        _leave_out(each)


def _settle(place: Path, said: Any, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Write ``model.json`` again, the same whenever it is made: what has no order comes sorted, inputs and outputs as given."""
    found = {**_sorted(said), "signature": {"inputs": inputs, "outputs": outputs}}
    (place / FILE).write_text(json.dumps(found, separators=(",", ":")), encoding="utf-8")


def _sorted(value: Any) -> Any:
    """A JSON value whose objects have their keys in sorted order."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _named(said: Mapping[str, Any], wanted: Mapping[str, str], what: str) -> dict[str, Any]:
    """What a signature says of each tensor, under other names: the converter calls tensors of one shape by names of its own."""
    known = {each["name"]: _sorted(each) for each in said.values()}
    if set(known) != set(wanted.values()):
        lost: Sequence[str] = [name for name, tensor in wanted.items() if tensor not in known]
        message = f"the converter kept {len(known)} of {len(wanted)} {what}s" + (f"; it lost {', '.join(lost)}" if lost else "")
        raise Refused("converter-error", message[:300], hint=f"the model has {what}s that it does not use" if what == "input" else "")
    return {name: known[tensor] for name, tensor in wanted.items()}


def _info(port: Port) -> dict[str, Any]:
    """What a signature says of one tensor."""
    return {"name": port.name, "dtype": port.dtype, "tensorShape": {"dim": [{"size": str(size)} for size in port.shape]}}

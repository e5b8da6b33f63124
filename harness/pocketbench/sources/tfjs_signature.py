"""The signature of a TensorFlow.js model, completed: sizes that a suite says, and those that TensorFlow.js itself knows alone.

It stands in ``model.json`` and says what goes in and out. Those of graphs may lack sizes, layers models have none.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pocketbench.model import Tensor
from pocketbench.tfjs_shards import FILE

WORDS = {"float32": "DT_FLOAT", "int32": "DT_INT32", "bool": "DT_BOOL"}


def complete(model: Path, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
    """Write into the folder's ``model.json``, which was read before, what goes in and out, in this order; what else the signature says stays."""
    file = model / FILE
    said = json.loads(file.read_bytes())
    metadata = said.get("userDefinedMetadata") or {}
    before = metadata.pop("signature", None) or said.get("signature") or {}
    said["signature"] = {
        **before,
        "inputs": _entries(inputs, before.get("inputs") or {}),
        "outputs": _entries(outputs, before.get("outputs") or {}),
    }
    file.write_text(json.dumps(said, separators=(",", ":")), encoding="utf-8")


def _entries(tensors: Sequence[Tensor], before: dict[str, Any]) -> dict[str, Any]:
    """One entry a tensor; those that TensorFlow.js fills itself stay behind them."""
    named = {each.name: {**before.get(each.name, {"name": each.name}), **_described(each)} for each in tensors}
    return {**named, **{name: entry for name, entry in before.items() if name not in named}}


def _described(tensor: Tensor) -> dict[str, Any]:
    """Dtype and sizes, as Protocol Buffers write them: 64 bits as text."""
    return {"dtype": WORDS[tensor.dtype], "tensorShape": {"dim": [{"size": str(size)} for size in tensor.shape]}}

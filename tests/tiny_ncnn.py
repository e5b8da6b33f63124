"""Models of ncnn of a few layers, written by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
HALVES = (0x01306B47).to_bytes(4, "little")
PLAIN = bytes(4)


def model(folder: Path, lines: Sequence[str], content: bytes, sizes: tuple[int, int] = (4, 3), *, halves: bool = False) -> Path:
    """Write the folder ``model.ncnn``: layers but for the input, their weights, how many numbers go in and come out."""
    path = folder / "model.ncnn"
    path.mkdir(exist_ok=True)
    text = ["7767517", f"{len(lines) + 1} 99", "Input in0 0 1 in0", *lines]
    (path / "model.ncnn.param").write_text("\n".join(text) + "\n", encoding="utf-8")
    (path / "model.ncnn.bin").write_bytes(content)
    (inputs, outputs) = ([{"name": name, "shape": [1, size], "dtype": "float32"}] for name, size in zip("xy", sizes, strict=True))
    said = {"inputs": inputs, "outputs": outputs, "input_batches": [0], "output_batches": [0], "halves": halves}
    (path / "tensors.json").write_text(json.dumps(said), encoding="utf-8")
    return path


def linear(folder: Path, weights: Array, bias: Array, *, halves: bool = False) -> Path:
    """Y = x @ weights + bias: weights (in, out)."""
    outer = weights.T.astype("<f2" if halves else "<f4").tobytes()
    content = (HALVES if halves else PLAIN) + outer + bytes(-len(outer) % 4) + bias.astype("<f4").tobytes()
    line = f"InnerProduct dense 1 1 in0 out0 0={weights.shape[1]} 1=1 2={weights.size}"
    return model(folder, [line], content, (weights.shape[0], weights.shape[1]), halves=halves)

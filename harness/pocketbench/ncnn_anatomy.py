"""What is inside a model of ncnn: its weights, layers, inputs and outputs."""

import dataclasses
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import anatomy, kernels, ncnn_layers, ncnn_reader
from pocketbench.anatomy import Weights
from pocketbench.kernels import Count
from pocketbench.model import DEPTHWISE, KERNEL, Anatomy, Kernel
from pocketbench.ncnn_layers import Layer, Weight

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# What a record keeps of the weight tensors: the largest, and the end of their names, where they differ.
MAX_KERNELS = 1000
LONGEST_NAME = 120
# A constant, its copies, and what multiplies with it.
CONSTANT, COPY, PRODUCT = "MemoryData", "Split", "MatMul"
# Layers that compute nothing: where rows come in.
NOTHING = ("Input",)


def anatomy_of(folder: Path) -> Anatomy:
    """Look inside a folder ``model.ncnn``. Raises Refused (engine-cannot-read) when a file of it is not whole."""
    said, layers, files = ncnn_reader.described(folder), ncnn_reader.layers(folder), anatomy.files(folder)
    found = _weights(folder, layers)
    return Anatomy(
        size_bytes=anatomy.size_bytes(files), zip_bytes=anatomy.zip_bytes(files), parameters=found.elements, parameters_quantized=found.quantized,
        parameters_by_dtype=dict(found.by_dtype), zeros=found.zeros, unique_values=found.unique, operations=_operations(layers), inputs=said.inputs,
        outputs=said.outputs, kernels=tuple(sorted(found.kernels, key=lambda one: -one.elements)[:MAX_KERNELS]),
    )  # fmt: skip


def _weights(folder: Path, layers: tuple[Layer, ...]) -> Weights:
    """Count the kernels, tables and matrices; no biases, scales or statistics."""
    found = Weights()
    multiplied = _multiplied(layers)
    for layer, loaded, values, dtype in ncnn_reader.weights(folder, layers):
        weight = multiplied.get(layer.name, loaded) if layer.type == CONSTANT else loaded
        if weight.kind and values.size:
            count = _counted(weight, values)
            found.count(dtype, count)
            found.kernels.append(_kernel(f"{layer.name}.{weight.name}", weight, dtype, count))
    return found


def _multiplied(layers: tuple[Layer, ...]) -> dict[str, Weight]:
    """The constants that a product has as its right side, by their layers' names: kernels of (inputs, outputs), or the other way round."""
    made = {name: layer for layer in layers if layer.type in (CONSTANT, COPY) for name in layer.outputs}
    found: dict[str, Weight] = {}
    for layer in layers:
        right = layer.inputs[1] if layer.type == PRODUCT and len(layer.inputs) > 1 else ""
        while right in made and made[right].type == COPY:
            right = made[right].inputs[0]
        if right in made:
            [constant] = ncnn_layers.loads(made[right])
            found[made[right].name] = dataclasses.replace(constant, kind=KERNEL, outputs_last=not layer.whole(0))
    return found


def _kernel(name: str, weight: Weight, dtype: str, count: Count) -> Kernel:
    """What a record keeps of a weight tensor."""
    return Kernel(
        name=name[-LONGEST_NAME:], kind=weight.kind, shape=weight.shape, dtype=dtype, elements=count.elements, zeros=count.zero_share,
        unique_values=count.values, channel_values=count.channel_values, two_of_four=count.two_of_four,
    )  # fmt: skip


def _counted(weight: Weight, values: "Array") -> Count:
    """Count one weight; a kernel by its output channels, with the input axis innermost."""
    import numpy as np

    if weight.kind not in (KERNEL, DEPTHWISE) or values.ndim == 1:
        return kernels.counted_stored(values)
    ordered = values.swapaxes(0, -1) if weight.outputs_last else values
    rows = np.moveaxis(ordered, 1, -1).reshape(len(ordered), -1)
    return kernels.counted(kernels.pieces(rows), inner=ordered.shape[1])


def _operations(layers: tuple[Layer, ...]) -> dict[str, int]:
    """How many layers there are of each type, the most frequent first."""
    counted = Counter(layer.type for layer in layers if layer.type not in NOTHING)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

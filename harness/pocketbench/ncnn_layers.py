"""The layers of ncnn: what each loads, in its order, by its numbers.

``load_param`` and ``load_model`` of each layer in ncnn's src/layer.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# How a product's third constant is spread over it: there is none; not at all, it is as large.
NONE, WHOLE = -1, 3


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight: which of its layer's it is, its shape, what it is for ("" for no kernel or table).

    The output channels are the first axis and the inputs the second, unless ``outputs_last``. ``tagged``: how its numbers are written is said before them.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    tagged: bool = True
    outputs_last: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: what it does, its name, the blobs that go in and come out, its numbers by their ids."""

    type: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    numbers: Mapping[int, float]

    def whole(self, number: int, default: int = 0) -> int:
        """One of its numbers as a whole one."""
        return int(self.numbers.get(number, default))


def loads(layer: Layer) -> list[Weight]:
    """What a layer loads, in its order. Raises ValueError, ArithmeticError or KeyError when its numbers do not go together."""
    return _LOADS[layer.type](layer) if layer.type in _LOADS else []


def _convolution(layer: Layer) -> list[Weight]:
    """(O, I, [D, H,] W), then a bias."""
    outputs, size, groups = layer.whole(0), layer.whole(6), layer.whole(7, 1)
    window = _window(layer)
    inputs = _share(size, outputs * math.prod(window))
    kind = "depthwise" if groups > 1 and inputs == 1 else "kernel"
    return [Weight("weight", (outputs, inputs, *window), kind), *_bias(layer, 5, outputs)]


def _window(layer: Layer) -> tuple[int, ...]:
    """The size of a convolution's window; the height and depth are the width where they are not said."""
    width = layer.whole(1)
    if "1D" in layer.type:
        return (width,)
    height = layer.whole(11, width)
    return (layer.whole(21, width), height, width) if "3D" in layer.type else (height, width)


def _dense(layer: Layer) -> list[Weight]:
    """(O, I), then a bias."""
    outputs = layer.whole(0)
    return [Weight("weight", (outputs, _share(layer.whole(2), outputs)), "kernel"), *_bias(layer, 1, outputs)]


def _table(layer: Layer) -> list[Weight]:
    """(rows, numbers of each), then a bias."""
    return [Weight("weight", (layer.whole(1), layer.whole(0)), "table"), *_bias(layer, 2, layer.whole(0))]


def _recurrent(gates: int, biases: int) -> Callable[[Layer], list[Weight]]:
    """What a recurrent layer loads: the kernel of its input, biases, the kernel of its state and, of an LSTM, a projection."""

    def loaded(layer: Layer) -> list[Weight]:
        outputs, both = layer.whole(0), 1 + (layer.whole(2) == 2)
        hidden = layer.whole(3, outputs) or outputs if gates == 4 else outputs
        inputs = _share(layer.whole(1), both * hidden * gates)
        projection = [Weight("projection", (both * outputs, hidden), "kernel")] if hidden != outputs else []
        return [
            Weight("input", (both * hidden * gates, inputs), "kernel"), Weight("bias", (both, biases, hidden), ""),
            Weight("state", (both * hidden * gates, outputs), "kernel"), *projection,
        ]  # fmt: skip

    return loaded


def _attention(layer: Layer) -> list[Weight]:
    """Query, key, value and output, (O, I) each with a bias behind it."""
    inner, size = layer.whole(0), layer.whole(2)
    outer = _share(size, inner)
    sizes = {"query": (inner, outer), "key": (inner, layer.whole(3, inner)), "value": (inner, layer.whole(4, inner)), "out": (outer, inner)}
    both = [(Weight(name, shape, "kernel"), Weight(f"{name}_bias", shape[:1], "", tagged=False)) for name, shape in sizes.items()]
    return [weight for pair in both for weight in pair]


def _product(layer: Layer) -> list[Weight]:
    """Those of A, B and C that are constants."""
    rows, columns, inner, found = layer.whole(7), layer.whole(8), layer.whole(9), []
    if layer.whole(4):
        found.append(Weight("a", (inner, rows) if layer.whole(2) else (rows, inner), "kernel", outputs_last=bool(layer.whole(2))))
    if layer.whole(5):
        found.append(Weight("b", (columns, inner) if layer.whole(3) else (inner, columns), "kernel", outputs_last=not layer.whole(3)))
    spread = layer.whole(10)
    if layer.whole(6) and spread != NONE:
        shape = {0: (1,), 1: (rows,), 2: (rows,), WHOLE: (rows, columns), 4: (columns,)}[spread]
        found.append(Weight("c", shape, "matrix" if spread == WHOLE else ""))
    return found


def _memory(layer: Layer) -> list[Weight]:
    """One constant, of as many dimensions as it has sizes."""
    sizes = tuple(size for size in (layer.whole(2), layer.whole(11), layer.whole(1), layer.whole(0)) if size)
    return [Weight("data", sizes, "matrix" if sum(size > 1 for size in sizes) > 1 else "", tagged=layer.whole(21, 1) == 0)]


def _vectors(size: int, count: int, unless: int = 0) -> Callable[[Layer], list[Weight]]:
    """What a layer loads that has only vectors: ``count`` of the size that number ``size`` says, none where number ``unless`` is 0."""

    def loaded(layer: Layer) -> list[Weight]:
        there = not unless or layer.whole(unless, 1)
        return [Weight(f"vector{place}", (layer.whole(size),), "", tagged=False) for place in range(count)] if there else []

    return loaded


def _scale(layer: Layer) -> list[Weight]:
    """A scale, unless it comes as an input, and a bias."""
    size = layer.whole(0)
    return [Weight("scale", (size,), "", tagged=False), *_bias(layer, 1, size)] if size != -233 else []


def _bias(layer: Layer, number: int, size: int) -> list[Weight]:
    """A bias where the layer says that it has one."""
    return [Weight("bias", (size,), "", tagged=False)] if layer.whole(number) else []


def _share(size: int, by: int) -> int:
    """What is left of a size. Raises ValueError where it does not come out even."""
    if size % by:
        raise ValueError(f"{size} weights are no multiple of {by}")
    return size // by


_LOADS: Mapping[str, Callable[[Layer], list[Weight]]] = {
    **dict.fromkeys(
        ("Convolution", "ConvolutionDepthWise", "Deconvolution", "DeconvolutionDepthWise", "Convolution1D", "ConvolutionDepthWise1D", "Deconvolution1D",
         "DeconvolutionDepthWise1D", "Convolution3D", "ConvolutionDepthWise3D", "Deconvolution3D", "DeconvolutionDepthWise3D"), _convolution,
    ),
    "InnerProduct": _dense, "Embed": _table, "LSTM": _recurrent(4, 4), "GRU": _recurrent(3, 4), "RNN": _recurrent(1, 1),
    "MultiHeadAttention": _attention, "Gemm": _product, "MemoryData": _memory,
    "BatchNorm": _vectors(0, 4), "LayerNorm": _vectors(0, 2, unless=2), "RMSNorm": _vectors(0, 1, unless=2), "InstanceNorm": _vectors(0, 2, unless=2),
    "GroupNorm": _vectors(1, 2, unless=3), "PReLU": _vectors(0, 1), "Bias": _vectors(0, 1), "Scale": _scale,
}  # fmt: skip

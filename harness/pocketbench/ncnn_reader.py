"""A model of ncnn as plain tuples: the layers of ``model.ncnn.param`` and where each of their weights lies in ``model.ncnn.bin``. Nothing is executed.

The files may be damaged: their sizes are bounded, and every weight is held against the end of the file before it is looked at.
The text: ncnn's wiki, "param and model file structure". The weights and their order: each layer's ``load_param`` and
``load_model`` in ncnn's src/layer, and ``ModelBinFromDataReader::load`` in its src/modelbin.cpp.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pocketbench.errors import Refused
from pocketbench.model import Tensor

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FOLDER, PARAM, BIN, TENSORS = "model.ncnn", "model.ncnn.param", "model.ncnn.bin", "tensors.json"
MAGIC = "7767517"
MAX_TEXT_BYTES, MAX_LAYERS = 1 << 26, 1 << 20
# What a weight begins with that is not plain float32: halves, and bytes of 256 shared values are another thing.
_PLAIN, _HALVES = 0, 0x01306B47
# How a product's third constant is spread over it: not at all, it is as large.
WHOLE = 3
# Ids of parameters that are lists begin here.
_LISTS = -23300


class Described(msgspec.Struct, frozen=True):
    """What the files do not say: inputs and outputs with a batch of 1, which axis of each is the batch (233: none), whether weights are halves."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    input_batches: tuple[int, ...]
    output_batches: tuple[int, ...]
    halves: bool = False


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
    """One layer: what it does, its name, its numbers by their ids."""

    type: str
    name: str
    numbers: Mapping[int, float]

    def whole(self, number: int, default: int = 0) -> int:
        """One of its numbers as a whole one."""
        return int(self.numbers.get(number, default))


def described(folder: Path) -> Described:
    """What the folder says of its inputs and outputs. Raises Refused (engine-cannot-read)."""
    try:
        return msgspec.json.decode((folder / TENSORS).read_bytes(), type=Described)
    except (OSError, msgspec.MsgspecError) as error:
        raise _unreadable(folder / TENSORS, str(error)) from error


def layers(folder: Path) -> tuple[Layer, ...]:
    """The layers in their order. Raises Refused (engine-cannot-read) when the text is not whole."""
    path = folder / PARAM
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise ValueError(f"it has more than {MAX_TEXT_BYTES} bytes")
        lines = path.read_text(encoding="utf-8").splitlines()
        if lines[:1] != [MAGIC]:
            raise ValueError("it does not begin as one")
        count = int(lines[1].split()[0])
        found = tuple(map(_layer, filter(str.strip, lines[2:])))
        if len(found) != count or count > MAX_LAYERS:
            raise ValueError(f"it has {len(found)} layers and says {count}")
    except (OSError, ValueError, IndexError) as error:
        raise _unreadable(path, str(error)) from error
    return found


def weights(folder: Path, of: tuple[Layer, ...]) -> Iterator[tuple[Layer, Weight, "Array", str]]:
    """Each weight of the layers, in their order, with its elements as a view and their dtype. Raises Refused (engine-cannot-read)."""
    import numpy as np

    path = folder / BIN
    content = np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)
    at = 0
    for layer in of:
        for weight in _weights(layer, path):
            values, dtype, at = _read(content, at, weight, path)
            yield layer, weight, values, dtype
    if at != len(content):
        raise _unreadable(path, f"it has {len(content)} bytes, and the layers have {at}")


def _layer(line: str) -> Layer:
    """One line: type, name, how many blobs go in and out, their names, then the numbers. Raises ValueError, IndexError."""
    words = line.split()
    blobs = int(words[2]) + int(words[3])
    if blobs < 0 or len(words) < 4 + blobs:
        raise ValueError(f"a layer ends early: {line[:80]!r}")
    numbers: dict[int, float] = {}
    for word in words[4 + blobs :]:
        key, _, value = word.partition("=")
        if int(key) > _LISTS:
            numbers[int(key)] = float(value)
    if not all(map(math.isfinite, numbers.values())):
        raise ValueError(f"a number is none: {line[:80]!r}")
    return Layer(words[0], words[1], numbers)


def _weights(layer: Layer, path: Path) -> list[Weight]:
    """What a layer loads, in its order. Raises Refused when its numbers do not go together."""
    try:
        found = _LOADS[layer.type](layer) if layer.type in _LOADS else []
        if any(size < 0 for weight in found for size in weight.shape):
            raise ValueError("a size is below 0")
    except (ValueError, ZeroDivisionError, OverflowError, KeyError) as error:
        raise _unreadable(path.parent / PARAM, f"layer {layer.name[:80]}: {error}") from error
    return found


def _read(content: "Array", at: int, weight: Weight, path: Path) -> tuple["Array", str, int]:
    """The elements of one weight that begins at a byte, their dtype, and where the next begins."""
    import numpy as np

    elements = math.prod(weight.shape)
    tag = int(content[at : at + 4].view("<u4")[0]) if weight.tagged and at + 4 <= len(content) else _PLAIN
    if tag not in (_PLAIN, _HALVES):
        raise _unreadable(path, f"weight {weight.name} is written in a way that is not known: {tag:#x}")
    begin = at + 4 * weight.tagged
    dtype = np.dtype("<f2" if tag == _HALVES else "<f4")
    size = elements * dtype.itemsize
    if begin + size > len(content):
        raise _unreadable(path, f"weight {weight.name} needs {size} bytes, and there are {max(0, len(content) - begin)}")
    values = content[begin : begin + size].view(dtype).reshape(weight.shape)
    return values, "float16" if tag == _HALVES else "float32", begin + -(-size // 4) * 4


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

    def loads(layer: Layer) -> list[Weight]:
        outputs, both = layer.whole(0), 1 + (layer.whole(2) == 2)
        hidden = layer.whole(3, outputs) or outputs if gates == 4 else outputs
        inputs = _share(layer.whole(1), both * hidden * gates)
        projection = [Weight("projection", (both * outputs, hidden), "kernel")] if hidden != outputs else []
        return [
            Weight("input", (both * hidden * gates, inputs), "kernel"), Weight("bias", (both, biases, hidden), ""),
            Weight("state", (both * hidden * gates, outputs), "kernel"), *projection,
        ]  # fmt: skip

    return loads


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
    if layer.whole(6):
        shape = {-1: (0,), 0: (1,), 1: (rows,), 2: (rows,), 3: (rows, columns), 4: (columns,)}[layer.whole(10)]
        found.append(Weight("c", shape, "matrix" if layer.whole(10) == WHOLE else ""))
    return found


def _memory(layer: Layer) -> list[Weight]:
    """One constant, of as many dimensions as it has sizes."""
    sizes = tuple(size for size in (layer.whole(2), layer.whole(11), layer.whole(1), layer.whole(0)) if size)
    return [Weight("data", sizes, "matrix" if sum(size > 1 for size in sizes) > 1 else "", tagged=layer.whole(21, 1) == 0)]


def _vectors(size: int, count: int, unless: int = 0) -> Callable[[Layer], list[Weight]]:
    """What a layer loads that has only vectors: ``count`` of the size that number ``size`` says, none where number ``unless`` is 0."""

    def loads(layer: Layer) -> list[Weight]:
        there = not unless or layer.whole(unless, 1)
        return [Weight(f"vector{place}", (layer.whole(size),), "", tagged=False) for place in range(count)] if there else []

    return loads


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


def _unreadable(path: Path, why: str) -> Refused:
    """A file that is not whole."""
    return Refused("engine-cannot-read", f"{path.name} is not whole: {why}"[:300], hint="copy or convert it again")

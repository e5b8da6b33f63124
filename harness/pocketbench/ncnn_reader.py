"""A model of ncnn as plain tuples: the layers of ``model.ncnn.param`` and where each of their weights lies in ``model.ncnn.bin``. Nothing is executed.

The files may be damaged: their sizes are bounded, and every weight is held against the end of the file before it is looked at.
The text: ncnn's wiki, "param and model file structure". The weights: ``ModelBinFromDataReader::load`` in ncnn's src/modelbin.cpp.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pocketbench.errors import Refused
from pocketbench.model import Tensor
from pocketbench.ncnn_layers import Layer, Weight, loads

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FOLDER, PARAM, BIN, TENSORS = "model.ncnn", "model.ncnn.param", "model.ncnn.bin", "tensors.json"
MAGIC = "7767517"
MAX_TEXT_BYTES, MAX_LAYERS = 1 << 26, 1 << 20
# What a weight begins with that is not plain float32: halves, and bytes of 256 shared values are another thing.
_PLAIN, _HALVES = 0, 0x01306B47
# A parameter of a layer: its id and a number, a list or, in quotes, a text.
_GIVEN = re.compile(r'(-?\d+)=("[^"]*"|\S+)')
# Ids of parameters that are lists begin here.
_LISTS = -23300


class Described(msgspec.Struct, frozen=True):
    """What the files do not say: inputs and outputs with a batch of 1, which axis of each is the batch (233: none), whether weights are halves."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    input_batches: tuple[int, ...]
    output_batches: tuple[int, ...]
    halves: bool = False


def described(folder: Path) -> Described:
    """What the folder says of its inputs and outputs. Raises Refused (engine-cannot-read)."""
    try:
        return msgspec.json.decode((folder / TENSORS).read_bytes(), type=Described)
    except (OSError, ValueError) as error:  # msgspec raises those of texts that are not UTF-8 as they are
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
    try:
        content = np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)
    except OSError as error:
        raise _unreadable(path, str(error)) from error
    at = 0
    for layer in of:
        for weight in _weights(layer, path):
            values, dtype, at = _read(content, at, weight, path)
            yield layer, weight, values, dtype
    if at != len(content):
        raise _unreadable(path, f"it has {len(content)} bytes, and the layers have {at}")


def _layer(line: str) -> Layer:
    """One line: type, name, how many blobs go in and out, their names, then the numbers; texts and lists among these say nothing of weights.

    Raises ValueError, IndexError.
    """
    words = line.split()
    takes, gives = int(words[2]), int(words[3])
    if takes < 0 or gives < 0 or len(words) < 4 + takes + gives:
        raise ValueError(f"a layer ends early: {line[:80]!r}")
    given = _GIVEN.findall(" ".join(words[4 + takes + gives :]))
    numbers = {int(key): float(value) for key, value in given if int(key) > _LISTS and not value.startswith('"')}
    if not all(map(math.isfinite, numbers.values())):
        raise ValueError(f"a number is none: {line[:80]!r}")
    return Layer(words[0], words[1], tuple(words[4 : 4 + takes]), tuple(words[4 + takes : 4 + takes + gives]), numbers)


def _weights(layer: Layer, path: Path) -> list[Weight]:
    """What a layer loads. Raises Refused when its numbers do not go together."""
    try:
        found = loads(layer)
        if any(size < 0 for weight in found for size in weight.shape):
            raise ValueError("a size is below 0")
    except (ValueError, ArithmeticError, KeyError) as error:
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


def _unreadable(path: Path, why: str) -> Refused:
    """A file that is not whole."""
    return Refused("engine-cannot-read", f"{path.name} is not whole: {why}"[:300], hint="copy or convert it again")

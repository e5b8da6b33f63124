"""Rows to raw tensor files in an artifact's own dtype and layout, and back to real numbers.

Runners neither quantise nor transpose: what an artifact wants is made here, what it says is read here.
"""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import Refused
from pocketbench.model import Tensor
from pocketbench.protocol import TensorFile

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def stored(real: "Array", tensor: Tensor) -> "Array":
    """Turn real numbers into a tensor's dtype: quantised by its scale and zero point where it has them."""
    import numpy as np

    if not tensor.scale:
        return real.astype(tensor.dtype)
    limits = np.iinfo(tensor.dtype)
    steps: Array = np.rint(real / tensor.scale) + tensor.zero_point
    return np.clip(steps, limits.min, limits.max).astype(tensor.dtype)


def argument_names(inputs: Sequence[Tensor]) -> list[str]:
    """Names for inputs that TensorFlow takes as names of arguments: their own, or ``input_<place>`` where those are none or not all different."""
    plain = [each.name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", each.name) else f"input_{index}" for index, each in enumerate(inputs)]
    return plain if len(set(plain)) == len(plain) else [f"input_{index}" for index in range(len(inputs))]


def real(raw: "Array", tensor: Tensor) -> "Array":
    """Turn stored numbers into float64: (stored - zero_point) * scale where the tensor is quantised."""
    import numpy as np

    values = raw.astype(np.float64)
    return (values - tensor.zero_point) * tensor.scale if tensor.scale else values


def files(what: str, tensors: tuple[Tensor, ...]) -> tuple[TensorFile, ...]:
    """Name the files that hold ``what``, input or output: one a tensor, all rows in each."""
    return tuple(TensorFile(tensor.name, f"{what}{index}.bin", _one_row(tensor.shape), tensor.dtype) for index, tensor in enumerate(tensors))


def row_bytes(file: TensorFile) -> int:
    """Bytes of one row of a file."""
    import numpy as np

    return math.prod(file.shape) * np.dtype(file.dtype).itemsize


def write_inputs(arrays: list["Array"], tensors: tuple[Tensor, ...], folder: Path) -> None:
    """Write one raw little-endian file an input; ``arrays`` are in the artifact's order, rows first. Raises Refused."""
    for array, tensor, file in zip(arrays, tensors, files("input", tensors), strict=True):
        wanted = (len(array), *file.shape[1:])
        if array.shape != wanted:
            raise Refused("shape-mismatch", f"input {tensor.name} takes rows of shape {file.shape[1:]}, the data has {array.shape[1:]}")
        raw = stored(array, tensor)
        raw.astype(raw.dtype.newbyteorder("<"), copy=False).tofile(folder / file.file)


def read_outputs(tensors: tuple[Tensor, ...], rows: int, folder: Path) -> list["Array"]:
    """Read what a runner wrote as real numbers of shape (rows, …). Raises Refused when a file's size is not its shape's."""
    return [real(_read(file, rows, folder), tensor) for file, tensor in zip(files("output", tensors), tensors, strict=True)]


def rows_first(stacked: "Array") -> "Array":
    """Drop the batch dimension of 1 that each row's output begins with: (rows, 1, …) becomes (rows, …), another shape stays."""
    return stacked[:, 0] if stacked.shape[1:2] == (1,) else stacked


def _one_row(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one row: every free dimension is 1."""
    return tuple(1 if size < 0 else size for size in shape)


def _read(file: TensorFile, rows: int, folder: Path) -> "Array":
    """Read one raw file, refusing any other size than its shape's."""
    import math

    import numpy as np

    path = folder / file.file
    dtype = np.dtype(file.dtype).newbyteorder("<")
    wanted = rows * math.prod(file.shape) * dtype.itemsize
    size = path.stat().st_size if path.is_file() else -1
    if size != wanted:
        raise Refused("protocol", f"{file.file} holds {size} bytes, {rows} rows of {file.shape} {file.dtype} are {wanted}")
    return rows_first(np.fromfile(path, dtype=dtype).reshape((rows, *file.shape)))

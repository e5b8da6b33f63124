"""One part of a data set written as arrays, a few rows at a time, each checked against the model's inputs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.datasets import Table
from pocketbench.errors import DataError
from pocketbench.model import Tensor

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

AT_ONCE = 64
# Row, height, width, channel.
IMAGE_AXES = 4


def write(part: str, rows: "Array", table: Table, labels: "Array | None", inputs: tuple[Tensor, ...], folder: Path, named: str) -> None:
    """Write ``<part>-x<input>.npy`` and, with labels, ``<part>-y.npy``. Raises DataError naming the input and the row."""
    import numpy as np

    kinds = [dtype_of(tensor) for tensor in inputs]
    files = [
        np.lib.format.open_memmap(folder / f"{part}-x{index}.npy", mode="w+", dtype=kind, shape=(len(rows), *tensor.shape[1:]))
        for index, (tensor, kind) in enumerate(zip(inputs, kinds, strict=True))
    ]
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        for file, tensor, array in zip(files, inputs, table.inputs(some), strict=True):
            file[start : start + len(some)] = _checked(array, tensor, some, named)
    for file in files:
        file.flush()
    if labels is not None:
        np.save(folder / f"{part}-y.npy", labels[rows])


def dtype_of(tensor: Tensor) -> str:
    """The type that rows for an input are kept in: real numbers as float32, also for quantised inputs, else the input's own."""
    return "float32" if tensor.scale or "float" in tensor.dtype else tensor.dtype


def _checked(array: "Array", tensor: Tensor, rows: "Array", named: str) -> "Array":
    """See that rows suit an input: shape, finite, whole numbers in range where it takes integers. Raises DataError."""
    import numpy as np

    if array.dtype.kind not in "biuf":
        raise DataError(f"{named}: input {tensor.name!r} gets values of type {array.dtype}, not numbers")
    array = _channels_moved(array, tensor)
    if array.shape[1:] != tensor.shape[1:]:
        raise DataError(f"{named}: rows have shape {array.shape[1:]}, input {tensor.name!r} takes {tensor.shape[1:]}", hint=_reshape(array, tensor))
    good = np.isfinite(array).reshape(len(array), -1).all(axis=1)
    if not good.all():
        raise DataError(f"{named}: row {int(rows[~good][0])} for input {tensor.name!r} holds NaN or infinity")
    kind = np.dtype(dtype_of(tensor))
    if kind.kind in "iub":
        _check_whole(array, kind, tensor, named)
    return array.astype(kind)


def _channels_moved(array: "Array", tensor: Tensor) -> "Array":
    """Images are kept channels last; for an input that takes them channels first, and not as they are, the axis is moved."""
    import numpy as np

    moves = array.ndim == IMAGE_AXES and array.shape[1:] != tensor.shape[1:] and (array.shape[3], *array.shape[1:3]) == tensor.shape[1:]
    return np.moveaxis(array, 3, 1) if moves else array


def _check_whole(array: "Array", kind: "np.dtype[Any]", tensor: Tensor, named: str) -> None:
    """See that values for an integer input are integers of its range. Raises DataError."""
    import numpy as np

    low, high = (0, 1) if kind.kind == "b" else (np.iinfo(kind).min, np.iinfo(kind).max)
    if array.size and (array.min() < low or array.max() > high or (array.dtype.kind == "f" and (array != np.rint(array)).any())):
        raise DataError(
            f"{named}: input {tensor.name!r} takes {kind} from {low} to {high}; rows hold {array.min()} to {array.max()} of type {array.dtype}",
            hint="for images, data.scale = '0..255'",
        )


def _reshape(array: "Array", tensor: Tensor) -> str:
    """What to type when only the shape is wrong."""
    import math

    same = math.prod(array.shape[1:]) == math.prod(tensor.shape[1:])
    return f"x.reshape({(-1, *tensor.shape[1:])})" if same else ""

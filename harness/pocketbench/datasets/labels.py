"""Labels held against what a model gives and how it is scored."""

import math
from typing import TYPE_CHECKING, Any

from pocketbench.datasets import Table
from pocketbench.errors import DataError
from pocketbench.model import Source, Tensor
from pocketbench.scoring import SCORES, kind_of
from pocketbench.suite import Data

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def checked(table: Table, data: Data, model: Source, named: str) -> "Array | None":
    """Return the labels, int64 or float32, one entry a row, or None when there are none. Raises DataError."""
    found = table.labels
    if found is None:
        if data.score:
            raise DataError(f"data.score is {data.score!r}, and {named} has no labels", hint="give labels as array y, or leave data.score out")
        return None
    if table.rows is not None and len(found) != table.rows:
        raise DataError(f"{named}: {len(found)} labels for {table.rows} rows", hint="there must be one label a row")
    numbers = _numbers(found, named)
    kind = kind_of(data.score)
    if kind and kind.classes:
        return _classes(numbers, table, data, model.outputs[0], named)
    if kind:
        _check_targets(numbers, model.outputs[0], named)
    return numbers


def _numbers(found: "Array", named: str) -> "Array":
    """Bring labels to int64 or float32, a single column to one dimension. Raises DataError for other things and for NaN."""
    import numpy as np

    if found.dtype.kind not in "biuf":
        raise DataError(f"{named}: labels are of type {found.dtype}, not numbers", hint="number the classes 0, 1, …")
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.dtype.kind != "f":
        return found.astype(np.int64)
    if not np.isfinite(found).all():
        raise DataError(f"{named}: {int((~np.isfinite(found)).sum())} labels are NaN or infinite")
    return found.astype(np.float32)


def _classes(numbers: "Array", table: Table, data: Data, output: Tensor, named: str) -> "Array":
    """See that labels are class numbers that the output has. Raises DataError."""
    import numpy as np

    if numbers.ndim != 1:
        raise DataError(f"{named}: labels have shape {numbers.shape}; {data.score} takes one class number a row", hint="y.argmax(1) of one-hot labels")
    if numbers.dtype.kind == "f" and (numbers != np.rint(numbers)).any():
        first = float(numbers[numbers != np.rint(numbers)].flat[0])
        targets = " or ".join(repr(kind.name) for kind in SCORES if not kind.classes)
        raise DataError(f"{named}: labels such as {first:g} are no class numbers", hint=f"score = {targets} takes targets")
    classes = class_count(output)
    if classes is None:
        raise DataError(f"{data.score} needs an output of shape (batch, classes); {output.name!r} has {output.shape}")
    if len(numbers) and (numbers.min() < 0 or numbers.max() >= classes):
        raise DataError(f"{named}: labels go from {int(numbers.min())} to {int(numbers.max())}, the model's {classes} classes from 0 to {classes - 1}")
    if table.classes and not data.labels and len(table.classes) != classes:
        hint = "name the model's classes in order, one a line: labels = 'labels.txt'"
        raise DataError(f"{named} has {len(table.classes)} classes, the model {classes}", hint=hint)
    return numbers.astype(np.int64)


def class_count(output: Tensor) -> int | None:
    """How many classes an output of shape (batch, classes) tells apart: 2 where it has one number; None for another shape."""
    sizes = [size for size in output.shape[1:] if size != 1]
    if len(sizes) > 1 or any(size < 0 for size in sizes):
        return None
    return sizes[0] if sizes else 2


def _check_targets(numbers: "Array", output: Tensor, named: str) -> None:
    """See that there are as many targets a row as the output has numbers. Raises DataError."""
    given, wanted = math.prod(numbers.shape[1:]), math.prod(output.shape[1:])
    if wanted >= 0 and given != wanted:
        raise DataError(f"{named}: {given} targets a row, output {output.name!r} of shape {output.shape} gives {wanted} numbers")

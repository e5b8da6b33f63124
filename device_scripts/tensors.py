"""Tensors of an order: which of the model's they are, rows read from raw files, outputs turned into bytes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from order import Json, Refused


def places(ordered: list[Json], found: list[tuple[str, tuple[int, ...], str]], what: str) -> list[int]:
    """For each ordered tensor, the index of the model's that it is: by position where all names agree, else by name."""
    names, wanted = [name for name, _, _ in found], [tensor["name"] for tensor in ordered]
    if sorted(names) != sorted(wanted) or (names != wanted and len(set(names)) != len(names)):
        raise Refused("shape-mismatch", f"the model's {what} are {names}, the order's {wanted}")
    indices = list(range(len(names))) if names == wanted else [names.index(name) for name in wanted]
    for tensor, index in zip(ordered, indices, strict=True):
        name, shape, dtype = found[index]
        if (
            dtype != tensor["dtype"]
            or len(shape) != len(tensor["shape"])
            or any(own not in (-1, size) for own, size in zip(shape, tensor["shape"], strict=True))
        ):
            raise Refused("shape-mismatch", f"{what}: {name} is {list(shape)} {dtype} in the model, {tensor['shape']} {tensor['dtype']} in the order")
    return indices


def read_rows(order: Json, folder: Path) -> Iterator[list[Any]]:
    """Give one row after another: an array for each input, in the order's shape and dtype."""
    import numpy as np

    columns = [
        np.memmap(folder / tensor["file"], np.dtype(tensor["dtype"]).newbyteorder("<"), "r", shape=(order["rows"], *tensor["shape"]))
        for tensor in order["inputs"]
    ]
    for index in range(order["rows"]):
        yield [np.array(column[index], dtype=tensor["dtype"], order="C") for column, tensor in zip(columns, order["inputs"], strict=True)]


def raw(value: Any, tensor: Json) -> bytes:
    """The bytes of one output, little-endian, refused when they are not of the order's shape and dtype."""
    if value.dtype.name != tensor["dtype"] or list(value.shape) != tensor["shape"]:
        raise Refused(
            "shape-mismatch", f"{tensor['name']} came out as {list(value.shape)} {value.dtype.name}, the order has {tensor['shape']} {tensor['dtype']}"
        )
    return bytes(value.astype(value.dtype.newbyteorder("<"), copy=False).tobytes())


def raws(values: list[Any], indices: list[int], tensors: list[Json]) -> bytes:
    """The bytes of all outputs of one row, one after another in the order's order; ``indices`` say which of the model's each is."""
    return b"".join(raw(values[index], tensor) for index, tensor in zip(indices, tensors, strict=True))

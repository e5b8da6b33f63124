"""An order as it goes to a device that keeps files: under names that say what is in them, so that what is there is not sent again."""

import math
from collections.abc import Callable
from pathlib import Path

import msgspec

from pocketbench import protocol
from pocketbench.protocol import Order

_ITEM_BYTES = {"bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "float16": 2, "bfloat16": 2, "int32": 4, "uint32": 4, "float32": 4}


def named(order: Order, folder: Path, sha256: Callable[[Path], str]) -> tuple[Order, dict[str, Path]]:
    """The order with the names that its files have there, and those files, by these names; ``sha256`` says what is in a file or folder."""
    model = f"model-{sha256(folder / order.model)[:32]}{Path(order.model).suffix}"
    inputs = tuple(msgspec.structs.replace(one, file=f"input-{sha256(folder / one.file)[:32]}.bin") for one in order.inputs)
    files = {one.file: folder / was.file for one, was in zip(inputs, order.inputs, strict=True)}
    return msgspec.structs.replace(order, model=model, inputs=inputs), {**files_of(folder / order.model, model), **files}


def limits(order: Order) -> dict[str, int]:
    """How many bytes of each output an order may bring; none where it is not for outputs."""
    outputs = order.outputs if order.kind == "outputs" else ()
    return {tensor.file: order.rows * math.prod(tensor.shape) * _ITEM_BYTES.get(tensor.dtype, 8) for tensor in outputs}


def report_and_outputs(order: Order) -> tuple[str, ...]:
    """The files that an order may leave in its folder."""
    return (protocol.REPORT, *(tensor.file for tensor in order.outputs))


def files_of(place: Path, there: str) -> dict[str, Path]:
    """A file, or every file of a folder, by its name there. Links inside a folder are left out."""
    if not place.is_dir():
        return {there: place}
    return {f"{there}/{file.relative_to(place).as_posix()}": file for file in sorted(place.rglob("*")) if file.is_file() and not file.is_symlink()}

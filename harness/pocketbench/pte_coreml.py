"""What CoreML is handed inside a ``.pte``: the operations and constants of its program.

Files lie one after another, and behind them, written backwards, what they are called (``inmemory_filesystem`` of ExecuTorch
1.3.1's CoreML back end). The program is a message of protocol buffers (``mlmodel/format/Model.proto`` and ``MIL.proto`` of
coremltools 9.0, whose field numbers these are), its larger constants lie in ``weight.bin`` (``MILBlob/Blob/StorageFormat.hpp``).
"""

import json
import math
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Fields = Mapping[int, list[Any]]
DTYPES = {10: "float16", 11: "float32", 12: "float64", 13: "bfloat16", 21: "int8", 22: "int16", 23: "int32", 24: "int64", 31: "uint8", 32: "uint16"}
_ML_PROGRAM, _FUNCTIONS, _BLOCKS, _OPERATIONS = 502, 2, 3, 3
_TYPE, _ATTRIBUTES, _VALUE_TYPE, _BLOB = 1, 5, 2, 5
_BLOB_BEGIN = 0xDEADBEEF
_FILE = 0
MAX_RANK = 16


def program_of(program: "Array") -> tuple[tuple[str, ...], list[tuple[str, str, tuple[int, ...], "Array"]]]:
    """The names of the operations, and the constants in ``weight.bin``: key, dtype, shape and bytes. Raises ValueError, struct.error or KeyError."""
    files = _files(program)
    model, weights = files["model.mlmodel"], files.get("weight.bin", program[:0])
    names, constants = [], []
    for operation in _operations(_fields(model)):
        name = bytes(operation[_TYPE][0]).decode(errors="replace")[:100] if operation[_TYPE] else "unknown"
        if name != "const":
            names.append(name)
        elif found := _constant(operation, weights):
            constants.append(found)
    return tuple(names), constants


def _files(program: "Array") -> dict[str, "Array"]:
    """The files by their names, without their folders."""
    end = program.tobytes()[::-1].decode("latin-1")
    found: dict[str, Array] = {}
    for node in json.JSONDecoder().raw_decode(end)[0]["nodes"]:
        start, size = int(node["dataRegion"]["offset"]), int(node["dataRegion"]["size"])
        if start < 0 or size < 0 or start + size > len(program):
            raise ValueError("CoreML's files do not end where they should")
        if node["kind"] == _FILE:
            found[str(node["name"])] = program[start : start + size]
    return found


def _operations(model: Fields) -> Iterator[Fields]:
    """The operations of every block of every function."""
    for program in model[_ML_PROGRAM]:
        for function in _entries(_fields(program)[_FUNCTIONS]):
            for block in _entries(function[_BLOCKS]):
                for operation in block[_OPERATIONS]:
                    yield _fields(operation)


def _entries(pairs: list[Any]) -> Iterator[Fields]:
    """The values of a map, each a message."""
    for pair in pairs:
        for value in _fields(pair)[2]:
            yield _fields(value)


def _constant(operation: Fields, weights: "Array") -> tuple[str, str, tuple[int, ...], "Array"] | None:
    """A constant that lies in ``weight.bin``; None for one that the program holds itself: a few numbers, a text."""
    for value in _entries(operation[_ATTRIBUTES]):
        for blob in value[_BLOB]:
            (offset,) = _fields(blob)[2] or [0]
            dtype, shape = _tensor(_fields(value[_VALUE_TYPE][0]))
            begin, _, size, start = struct.unpack_from("<IIQQ", memoryview(weights.data), offset)
            if begin != _BLOB_BEGIN or start + size > len(weights):
                raise ValueError("a constant of CoreML's is not where it should be")
            return f"coreml {offset} {weights.ctypes.data}", dtype, shape, weights[start : start + size]
    return None


def _tensor(kind: Fields) -> tuple[str, tuple[int, ...]]:
    """The dtype and shape that a value is said to have."""
    for tensor in map(_fields, kind[1]):
        sizes = []
        for dimension in tensor[3][:MAX_RANK]:
            fixed = _fields(dimension)[1]
            sizes.append(int((_fields(fixed[0])[1] or [0])[0]) if fixed else 0)
        if math.prod(sizes) > 1 << 40:
            raise ValueError("a constant has a shape that is none")
        return DTYPES.get((tensor[1] or [0])[0], "unknown"), tuple(sizes)
    return "unknown", ()


def _fields(message: Any) -> Fields:
    """The fields of a message by their numbers: whole numbers, and bytes as views. Raises ValueError for one that is cut."""
    view, at = memoryview(message), 0
    found: defaultdict[int, list[Any]] = defaultdict(list)
    while at < len(view):
        key, at = _varint(view, at)
        match key & 7:
            case 0:
                value, at = _varint(view, at)
                found[key >> 3].append(value)
            case 2:
                size, at = _varint(view, at)
                if at + size > len(view):
                    raise ValueError("a message of CoreML's is cut")
                found[key >> 3].append(view[at : at + size])
                at += size
            case 1 | 5 as wire:
                at += 8 if wire == 1 else 4
            case _:
                raise ValueError("a message of CoreML's is none")
    return found


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    """A whole number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = view[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError("a number of CoreML's has no end")

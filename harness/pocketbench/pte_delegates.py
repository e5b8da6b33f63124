"""What back ends are handed inside a ``.pte``: the operations and constants of XNNPACK's and Vulkan's graphs, and of CoreML's programs.

The formats: ``backends/xnnpack/serialization/schema.fbs`` and ``backends/vulkan/serialization/schema.fbs`` of ExecuTorch
1.3.1, and the headers before them (``XNNHeader.h``, ``VulkanDelegateHeader.h``). The numbers of fields and kinds below are theirs.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pocketbench import pte_coreml
from pocketbench.flatbuffer import Buffer, Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

XNNPACK, VULKAN, COREML = "XnnpackBackend", "VulkanBackend", "CoreMLBackend"
# The kinds of nodes, from 1.
NODES = (
    "Add", "FullyConnected", "Softmax", "Sigmoid", "StaticTranspose", "Clamp", "Conv2d", "Div", "StaticResizeBilinear2D", "StaticConstantPad", "AvgPooling2d",
    "Minimum", "DepthwiseConv2d", "MaxPooling2d", "Multiply", "Subtract", "Floor", "Convert", "GlobalAvgPooling2d", "StaticReshape", "ArgMaxPooling2d",
    "SquareRoot", "Ceiling", "Hardswish", "LeakyReLU", "Maximum", "Negate", "Square", "ELU", "Abs", "PReLU", "Concatenate2", "Concatenate3", "Concatenate4",
    "StaticSlice", "ScaledDotProductAttention", "BatchMatrixMultiply", "Concatenate5", "ConvTranspose2d", "ReciprocalSquareRoot", "Log", "Gelu", "Tanh", "Exp",
    "Sin", "Copy", "Cos",
)  # fmt: skip
# The number of the field that names a node's weights, and of a convolution's groups.
FILTER_AT = {"FullyConnected": 1, "Conv2d": 16, "DepthwiseConv2d": 16, "ConvTranspose2d": 16, "BatchMatrixMultiply": 1}
GROUPS_AT = 12
XNN_DTYPES = {1: "float32", 2: "float16", 3: "int8", 4: "uint8", 5: "int32", 6: "int8", 7: "int32", 8: "int4", 10: "int4", 11: "int8", 12: "int32",
              14: "bfloat16"}  # fmt: skip
# Four bits are stored from 0 to 15, and 8 means 0 (xnnpack_graph_schema.py, XNNDatatype).
ZERO_OF_FOUR_BITS = 8
VULKAN_DTYPES = {0: "bool", 1: "uint8", 2: "int8", 3: "int32", 4: "float16", 5: "float32", 6: "float64", 7: "int64"}
_XNN_HEADER, _XNN_GRAPHS, _VULKAN_HEADER, _VULKAN_GRAPH = b"XH00", (b"XN01", b"XN00"), b"VH00", b"VK00"
_QUANTIZED, _PER_CHANNEL, _PER_TENSOR, _VK_TENSOR = 2, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Held:
    """A constant of a back end: ``operation`` is the node that has it for its weights, "" for none. ``groups`` are that convolution's.

    ``key`` tells constants apart that several back ends share. ``zero`` is the stored number that means 0; ``scales`` as in Kernel.
    """

    key: str
    dtype: str
    shape: tuple[int, ...]
    raw: "Array"
    operation: str = ""
    groups: int = 1
    zero: int = 0
    scales: int = 0


@dataclass(frozen=True, slots=True)
class Graph:
    """A back end's graph: the names of its operations, in order, and its constants."""

    operations: tuple[str, ...]
    constants: tuple[Held, ...] = field(default=())


def graph_of(backend: str, program: "Array", named: Mapping[str, "Array"]) -> Graph | None:
    """Read what a back end is handed; None for one whose programs are not looked into. Raises what :mod:`flatbuffer` raises."""
    if backend == XNNPACK:
        return _xnnpack(program, named)
    if backend == COREML:
        names, constants = pte_coreml.program_of(program)
        return Graph(names, tuple(Held(*each) for each in constants))
    return _vulkan(program, named) if backend == VULKAN else None


def _xnnpack(program: "Array", named: Mapping[str, "Array"]) -> Graph:
    """XNNPACK's graph: a header, a flatbuffer, data."""
    whole = Buffer(program)
    start, size, data, length = 0, len(program), 0, 0
    if program[4:8].tobytes() == _XNN_HEADER:
        start, size, data, length = whole.read("<I", 10), whole.read("<I", 14), whole.read("<I", 18), whole.read("<Q", 22)
    content = whole.piece(start, size)
    root = Buffer(content).root(next((each for each in _XNN_GRAPHS if content[4:8].tobytes() == each), _XNN_GRAPHS[0]))
    pieces = _pieces(root, 8, whole.piece(data, length), named)
    nodes = [_node(each) for each in root.tables(1)]
    weights = {filter_id: (name, groups) for name, filter_id, groups in nodes if filter_id >= 0}
    held = (_xnnpack_constant(each, pieces, weights) for each in root.tables(2))
    return Graph(tuple(name for name, _, _ in nodes), tuple(each for each in held if each is not None))


def _node(node: Table) -> tuple[str, int, int]:
    """A node's name, the value that holds its weights (-1: none), its groups."""
    kind, inside = node.union(0)
    name = NODES[kind - 1] if 0 < kind <= len(NODES) else f"Node{kind}"
    at = FILTER_AT.get(name)
    if inside is None or at is None:
        return name, -1, 1
    return name, inside.number(at, "<I"), inside.number(GROUPS_AT, "<I") if at == FILTER_AT["Conv2d"] else 1


def _xnnpack_constant(value: Table, pieces: list[tuple[str, "Array"]], weights: Mapping[int, tuple[str, int]]) -> Held | None:
    """A value that is a constant, None for one that is not."""
    kind, inside = value.union(0)
    tensor = inside.table(0) if inside is not None and kind == _QUANTIZED else inside
    index = tensor.number(3, "<I") if tensor is not None else 0
    if inside is None or tensor is None or not index:
        return None
    scales, zero = _quantization(inside) if kind == _QUANTIZED else (0, 0)
    key, raw = pieces[index]
    dtype = XNN_DTYPES.get(tensor.number(0, "<h"), "unknown")
    operation, groups = weights.get(tensor.number(6, "<I"), ("", 1))
    return Held(key, dtype, _shape(tensor.numbers(2, "<u4")), raw, operation, groups, ZERO_OF_FOUR_BITS if dtype == "int4" else zero, scales)


def _quantization(value: Table) -> tuple[int, int]:
    """How many scales a quantised value has, and its zero point."""
    kind, inside = value.union(1)
    if inside is None:
        return 0, 0
    if kind == _PER_TENSOR:
        return 1, inside.number(1)
    return (inside.number(3, "<I") or len(inside.numbers(0, "<f4"))) if kind == _PER_CHANNEL else 2, 0


def _vulkan(program: "Array", named: Mapping[str, "Array"]) -> Graph:
    """Vulkan's graph: a header, a flatbuffer, data."""
    whole = Buffer(program)
    if program[4:8].tobytes() != _VULKAN_HEADER:
        raise ValueError(f"Vulkan's program does not begin with {_VULKAN_HEADER.decode()}")
    root = Buffer(whole.piece(whole.read("<I", 10), whole.read("<I", 14))).root(_VULKAN_GRAPH)
    pieces = _pieces(root, 5, whole.piece(whole.read("<I", 18), whole.read("<Q", 22)), named)
    constants = []
    for value in root.tables(2):
        kind, tensor = value.union(0)
        if tensor is not None and kind == _VK_TENSOR and (index := tensor.number(2)) >= 0:
            key, raw = pieces[index]
            constants.append(Held(key, VULKAN_DTYPES.get(tensor.number(0, "<b"), "unknown"), _shape(tensor.numbers(1, "<u4")), raw))
    return Graph(tuple(each.text(1) for each in root.tables(1)), tuple(constants))


def _pieces(root: Table, slot: int, data: "Array", named: Mapping[str, "Array"]) -> list[tuple[str, "Array"]]:
    """The constants' bytes with a key each: those that are shared by their name, others by their place."""
    own, found = Buffer(data), []
    for each in root.tables(slot):
        key, offset, size = each.text(2), each.number(0, "<Q"), each.number(1, "<Q")
        found.append((key, named[key]) if key else (f"{root.buffer.content.ctypes.data}+{offset}", own.piece(min(offset, len(data)), size)))
    return found


def _shape(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """A shape. Raises ValueError for one that no file holds."""
    if math.prod(sizes) > 1 << 40:
        raise ValueError("a constant has a shape that is none")
    return sizes

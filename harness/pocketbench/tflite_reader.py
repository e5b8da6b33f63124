"""A TensorFlow Lite file as plain tuples, read with the schema that comes with LiteRT: no TensorFlow, nothing executed.

The file is mapped and its constants stay views into it. It may come from anywhere: every list is held against the file's
size before it is walked, every index before it is followed. The format: ``tensorflow/lite/schema/schema.fbs``.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pocketbench.errors import Refused

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

T = TypeVar("T")
# Bytes 4 to 8 of every file.
IDENTIFIER = b"TFL3"
# How operations from outside the runtime are named: those of TensorFlow itself (Select TF) as in the file, and users' own.
FLEX, CUSTOM = "Flex", "CUSTOM:"
MAX_ENTRIES = 10_000_000
MAX_NAME_BYTES = 1000
# What reading at a wrong place raises, from flatbuffers, struct and numpy.
_WRONG_PLACE = (struct.error, ValueError, IndexError, KeyError, TypeError, OverflowError, AttributeError)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a sparse encoding: ``size`` indices where it is dense, else those it lists.

    Under node n of the level before, those are ``indices[segments[n]:segments[n + 1]]``.
    """

    size: int
    segments: "Array | None" = None
    indices: "Array | None" = None


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a sparse tensor was laid out: the axis that each level goes over, and which axis each block axis cuts up."""

    order: tuple[int, ...]
    blocks: tuple[int, ...]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor: shape as it runs and as it was declared (-1 where free), numpy's word for its dtype, its buffer's index.

    ``scales`` and ``zero_points`` are empty where it is not quantised and longer than 1 where it is by channel. ``encoding``
    is there where it is sparse.
    """

    name: str
    shape: tuple[int, ...]
    signature: tuple[int, ...]
    dtype: str
    buffer: int
    variable: bool
    sparse: bool
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    encoding: Encoding | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: its name, version, and the indices of its tensors (-1 for one left out)."""

    name: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """One subgraph. ``inputs`` and ``outputs`` are indices of ``tensors``."""

    tensors: tuple[Stored, ...]
    operations: tuple[Operation, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TfliteFile:
    """A file: its subgraphs, the first of which runs, and its buffers as views of bytes (empty where they hold no constant)."""

    graphs: tuple[Graph, ...]
    buffers: tuple["Array", ...]


def read(path: Path) -> TfliteFile:
    """Read a file. Raises Refused (engine-cannot-read) for one that is not, or no longer, a whole TensorFlow Lite file."""
    try:
        return _Reader(_mapped(path)).file()
    except _WRONG_PLACE as error:
        raise Refused("engine-cannot-read", f"{path.name} is not a whole TensorFlow Lite file: {error}", hint="copy or export it again") from error


def _mapped(path: Path) -> "Array":
    """Map the file's bytes. Raises ValueError when it does not begin like one."""
    import numpy as np

    content = np.asarray(np.memmap(path, np.uint8, "r"))
    if content[4:8].tobytes() != IDENTIFIER:
        raise ValueError(f"it does not say {IDENTIFIER.decode()} where such a file does")
    return content


class _Reader:
    """One reading of one file; ``left`` is how many list entries it may still have."""

    def __init__(self, content: "Array") -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.content, self.model = content, schema.Model.GetRootAsModel(content, 0)
        self.left = min(len(content), MAX_ENTRIES)

    def file(self) -> TfliteFile:
        """Read everything but the constants' values."""
        model = self.model
        buffers = self._each(model.BuffersLength(), lambda index: self._bytes(model.Buffers(index)))
        if sum(map(len, buffers)) > len(self.content):
            raise ValueError("its buffers overlap")
        codes = self._each(model.OperatorCodesLength(), lambda index: _code(model.OperatorCodes(index)))
        graphs = self._each(model.SubgraphsLength(), lambda index: self._graph(model.Subgraphs(index), codes))
        if not graphs:
            raise ValueError("it has no graph")
        _check(graphs, len(buffers))
        return TfliteFile(graphs, buffers)

    def _graph(self, graph: Any, codes: tuple[tuple[str, int], ...]) -> Graph:
        """Read one subgraph."""
        return Graph(
            self._each(graph.TensorsLength(), lambda index: self._tensor(graph.Tensors(index))),
            self._each(graph.OperatorsLength(), lambda index: self._operation(graph.Operators(index), codes)),
            self._numbers(graph.InputsLength(), graph.InputsAsNumpy),
            self._numbers(graph.OutputsLength(), graph.OutputsAsNumpy),
        )

    def _tensor(self, tensor: Any) -> Stored:
        """Read one tensor."""
        shape = self._numbers(tensor.ShapeLength(), tensor.ShapeAsNumpy)
        quantized = tensor.Quantization()
        scales = self._numbers(quantized.ScaleLength(), quantized.ScaleAsNumpy) if quantized else ()
        zero_points = self._numbers(quantized.ZeroPointLength(), quantized.ZeroPointAsNumpy) if quantized else ()
        sparsity = tensor.Sparsity()
        return Stored(
            name=_text(tensor.Name()),
            shape=shape,
            signature=self._numbers(tensor.ShapeSignatureLength(), tensor.ShapeSignatureAsNumpy) or shape,
            dtype=_words("TensorType").get(tensor.Type(), "unknown").lower(),
            buffer=tensor.Buffer(),
            variable=bool(tensor.IsVariable()),
            sparse=sparsity is not None,
            scales=scales,
            zero_points=zero_points,
            encoding=self._encoding(sparsity) if sparsity else None,
        )

    def _encoding(self, sparsity: Any) -> Encoding:
        """Read how a sparse tensor is laid out; what it says of its levels is not checked."""
        order = self._numbers(sparsity.TraversalOrderLength(), sparsity.TraversalOrderAsNumpy)
        blocks = self._numbers(sparsity.BlockMapLength(), sparsity.BlockMapAsNumpy)
        return Encoding(order, blocks, self._each(sparsity.DimMetadataLength(), lambda index: _level(sparsity.DimMetadata(index))))

    def _operation(self, operation: Any, codes: tuple[tuple[str, int], ...]) -> Operation:
        """Read one operation."""
        name, version = codes[operation.OpcodeIndex()]
        inputs = self._numbers(operation.InputsLength(), operation.InputsAsNumpy)
        return Operation(name, version, inputs, self._numbers(operation.OutputsLength(), operation.OutputsAsNumpy))

    def _bytes(self, buffer: Any) -> "Array":
        """A view of one buffer; in files over 2 GB it lies behind the lists, at an offset of its own."""
        start, size = buffer.Offset(), buffer.Size()
        if start > 1:
            if start + size > len(self.content):
                raise ValueError("it ends inside a buffer")
            return self.content[start : start + size]
        return buffer.DataAsNumpy() if buffer.DataLength() else self.content[:0]

    def _each(self, length: int, entry: Callable[[int], T]) -> tuple[T, ...]:
        """Every entry of a list that the file can hold."""
        self._spend(length)
        return tuple(entry(index) for index in range(length))

    def _numbers(self, length: int, vector: Callable[[], "Array"]) -> tuple[Any, ...]:
        """A list of numbers as Python's."""
        self._spend(length)
        return tuple(vector().tolist()) if length else ()

    def _spend(self, length: int) -> None:
        """Count entries. Raises ValueError when there were more than a file of this size has."""
        self.left -= length
        if self.left < 0:
            raise ValueError("its lists are longer than the file")


def _check(graphs: tuple[Graph, ...], buffers: int) -> None:
    """Follow every index once. Raises ValueError for one that leads nowhere, and for scales that are not numbers."""
    for graph in graphs:
        used = [*graph.inputs, *graph.outputs]
        optional = [index for operation in graph.operations for index in (*operation.inputs, *operation.outputs)]
        if min(used, default=0) < 0 or min(optional, default=0) < -1 or max([*used, *optional], default=-1) >= len(graph.tensors):
            raise ValueError("an operation names a tensor that is not there")
        if any(not 0 <= tensor.buffer < buffers for tensor in graph.tensors):
            raise ValueError("a tensor names a buffer that is not there")
        if not all(math.isfinite(scale) for tensor in graph.tensors for scale in tensor.scales):
            raise ValueError("a scale is not a number")


def _code(code: Any) -> tuple[str, int]:
    """The name and version of an operator code. Operations of TensorFlow itself are named FlexSomething, as in the file."""
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    name = _words("BuiltinOperator").get(number, f"BUILTIN_{number}")
    if name == "CUSTOM":
        own = _text(code.CustomCode())
        name = own if own.startswith(FLEX) else f"{CUSTOM}{own}"
    return name, code.Version()


def _level(level: Any) -> Level:
    """One level of a sparse encoding; its lists stay views."""
    from ai_edge_litert import schema_py_generated as schema

    if level.Format() == schema.DimensionType.DENSE:
        return Level(level.DenseSize())
    return Level(0, _vector(level.ArraySegmentsType(), level.ArraySegments()), _vector(level.ArrayIndicesType(), level.ArrayIndices()))


def _vector(kind: int, table: Any) -> "Array":
    """A list of whole numbers in the width that the file chose. Raises ValueError where there is none."""
    import numpy as np
    from ai_edge_litert import schema_py_generated as schema

    if not kind or table is None:
        raise ValueError("a sparse tensor does not say where its elements belong")
    vector = getattr(schema, _words("SparseIndexVector")[kind])()
    vector.Init(table.Bytes, table.Pos)
    return vector.ValuesAsNumpy() if vector.ValuesLength() else np.empty(0, np.int32)


def _text(raw: bytes | None) -> str:
    """A string of the file, cut where nothing sensible is that long."""
    return (raw or b"")[:MAX_NAME_BYTES].decode(errors="replace")


@cache
def _words(enumeration: str) -> dict[int, str]:
    """What the numbers of one of the schema's enumerations mean."""
    from ai_edge_litert import schema_py_generated as schema

    return {number: word for word, number in vars(getattr(schema, enumeration)).items() if isinstance(number, int)}

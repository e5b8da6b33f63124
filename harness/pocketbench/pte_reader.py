"""A ``.pte`` file of ExecuTorch as plain tuples: what its plan calls, what it holds constant, what it leaves to back ends. Nothing is executed.

The format: ``schema/program.fbs`` and ``schema/extended_header.h`` of ExecuTorch 1.3.1; the numbers of fields and kinds
below are theirs. The file is mapped, constants stay views into it.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import Refused
from pocketbench.flatbuffer import WRONG_PLACE, Buffer, Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# Bytes 4 to 8 of every file, and of the header that follows.
IDENTIFIER, HEADER = b"ET12", b"eh00"
DTYPES = {0: "uint8", 1: "int8", 2: "int16", 3: "int32", 4: "int64", 5: "float16", 6: "float32", 7: "float64", 11: "bool", 12: "int8", 13: "uint8",
          15: "bfloat16", 23: "float8_e5m2", 24: "float8_e4m3fn", 27: "uint16", 28: "uint32", 29: "uint64"}  # fmt: skip
BYTES = {"bfloat16": 2, "float8_e5m2": 1, "float8_e4m3fn": 1}
_INT, _TENSOR, _TENSOR_LISTS = 2, 5, (10, 11)
_KERNEL_CALL, _DELEGATE_CALL = 1, 2
MAX_RANK = 64


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the plan: a tensor by shape and dtype, its bytes where it is a constant; a whole number; a list of tensors by indices; or anything else.

    ``order`` says in which order the dimensions of a constant lie in memory.
    """

    dtype: str = ""
    shape: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    constant: "Array | None" = None
    place: int = -1
    number: int | None = None
    those: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation, by its name (``aten::addmm.out``), with the indices of its arguments."""

    name: str
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delegate:
    """What was left to a back end: its name, the program that it is handed, how often the plan calls it."""

    backend: str
    program: "Array"
    calls: int


@dataclass(frozen=True, slots=True)
class PteFile:
    """A file: the plan of its method ``forward``. ``named`` holds the constants that back ends share, by their key."""

    values: tuple[Value, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    calls: tuple[Call, ...]
    delegates: tuple[Delegate, ...]
    named: dict[str, "Array"]
    stateful: bool


def read(path: Path) -> PteFile:
    """Read a file. Raises Refused (engine-cannot-read) for one that is not, or no longer, a whole ExecuTorch program."""
    import numpy as np

    try:
        return _Reader(np.asarray(np.memmap(path, np.uint8, "r"))).file()
    except WRONG_PLACE as error:
        raise Refused("engine-cannot-read", f"{path.name} is not a whole ExecuTorch program: {error}"[:300], hint="copy or export it again") from error


class _Reader:
    """One reading of one file."""

    def __init__(self, content: "Array") -> None:
        self.whole, self.buffer = Buffer(content), Buffer(content)
        self.program = self.buffer.root(IDENTIFIER)
        headed = content[8:12].tobytes() == HEADER
        # Where segments begin; a file without a header has none.
        self.base = self.buffer.read("<Q", 24) if headed else 0
        if headed and self.base + (self.buffer.read("<Q", 32) if self.base else 0) > len(content):
            raise ValueError("it ends inside its data")
        self.segments = [(each.number(0, "<Q"), each.number(1, "<Q")) for each in self.program.tables(4)]
        self.constants = self._constants()

    def file(self) -> PteFile:
        """Read everything but the constants' values."""
        plan = self._plan()
        values = tuple(self._value(each) for each in plan.tables(2))
        names = [(each.text(0), each.text(1)) for each in plan.tables(6)]
        calls, delegated = self._instructions(plan, [f"{name}.{overload}" if overload else name for name, overload in names])
        delegates = tuple(self._delegate(each, delegated.count(index)) for index, each in enumerate(plan.tables(7)))
        inputs, outputs = plan.numbers(3), plan.numbers(4)
        if any(not 0 <= index < len(values) for index in (*inputs, *outputs, *(each for call in calls for each in call.arguments))):
            raise ValueError("an operation names a value that is not there")
        named = {each.text(0): self._segment(each.number(1, "<I")) for each in self.program.tables(7)}
        return PteFile(values, inputs, outputs, calls, delegates, named, stateful=any(True for _ in self.program.tables(6)))

    def _plan(self) -> Table:
        """The plan that runs: the one named forward, else the first."""
        plans = list(self.program.tables(1))
        if not plans:
            raise ValueError("it has no method")
        return next((plan for plan in plans if plan.text(0) == "forward"), plans[0])

    def _constants(self) -> list[tuple[int, int]]:
        """Where each constant begins, and where the data that it lies in ends; the first entry is nobody's."""
        together = self.program.table(5)
        offsets = together.numbers(1, "<u8") if together else ()
        if together and offsets:
            start, size = self._place(together.number(0, "<I"))
            return [(start + offset, start + size) for offset in offsets]
        pieces = [each._vector(0, 1) for each in self.program.tables(2)]  # noqa: SLF001 - the place of a view, not the view
        return [(start, start + size) for start, size in pieces]

    def _place(self, index: int) -> tuple[int, int]:
        """Where a segment begins in the file, and its bytes."""
        offset, size = self.segments[index]
        self.whole.piece(self.base + offset, size)
        return self.base + offset, size

    def _segment(self, index: int) -> "Array":
        """A view of a segment."""
        return self.whole.piece(*self._place(index))

    def _value(self, value: Table) -> Value:
        """Read one value."""
        kind, inside = value.union(0)
        if inside is None:
            return Value()
        if kind == _TENSOR:
            return self._tensor(inside)
        if kind in _TENSOR_LISTS:
            return Value(those=inside.numbers(0))
        return Value(number=inside.number(0, "<q")) if kind == _INT else Value()

    def _tensor(self, tensor: Table) -> Value:
        """Read one tensor; it is a constant where it has data in the file and no place in memory that is written to."""
        dtype, shape, order = DTYPES.get(tensor.number(0, "<b"), "unknown"), tensor.numbers(2), tensor.numbers(3, "<u1")
        index = tensor.number(5, "<I")
        if len(shape) > MAX_RANK or min(shape, default=0) < 0:
            raise ValueError("a tensor has a shape that is none")
        if not index or tensor.table(6) is not None or dtype == "unknown":
            return Value(dtype, shape)
        start, end = self.constants[index]
        size = math.prod(shape) * itemsize(dtype)
        if start + size > end:
            raise ValueError("a constant is longer than its data")
        return Value(dtype, shape, order, self.whole.piece(start, size), start)

    def _instructions(self, plan: Table, names: list[str]) -> tuple[tuple[Call, ...], list[int]]:
        """The calls of operations, and the indices of the delegates that are called, in their order."""
        calls, delegated = [], []
        for chain in plan.tables(5):
            for instruction in chain.tables(2):
                kind, inside = instruction.union(0)
                if inside is not None and kind == _KERNEL_CALL:
                    calls.append(Call(names[inside.number(0)], inside.numbers(1)))
                elif inside is not None and kind == _DELEGATE_CALL:
                    delegated.append(inside.number(0))
        return tuple(calls), delegated

    def _delegate(self, delegate: Table, calls: int) -> Delegate:
        """Read what a back end is handed: a segment, or data inside the program."""
        reference = delegate.table(1)
        if reference is None:
            raise ValueError("a back end is handed nothing")
        index = reference.number(1, "<I")
        if reference.number(0, "<b"):
            return Delegate(delegate.text(0), self._segment(index), calls)
        return Delegate(delegate.text(0), list(self.program.tables(3))[index].bytes(0), calls)


def itemsize(dtype: str) -> int:
    """Bytes of one element."""
    import numpy as np

    return BYTES.get(dtype) or np.dtype(dtype).itemsize

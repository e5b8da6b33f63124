"""Flatbuffers read by the place of their fields, without a schema's generated code: numbers, texts, lists, tables and unions.

A file may come from anywhere: every place is held against the content before it is read, every list against what is left of
it. The encoding: https://flatbuffers.dev/internals/ (tables, virtual tables, vectors).
"""

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_ENTRIES = 10_000_000
MAX_TEXT_BYTES = 1000
# What reading at a wrong place raises.
WRONG_PLACE = (struct.error, ValueError, IndexError, KeyError, TypeError, OverflowError)


class Buffer:
    """One flatbuffer: bytes as an array of uint8. ``left`` is how many list entries may still be read."""

    def __init__(self, content: "Array") -> None:
        self.content, self.left = content, min(len(content), MAX_ENTRIES)
        self._view: memoryview = content.data

    def root(self, identifier: bytes) -> "Table":
        """The outermost table. Raises ValueError when bytes 4 to 8 are not the identifier."""
        if self.content[4:8].tobytes() != identifier:
            raise ValueError(f"it does not say {identifier.decode()} where such a file does")
        return Table(self, self.read("<I", 0))

    def read(self, code: str, at: int) -> int:
        """The number at a place, ``code`` as in :mod:`struct`. Raises ValueError or struct.error outside the content."""
        if at < 0:
            raise ValueError("a place before the beginning")
        return int(struct.unpack_from(code, self._view, at)[0])

    def spend(self, entries: int) -> None:
        """Count entries of lists. Raises ValueError when there were more than a file of this size has."""
        self.left -= entries
        if entries < 0 or self.left < 0:
            raise ValueError("its lists are longer than the file")

    def piece(self, start: int, size: int) -> "Array":
        """A view of bytes. Raises ValueError where they are not all there."""
        if start < 0 or size < 0 or start + size > len(self.content):
            raise ValueError("it ends inside its data")
        return self.content[start : start + size]


class Table:
    """One table at its place; ``slot`` is a field's number in the schema, from 0."""

    __slots__ = ("at", "buffer")

    def __init__(self, buffer: Buffer, at: int) -> None:
        self.buffer, self.at = buffer, at

    def number(self, slot: int, code: str = "<i", default: int = 0) -> int:
        """A whole number."""
        at = self._field(slot)
        return self.buffer.read(code, at) if at else default

    def table(self, slot: int) -> "Table | None":
        """A table, None where there is none."""
        at = self._field(slot)
        return Table(self.buffer, self._followed(at)) if at else None

    def union(self, slot: int) -> "tuple[int, Table | None]":
        """What kind of table a union holds, and the table; its kind lies in ``slot``, the table in the next."""
        return self.number(slot, "<B"), self.table(slot + 1)

    def text(self, slot: int) -> str:
        """A string, cut where nothing sensible is that long."""
        start, size = self._vector(slot, 1)
        return self.buffer.piece(start, min(size, MAX_TEXT_BYTES)).tobytes().decode(errors="replace")

    def bytes(self, slot: int) -> "Array":
        """A list of bytes as a view."""
        return self.buffer.piece(*self._vector(slot, 1))

    def numbers(self, slot: int, dtype: str = "<i4") -> tuple[int, ...]:
        """A list of numbers as Python's."""
        import numpy as np

        width = np.dtype(dtype).itemsize
        start, size = self._vector(slot, width)
        self.buffer.spend(size)
        return tuple(self.buffer.piece(start, size * width).view(dtype).tolist())

    def tables(self, slot: int) -> "Iterator[Table]":
        """A list of tables, one after another."""
        start, size = self._vector(slot, 4)
        self.buffer.spend(size)
        for index in range(size):
            yield Table(self.buffer, self._followed(start + 4 * index))

    def _field(self, slot: int) -> int:
        """Where a field lies, 0 where the table has none."""
        virtual = self.at - self.buffer.read("<i", self.at)
        place = 4 + 2 * slot
        offset = self.buffer.read("<H", virtual + place) if place < self.buffer.read("<H", virtual) else 0
        return self.at + offset if offset else 0

    def _followed(self, at: int) -> int:
        """Where what is referred to at a place lies."""
        return at + self.buffer.read("<I", at)

    def _vector(self, slot: int, width: int) -> tuple[int, int]:
        """Where the entries of a list begin, and how many there are, each of ``width`` bytes; 0 where there is no list."""
        at = self._field(slot)
        if not at:
            return 0, 0
        start = self._followed(at)
        size = self.buffer.read("<I", start)
        self.buffer.piece(start + 4, size * width)
        return start + 4, size

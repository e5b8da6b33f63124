"""What the plan of a ``.pte`` file calls: ExecuTorch's own kernels, and the operations that it left to back ends.

ExecuTorch's runtime shows nothing of that to Python. The format: ``schema/program.fbs`` and
``backends/xnnpack/serialization/schema.fbs`` of ExecuTorch 1.3.1; the numbers of fields and kinds below are theirs.
"""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

IDENTIFIER, HEADER, XNN_HEADER = b"ET12", b"eh00", b"XH00"
XNNPACK = "XnnpackBackend"
KERNEL_CALL, DELEGATE_CALL = 1, 2


class Plan(NamedTuple):
    """How many kernels of its own the method ``forward`` calls; how many operations each back end was left, None where nobody knows."""

    kernels: int
    delegated: dict[str, int | None]


def plan_of(path: Path) -> Plan:
    """Read the plan of a file that the runtime has loaded. Raises ValueError or struct.error where it is none."""
    with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content[4:8] != IDENTIFIER:
            raise ValueError(f"{path.name} is no ExecuTorch program")
        program = _followed(content, 0)
        plan = next(plan for plan in _tables(content, program, 1) if _text(content, plan, 0) == "forward")
        kinds = [_number(content, each, 0, "<B") for chain in _tables(content, plan, 5) for each in _tables(content, chain, 2)]
        delegated: dict[str, int | None] = {}
        for delegate in _tables(content, plan, 7):
            name = _text(content, delegate, 0)
            count = _nodes(content, program, delegate) if name == XNNPACK else None
            before = delegated.get(name, 0)
            delegated[name] = None if count is None or before is None else before + count
        return Plan(kinds.count(KERNEL_CALL), delegated if DELEGATE_CALL in kinds else {})


def _nodes(content: Any, program: int, delegate: int) -> int | None:
    """How many nodes the graph of one XNNPACK delegate has."""
    reference = _followed(content, _field(content, delegate, 1))
    index = _number(content, reference, 1, "<I")
    if not _number(content, reference, 0, "<b"):  # inside the program
        start = _followed(content, _field(content, list(_tables(content, program, 3))[index], 0)) + 4
    else:
        base = struct.unpack_from("<Q", content, 24)[0] if content[8:12] == HEADER else 0
        start = base + _number(content, list(_tables(content, program, 4))[index], 0, "<Q")
    if content[start + 4 : start + 8] != XNN_HEADER:
        return None
    graph = start + struct.unpack_from("<I", content, start + 10)[0]
    return sum(1 for _ in _tables(content, _followed(content, graph), 1))


def _field(content: Any, table: int, slot: int) -> int:
    """Where a field of a table lies, 0 where it has none."""
    virtual = table - struct.unpack_from("<i", content, table)[0]
    place = 4 + 2 * slot
    offset: int = struct.unpack_from("<H", content, virtual + place)[0] if place < struct.unpack_from("<H", content, virtual)[0] else 0
    return table + offset if offset else 0


def _followed(content: Any, at: int) -> int:
    """Where what is referred to at a place lies."""
    return at + int(struct.unpack_from("<I", content, at)[0])


def _number(content: Any, table: int, slot: int, code: str) -> int:
    """A whole number, 0 where the table has none."""
    at = _field(content, table, slot)
    return int(struct.unpack_from(code, content, at)[0]) if at else 0


def _text(content: Any, table: int, slot: int) -> str:
    """A string."""
    at = _field(content, table, slot)
    if not at:
        return ""
    start = _followed(content, at)
    return bytes(content[start + 4 : start + 4 + struct.unpack_from("<I", content, start)[0]]).decode(errors="replace")


def _tables(content: Any, table: int, slot: int) -> Iterator[int]:
    """The tables of a list."""
    at = _field(content, table, slot)
    if at:
        start = _followed(content, at)
        for index in range(struct.unpack_from("<I", content, start)[0]):
            yield _followed(content, start + 4 + 4 * index)

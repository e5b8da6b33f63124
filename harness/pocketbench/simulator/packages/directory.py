"""Where a zip's directory is, and how large: looked at before it is read, for each of its entries becomes an object (.ZIP File Format, 4.3.16)."""

import struct
from typing import BinaryIO

MAX_BYTES = 8 << 20  # a directory of 65,535 entries, the most that a zip without zip64 counts, has about six million
_END = struct.Struct("<4s4H2IH")
_LOCATOR = b"PK\6\7"  # of zip64's own end, which no phone of an Android before 11 knew
_LOCATOR_BYTES = 20


def bounds(file: BinaryIO) -> tuple[int, int]:
    """Its place and its size in bytes. Raises ValueError for a file that is no zip, has zip64 or too large a directory; struct.error for one that is cut."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - (1 << 16) - _END.size - _LOCATOR_BYTES))
    tail = file.read()
    end = tail.rindex(b"PK\5\6")
    _, _, _, _, _, length, place, _ = _END.unpack_from(tail, end)
    if tail[max(0, end - _LOCATOR_BYTES) : end].startswith(_LOCATOR) or length > MAX_BYTES:
        raise ValueError("a directory that is too large")
    return place, length

"""What is inside an artifact, as far as no format matters: bytes, and weights tallied tensor by tensor."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

CHUNK_BYTES = 1 << 20
QUANTIZED_BITS = 8
# What numpy has no word for, or another one.
BITS = {"int4": 4, "uint4": 4, "int2": 2, "bfloat16": 16, "float8_e4m3fn": 8, "float8_e5m2": 8}


def files(path: Path) -> tuple[Path, ...]:
    """The files of an artifact: itself, or everything under its folder in sorted order."""
    return tuple(sorted(file for file in path.rglob("*") if file.is_file())) if path.is_dir() else (path,)


def size_bytes(paths: Iterable[Path]) -> int:
    """The bytes of all files together."""
    return sum(path.stat().st_size for path in paths)


def zip_bytes(paths: Iterable[Path]) -> int:
    """The bytes of all files after deflate level 9 (RFC 1951), each file for itself, without the headers of an archive."""
    return sum(sum(map(len, _deflated(path))) for path in paths)


@dataclass(slots=True)
class Weights:
    """Weight elements added up tensor by tensor; no tensor is kept."""

    by_dtype: Counter[str] = field(default_factory=Counter)
    zero: int = 0
    unique: int = 0

    @property
    def elements(self) -> int:
        """How many there are."""
        return self.by_dtype.total()

    @property
    def quantized(self) -> int:
        """How many have 8 bits or fewer."""
        return sum(count for dtype, count in self.by_dtype.items() if bits(dtype) <= QUANTIZED_BITS)

    @property
    def zeros(self) -> float:
        """The share that is zero; 0 where there are none."""
        return self.zero / self.elements if self.elements else 0.0

    def add(self, values: "Array", dtype: str, *, zero: int = 0, unstored: int = 0) -> None:
        """Add one tensor: ``values`` as stored, any shape; ``zero`` is the stored number that means 0.

        ``unstored`` elements are zeros that a sparse encoding left out. Values numpy has no dtype for come as the
        unsigned integers of their bits.
        """
        self.by_dtype[dtype] += values.size + unstored
        zeros = values.size - _count_other(values, zero)
        self.zero += zeros + unstored
        self.unique = max(self.unique, unique_values(values) + bool(unstored and not zeros))


def bits(dtype: str) -> int:
    """How many bits one element of a dtype takes: 4 for "int4". Raises TypeError for a word that is no dtype."""
    import numpy as np

    return BITS.get(dtype) or 8 * np.dtype(dtype).itemsize


def unique_values(values: "Array") -> int:
    """How many different values an array of any shape holds; 0.0 and -0.0 are one, NaNs of the same bits are one.

    Takes as much memory again as the array, and n log n time.
    """
    import numpy as np

    if not values.size:
        return 0
    flat = values.reshape(-1)
    whole = flat.view(np.dtype(f"u{values.dtype.itemsize}"))
    if values.dtype.itemsize <= 2:
        return _seen(whole) - bool(values.dtype.kind == "f" and _both_zeros(flat))
    ordered = np.sort(whole)
    different = 1 + sum(int(np.count_nonzero(chunk[1:] != chunk[:-1])) for chunk in _overlapping(ordered))
    return different - bool(values.dtype.kind == "f" and _both_zeros(flat))


def unpacked(stored: "Array", dtype: str, count: int) -> "Array":
    """Unpack the first ``count`` elements of fewer than 8 bits, the low bits of each byte first, as int8 or uint8."""
    import numpy as np

    width = bits(dtype)
    shifts = np.arange(0, 8, width, dtype=np.uint8)
    values = ((stored.reshape(-1, 1).view(np.uint8) >> shifts) & ((1 << width) - 1)).reshape(-1)[:count]
    if dtype.startswith("u"):
        return values
    sign = 1 << (width - 1)
    return (values.astype(np.int8) ^ sign) - np.int8(sign)


def _deflated(path: Path) -> Iterator[bytes]:
    """A file's deflate stream, a piece at a time."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    with path.open("rb") as opened:
        while chunk := opened.read(CHUNK_BYTES):
            yield squeeze.compress(chunk)
    yield squeeze.flush()


def _count_other(values: "Array", zero: int) -> int:
    """How many values are not ``zero``."""
    import numpy as np

    return int(np.count_nonzero(values)) if not zero else int(np.count_nonzero(values != zero))


def _seen(whole: "Array") -> int:
    """How many of the 256 or 65536 possible values occur."""
    import numpy as np

    seen = np.zeros(1 << (8 * whole.dtype.itemsize), dtype=bool)
    for start in range(0, len(whole), CHUNK_BYTES):  # an index takes eight bytes while it is used
        seen[whole[start : start + CHUNK_BYTES]] = True
    return int(np.count_nonzero(seen))


def _both_zeros(flat: "Array") -> bool:
    """Whether floats hold both 0.0 and -0.0."""
    import numpy as np

    signs = np.signbit(flat[flat == 0])
    return bool(signs.any() and not signs.all())


def _overlapping(ordered: "Array") -> Iterator["Array"]:
    """Pieces of an array, each beginning with the last element of the one before."""
    for start in range(0, len(ordered), CHUNK_BYTES):
        yield ordered[max(0, start - 1) : start + CHUNK_BYTES]

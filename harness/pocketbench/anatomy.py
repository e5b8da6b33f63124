"""What is inside an artifact, as far as no format matters: bytes, and weights tallied tensor by tensor."""

import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.kernels import Count, counted_stored
from pocketbench.model import Kernel

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

CHUNK_BYTES = 1 << 20
# What one thread deflates: half a gigabyte takes most of a minute, and longer where many bytes are zeros.
PIECE_BYTES = 1 << 26
QUANTIZED_BITS = 8
# What numpy has no word for, or another one.
BITS = {"int4": 4, "uint4": 4, "int2": 2, "bfloat16": 16, "float8_e4m3fn": 8, "float8_e5m2": 8}

# Of a framework's variables: what is no kernel or table, by the last word of its name.
NOT_WEIGHTS = ("bias", "alpha", "beta", "gamma", "mean", "variance", "moving_mean", "moving_variance")


def files(path: Path) -> tuple[Path, ...]:
    """The files of an artifact: itself, or everything under its folder in sorted order."""
    return tuple(sorted(file for file in path.rglob("*") if file.is_file())) if path.is_dir() else (path,)


def size_bytes(paths: Iterable[Path]) -> int:
    """The bytes of all files together."""
    return sum(path.stat().st_size for path in paths)


def zip_bytes(paths: Iterable[Path]) -> int:
    """The bytes of all files after deflate level 9 (RFC 1951), each file for itself, without the headers of an archive.

    Pieces of PIECE_BYTES begin without what was before them, so that every core has one; that changes less than a thousandth of a percent.
    """
    pieces = [(path, start) for path in paths for start in range(0, path.stat().st_size or 1, PIECE_BYTES)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(lambda piece: sum(map(len, deflated(*piece))), pieces))


def deflated(path: Path, start: int) -> Iterator[bytes]:
    """Deflate one piece of a file; those of all pieces, one after another, are one stream."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    with path.open("rb") as opened:
        opened.seek(start)
        end = min(start + PIECE_BYTES, path.stat().st_size)
        while chunk := opened.read(min(CHUNK_BYTES, end - opened.tell())):
            yield squeeze.compress(chunk)
        yield squeeze.flush(zlib.Z_FINISH if end == path.stat().st_size else zlib.Z_FULL_FLUSH)


@dataclass(slots=True)
class Weights:
    """Weight elements added up tensor by tensor; no tensor is kept. ``kernels`` describes them where the format tells which is what."""

    by_dtype: Counter[str] = field(default_factory=Counter)
    zero: int = 0
    unique: int = 0
    kernels: list[Kernel] = field(default_factory=list)

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
        found = counted_stored(values, zero=zero, left_out=unstored)
        self.count(dtype, found)

    def count(self, dtype: str, found: Count) -> None:
        """Add one tensor that was counted."""
        self.by_dtype[dtype] += found.elements
        self.zero += found.zeros
        self.unique = max(self.unique, found.values)


def bits(dtype: str) -> int:
    """How many bits one element of a dtype takes: 4 for "int4". Raises TypeError for a word that is no dtype."""
    import numpy as np

    return BITS.get(dtype) or 8 * np.dtype(dtype).itemsize


def is_weight(name: str, rank: int) -> bool:
    """Whether a framework's variable is a kernel or table: two dimensions or more, and no bias, scale or statistic by its name, ``conv1/kernel:0``."""
    return rank > 1 and name.rpartition("/")[2].partition(":")[0] not in NOT_WEIGHTS


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

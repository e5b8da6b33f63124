"""ELF libraries for 64-bit x86, as their loader sees them: by the dynamic segment, not by section headers, which may say anything.

Numbers and structures: System V ABI, chapters 4 and 5; symbol versions: Linux Standard Base 5.0, "Symbol Versioning". The files are untrusted: every
place is looked up within the file, every count has a limit.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_BYTES = 1 << 29
MAX_PROGRAMS, MAX_DYNAMIC, MAX_SYMBOLS, MAX_NAME = 256, 4096, 1 << 20, 1 << 16
MAX_VERSIONS = 4096  # steps along their chains, which may stand still or go on for ever
MAX_NAMES = 1 << 28  # letters of all names together: a million of them may all be the longest
OBJECT, FUNCTION, THREAD_LOCAL, INDIRECT = 1, 2, 6, 10  # kinds of symbols
_X86_64, _LOAD, _DYNAMIC, _TLS = 62, 1, 2, 7
_NULL, _NEEDED, _HASH, _STRTAB, _SYMTAB, _SONAME, _GNU_HASH, _VERSYM, _VERNEED = 0, 1, 4, 5, 6, 14, 0x6FFFFEF5, 0x6FFFFFF0, 0x6FFFFFFE


class NotElf(Exception):
    """The file is no library that could be loaded here; the message says why."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A dynamic symbol; ``kind`` is the ABI's number, ``version`` the name that an undefined one is asked for with, None for any."""

    name: str
    kind: int
    weak: bool
    defined: bool
    version: str | None


@dataclass(frozen=True, slots=True)
class Elf:
    """A library: the name that it is known by, the libraries that it needs, the versions that it requires of each, its dynamic tags and symbols."""

    soname: str | None
    needed: tuple[str, ...]
    requires: dict[str, frozenset[str]]
    tags: frozenset[int]
    thread_local: bool
    symbols: tuple[Symbol, ...]


def read(path: Path) -> Elf:
    """Read a library. Raises NotElf; OSError when the file cannot be read."""
    if path.stat().st_size > MAX_BYTES:
        raise NotElf(f"{path.name}: more than {MAX_BYTES >> 20} MiB")
    try:
        return _elf(_Image(path.read_bytes()))
    except (struct.error, NotElf) as error:
        raise NotElf(f"{path.name}: {error if isinstance(error, NotElf) else 'it ends too early'}") from error


class _Image:
    """A file's bytes, looked up by the addresses that they are loaded at."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if data[:6] != b"\x7fELF\x02\x01":
            raise NotElf("no 64-bit ELF file")
        kind, machine = self.unpack("<HH", 16)
        if (kind, machine) != (3, _X86_64):
            raise NotElf("no shared library for x86_64")
        (start,), (size, count) = self.unpack("<Q", 32), self.unpack("<HH", 54)
        if size != 56 or count > MAX_PROGRAMS:
            raise NotElf("its program headers are not as they must be")
        self._left = MAX_NAMES
        self.programs = [self.unpack("<IIQQQQQQ", start + size * i) for i in range(count)]

    def unpack(self, form: str, offset: int) -> tuple[Any, ...]:
        """Numbers at an offset. Raises NotElf and struct.error outside the file."""
        if not 0 <= offset < len(self.data):
            raise NotElf("it speaks of a place outside itself")
        return struct.unpack_from(form, self.data, offset)

    def offset(self, address: int) -> int:
        """Where in the file an address is."""
        for kind, _, offset, start, _, size, _, _ in self.programs:
            if kind == _LOAD and start <= address < start + size:
                return int(offset + address - start)
        raise NotElf(f"address {address:#x} is in none of its segments")

    def text(self, offset: int) -> str:
        """The name at an offset."""
        end = self.data.find(b"\0", offset, offset + MAX_NAME) if offset >= 0 else -1
        if end < 0:
            raise NotElf("a name without an end")
        self._left -= end - offset + 1
        if self._left < 0:
            raise NotElf("its names are too long")
        return self.data[offset:end].decode("ascii", "backslashreplace")


def _elf(image: _Image) -> Elf:
    """Everything of a library."""
    entries = list(_dynamic(image))
    first = dict(reversed(entries))
    if not {_STRTAB, _SYMTAB} <= first.keys():
        raise NotElf("it has no dynamic symbols")
    strings = image.offset(first[_STRTAB])
    names, requires = _versions(image, first, strings)
    return Elf(
        soname=image.text(strings + first[_SONAME]) if _SONAME in first else None,
        needed=tuple(image.text(strings + value) for tag, value in entries if tag == _NEEDED),
        requires=requires,
        tags=frozenset(first),
        thread_local=any(program[0] == _TLS for program in image.programs),
        symbols=tuple(_symbols(image, first, strings, names)),
    )


def _dynamic(image: _Image) -> Iterator[tuple[int, int]]:
    """The entries of the dynamic segment."""
    segment = next((program for program in image.programs if program[0] == _DYNAMIC), None)
    if segment is None:
        raise NotElf("it has no dynamic segment")
    for i in range(min(segment[5] // 16, MAX_DYNAMIC)):
        tag, value = image.unpack("<QQ", segment[2] + 16 * i)
        if tag == _NULL:
            return
        yield tag, value


def _versions(image: _Image, tags: dict[int, int], strings: int) -> tuple[dict[int, str], dict[str, frozenset[str]]]:
    """The name of each version that is asked for, by its index; and the names by library."""
    names: dict[int, str] = {}
    requires: dict[str, frozenset[str]] = {}
    steps = 0
    place = image.offset(tags[_VERNEED]) if _VERNEED in tags else None
    while place is not None:
        _, count, library, first, step = image.unpack("<HHIII", place)
        steps += 1 + count
        if steps > MAX_VERSIONS:
            raise NotElf("too many versions")
        asked = dict(_asked(image, place + first, count, strings))
        names |= asked
        said = image.text(strings + library)
        requires[said] = requires.get(said, frozenset()) | frozenset(asked.values())
        place = place + step if step else None
    return names, requires


def _asked(image: _Image, place: int, count: int, strings: int) -> Iterator[tuple[int, str]]:
    """The index and the name of each version that is asked of one library."""
    for _ in range(count):
        _, _, index, name, step = image.unpack("<IHHII", place)
        yield index, image.text(strings + name)
        place += step


def _symbols(image: _Image, tags: dict[int, int], strings: int, versions: dict[int, str]) -> Iterator[Symbol]:
    """The dynamic symbols that have a name."""
    table, count = image.offset(tags[_SYMTAB]), _count(image, tags)
    numbers = image.offset(tags[_VERSYM]) if _VERSYM in tags else None
    for i in range(1, count):
        name, info, _, section, _, _ = image.unpack("<IBBHQQ", table + 24 * i)
        version = image.unpack("<H", numbers + 2 * i)[0] & 0x7FFF if numbers is not None else 1
        if text := image.text(strings + name):
            yield Symbol(text, info & 15, info >> 4 == 2, section != 0, versions.get(version))


def _count(image: _Image, tags: dict[int, int]) -> int:
    """How many dynamic symbols there are: only the hash tables say so."""
    if _HASH in tags:
        count = image.unpack("<II", image.offset(tags[_HASH]))[1]
    elif _GNU_HASH in tags:
        count = _gnu_count(image, image.offset(tags[_GNU_HASH]))
    else:
        raise NotElf("it has no hash table")
    if count > MAX_SYMBOLS:
        raise NotElf(f"{count} symbols are too many")
    return int(count)


def _gnu_count(image: _Image, table: int) -> int:
    """The end of the last chain of a GNU hash table, whose chains are in the order of the symbols; its last link has bit 0 set."""
    buckets, first, words, _ = image.unpack("<4I", table)
    if buckets > MAX_SYMBOLS or words > MAX_SYMBOLS:
        raise NotElf("its hash table is too big")
    places = table + 16 + 8 * words
    last = max(image.unpack(f"<{buckets}I", places), default=0)
    if last < first:
        return int(first)
    while last < MAX_SYMBOLS and not image.unpack("<I", places + 4 * (buckets + last - first))[0] & 1:
        last += 1
    return int(last) + 1

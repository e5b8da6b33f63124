"""Android's binary XML, as far as a manifest needs it (AOSP frameworks/base/libs/androidfw/include/androidfw/ResourceTypes.h)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

XML, STRINGS, RESOURCE_IDS, START = 0x0003, 0x0001, 0x0180, 0x0102
TEXT, REFERENCE = 0x03, 0x01
MAX_ELEMENTS = 100_000
SHARED = 4  # how often one place of a pool may be told, on the average: a million strings may all begin at the longest
_CHUNK = struct.Struct("<HHI")  # type, size of the header, size of the chunk
ATTRIBUTE = struct.Struct("<IIIHBBI")  # namespace, name, value as text; of the value its size, a zero, its type and itself
_NO_STRING = 0xFFFFFFFF
_UTF8 = 1 << 8


class NotXml(Exception):
    """These bytes are no binary XML."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its name, its attributes by their resource ids where they have one, else by name. Numbers, booleans and references are integers."""

    name: str
    attributes: dict[int | str, int | str]


def elements(data: bytes) -> tuple[Element, ...]:
    """Every element in the order of their beginnings. Raises NotXml."""
    try:
        return tuple(_elements(data))
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise NotXml(str(error)) from error


def _elements(data: bytes) -> Iterator[Element]:
    """Go over the chunks."""
    if _CHUNK.unpack_from(data)[0] != XML:
        raise NotXml("another kind of file")
    texts: list[str] = []
    ids: tuple[int, ...] = ()
    for count, (kind, start, header, size) in enumerate(_chunks(data)):
        if count > MAX_ELEMENTS:
            raise NotXml("too many elements")
        if kind == STRINGS:
            texts = _strings(data[start : start + size])
        elif kind == RESOURCE_IDS:
            ids = struct.unpack_from(f"<{(size - header) // 4}I", data, start + header)
        elif kind == START:
            yield _element(data[start : start + size], header, texts, ids)


def _chunks(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Kind, place, size of the header and size of each chunk inside the file's own."""
    place = _CHUNK.unpack_from(data)[1]
    while place + _CHUNK.size <= len(data):
        kind, header, size = _CHUNK.unpack_from(data, place)
        if size < _CHUNK.size or place + size > len(data):
            raise NotXml("a chunk that is cut")
        yield kind, place, header, size
        place += size


def _strings(chunk: bytes) -> list[str]:
    """A pool of strings."""
    _, header, _ = _CHUNK.unpack_from(chunk)
    count, _, flags, start = struct.unpack_from("<4I", chunk, _CHUNK.size)
    if count * 4 > len(chunk):
        raise NotXml("more strings than there can be")
    read = _utf8 if flags & _UTF8 else _utf16
    texts: list[str] = []
    left = SHARED * len(chunk)
    for offset in struct.unpack_from(f"<{count}I", chunk, header):
        texts.append(read(chunk, start + offset))
        left -= len(texts[-1])
        if left < 0:
            raise NotXml("more text than there can be")
    return texts


def _utf8(chunk: bytes, place: int) -> str:
    """Its length in characters, then in bytes, each one or two bytes; then the bytes."""
    place += 2 if chunk[place] & 0x80 else 1
    length = chunk[place]
    place += 1
    if length & 0x80:
        length = (length & 0x7F) << 8 | chunk[place]
        place += 1
    return chunk[place : place + length].decode(errors="replace")


def _utf16(chunk: bytes, place: int) -> str:
    """Its length in units, one or two of them; then the units."""
    (length,) = struct.unpack_from("<H", chunk, place)
    place += 2
    if length & 0x8000:
        length = (length & 0x7FFF) << 16 | struct.unpack_from("<H", chunk, place)[0]
        place += 2
    return chunk[place : place + 2 * length].decode("utf-16-le", errors="replace")


def _element(data: bytes, place: int, texts: list[str], ids: tuple[int, ...]) -> Element:
    """One element; its attributes begin where it says, and lie inside its chunk, none at another's place."""
    _, name, first, size, count = struct.unpack_from("<IIHHH", data, place)
    if count and size < ATTRIBUTE.size:
        raise NotXml("attributes over each other")
    attributes = dict(_attribute(data, place + first + number * size, texts, ids) for number in range(count))
    return Element(texts[name], attributes)


def _attribute(data: bytes, place: int, texts: list[str], ids: tuple[int, ...]) -> tuple[int | str, int | str]:
    """One attribute: its key and its value."""
    _, name, raw, _, _, kind, value = ATTRIBUTE.unpack_from(data, place)
    key: int | str = ids[name] if name < len(ids) else texts[name]
    if kind == TEXT:
        return key, texts[value]
    return key, texts[raw] if raw != _NO_STRING and kind != REFERENCE else value

"""A reader of dex files, as far as the names of classes (Dalvik Executable format, source.android.com)."""

import struct


def classes(data: bytes) -> set[str]:
    """The classes that a dex defines, as ``org.example.Name``."""
    assert data[:4] == b"dex\n"
    _, strings, _, types = struct.unpack_from("<4I", data, 0x38)
    count, definitions = struct.unpack_from("<2I", data, 0x60)
    indices = (struct.unpack_from("<I", data, definitions + 32 * each)[0] for each in range(count))
    return {_name(data, strings, struct.unpack_from("<I", data, types + 4 * index)[0]) for index in indices}


def _name(data: bytes, strings: int, index: int) -> str:
    """A type's descriptor as a name."""
    (place,) = struct.unpack_from("<I", data, strings + 4 * index)
    while data[place] & 0x80:  # the length, in 7 bits a byte
        place += 1
    text = data[place + 1 : data.index(0, place + 1)].decode()
    return text.removeprefix("L").removesuffix(";").replace("/", ".")

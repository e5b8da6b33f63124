"""The head of a dex file, which a phone looks at before anything else (source.android.com, "Dalvik executable format", header_item)."""

import re
import struct
import zlib

_MAGIC = re.compile(rb"dex\n0[34][0-9]\0")
_HEAD = struct.Struct("<8sI20sI")  # magic, checksum of all that follows it, signature, size of the file


def wrong(data: bytes) -> str:
    """What is wrong with a dex file, in words; "" for nothing. A damaged one would be read as far as it goes."""
    if len(data) < _HEAD.size or not _MAGIC.match(data):
        return "is no dex file"
    _, checksum, _, size = _HEAD.unpack_from(data)
    if size != len(data):
        return f"has {len(data)} bytes and says {size}"
    return "" if zlib.adler32(memoryview(data)[12:]) == checksum else "has another checksum than it says"

"""A dex file with another text in place of one as long: its checksum and signature are right again."""

import hashlib
import struct
import zlib


def patched(dex: bytes, was: str, becomes: str) -> bytes:
    """The dex; a phone's verifier would mind the order of its strings, which nobody here looks at."""
    assert len(was) == len(becomes)
    assert was.encode() in dex
    return righted(dex.replace(was.encode(), becomes.encode()))


def righted(dex: bytes) -> bytes:
    """With the signature and the checksum that its bytes have (source.android.com, "Dalvik executable format", header_item)."""
    signed = hashlib.sha1(dex[32:], usedforsecurity=False).digest() + dex[32:]
    return dex[:8] + struct.pack("<I", zlib.adler32(signed)) + signed

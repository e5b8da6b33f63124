"""Who signed an APK: the first certificate of its signing block (APK Signature Scheme v2 and v3), or its old JAR signature's file.

Whether the signature is right is not looked at here: ``inside/signed.py`` has that done where the computer can.
"""

import hashlib
import struct
from typing import BinaryIO
from zipfile import ZipFile

from pocketbench.simulator.packages.directory import bounds

MAGIC = b"APK Sig Block 42"
SCHEMES = (0xF05368C0, 0x7109871A)  # v3, v2
MAX_BLOCK = 1 << 22
_OLD = (".RSA", ".DSA", ".EC")


def signer(file: BinaryIO, archive: ZipFile, *, old: bool) -> str:
    """The sha256 of the signer's certificate, "" when nobody signed; ``old`` counts a JAR signature, which a phone only takes for older apps."""
    try:
        block = _block(file)
        for scheme in SCHEMES:
            if scheme in block:
                return hashlib.sha256(_certificate(block[scheme])).hexdigest()
    except (struct.error, OSError, ValueError):
        return ""
    names = [name for name in archive.namelist() if name.upper().startswith("META-INF/") and name.upper().endswith(_OLD)]
    if not (old and names):
        return ""
    with archive.open(names[0]) as signed:
        return hashlib.sha256(signed.read(MAX_BLOCK)).hexdigest()


def _block(file: BinaryIO) -> dict[int, bytes]:
    """The signing block that stands before the central directory: values by their ids. Raises ValueError and struct.error."""
    directory, _ = bounds(file)
    if directory < 32:
        return {}
    file.seek(directory - 24)
    length, magic = struct.unpack("<Q16s", file.read(24))
    if magic != MAGIC or not 24 <= length <= min(MAX_BLOCK, directory - 8):
        return {}
    file.seek(directory - length)
    return _pairs(file.read(length - 24))


def _pairs(data: bytes) -> dict[int, bytes]:
    """Values behind their lengths and ids."""
    found, place = {}, 0
    while place + 12 <= len(data):
        length, name = struct.unpack_from("<QI", data, place)
        found[name] = data[place + 12 : place + 8 + length]
        place += 8 + length
    return found


def _certificate(value: bytes) -> bytes:
    """The first signer's first certificate: signers, signer, signed data, then past the digests the certificates, each behind its length."""
    signed = _part(_part(_part(value, 0), 0), 0)
    return _part(_part(signed, 4 + struct.unpack_from("<I", signed)[0]), 0)


def _part(data: bytes, place: int) -> bytes:
    """What stands behind a length of four bytes."""
    (length,) = struct.unpack_from("<I", data, place)
    if length > len(data) - place - 4:
        raise ValueError("cut")
    return data[place + 4 : place + 4 + length]

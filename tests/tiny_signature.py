"""Real signatures for small APKs (APK Signature Scheme v2): a key and its certificate are made of a name, the same ones each time."""

import functools
import hashlib
import random
import struct
from dataclasses import dataclass

SCHEME, RSA_SHA256 = 0x7109871A, 0x0103
CHUNK = 1 << 20
EXPONENT = 65537
# Object identifiers, as they are written: rsaEncryption, sha256WithRSAEncryption, commonName, sha256.
RSA, SIGNED_BY_RSA, COMMON_NAME, SHA256 = "2a864886f70d010101", "2a864886f70d01010b", "550403", "608648016503040201"


@dataclass(frozen=True)
class Signer:
    """A key of 1024 bits, its public half and a certificate that it signed itself, both in DER."""

    modulus: int
    secret: int
    public: bytes
    certificate: bytes

    def sign(self, data: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2.1)."""
        return _signature(data, self.modulus, self.secret)


@functools.cache
def signer(name: bytes) -> Signer:
    """The signer of a name; the name is no secret, so neither is the key."""
    chance = random.Random(name)  # noqa: S311 - the same key each time is what is wanted
    one, other = _prime(chance), _prime(chance)
    modulus, secret = one * other, pow(EXPONENT, -1, (one - 1) * (other - 1))
    public = _der(0x30, _der(0x30, _name(RSA), _der(5)), _der(3, b"\0", _der(0x30, _number(modulus), _number(EXPONENT))))
    algorithm = _der(0x30, _name(SIGNED_BY_RSA), _der(5))
    who = _der(0x30, _der(0x31, _der(0x30, _name(COMMON_NAME), _der(12, hashlib.sha256(name).hexdigest()[:16].encode()))))
    when = _der(0x30, _der(23, b"200101000000Z"), _der(23, b"491231235959Z"))
    said = _der(0x30, _number(1), algorithm, who, when, who, public)
    return Signer(modulus, secret, public, _der(0x30, said, algorithm, _der(3, b"\0", _signature(said, modulus, secret))))


def block(archive: bytes, name: bytes) -> bytes:
    """The signing block of a zip, to be put before its central directory."""
    mine, end = signer(name), archive.rindex(b"PK\5\6")
    (start,) = struct.unpack_from("<I", archive, end + 16)
    digest = _digest(archive[:start], archive[start:end], archive[end:])
    data = _counted(_counted(struct.pack("<I", RSA_SHA256) + _counted(digest))) + _counted(_counted(mine.certificate)) + _counted(b"")
    signature = struct.pack("<I", RSA_SHA256) + _counted(mine.sign(data))
    value = _counted(_counted(_counted(data) + _counted(_counted(signature)) + _counted(mine.public)))
    pair = struct.pack("<QI", 4 + len(value), SCHEME) + value
    length = struct.pack("<Q", len(pair) + 24)
    return length + pair + length + b"APK Sig Block 42"


def _digest(*sections: bytes) -> bytes:
    """The digest over the sections' chunks; the end of the directory is taken as it is without a signing block."""
    chunks = [section[place : place + CHUNK] for section in sections for place in range(0, len(section), CHUNK)]
    each = [hashlib.sha256(b"\xa5" + _counted(chunk)).digest() for chunk in chunks]
    return hashlib.sha256(b"\x5a" + struct.pack("<I", len(each)) + b"".join(each)).digest()


def _signature(data: bytes, modulus: int, secret: int) -> bytes:
    """The signature of some bytes."""
    told = _der(0x30, _der(0x30, _name(SHA256), _der(5)), _der(4, hashlib.sha256(data).digest()))
    size = (modulus.bit_length() + 7) // 8
    padded = b"\0\1" + b"\xff" * (size - len(told) - 3) + b"\0" + told
    return pow(int.from_bytes(padded), secret, modulus).to_bytes(size)


def _prime(chance: random.Random) -> int:
    """A prime of 512 bits, or what twenty tests of Miller and Rabin take for one; it is 3 modulo 4, for which the test is one power."""
    while True:
        found = chance.getrandbits(512) | 3 << 510 | 3
        if (found - 1) % EXPONENT == 0 or not all(found % small for small in range(3, 2000, 2)):
            continue
        if all(pow(chance.randrange(2, found - 1), found // 2, found) in (1, found - 1) for _ in range(20)):
            return found


def _der(tag: int, *parts: bytes) -> bytes:
    """A value in DER."""
    body = b"".join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else b"\x81" + bytes([size]) if size < 256 else b"\x82" + struct.pack(">H", size)
    return bytes([tag]) + length + body


def _number(value: int) -> bytes:
    """A positive number in DER."""
    return _der(2, value.to_bytes(value.bit_length() // 8 + 1))


def _name(identifier: str) -> bytes:
    """An object identifier in DER."""
    return _der(6, bytes.fromhex(identifier))


def _counted(data: bytes) -> bytes:
    """Bytes behind their length."""
    return struct.pack("<I", len(data)) + data

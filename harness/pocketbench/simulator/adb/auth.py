"""Who may use adb: the computer signs a token with its key; a key that the phone does not know is shown to its owner.

The key that is offered is Android's own form of an RSA public key (AOSP adb/../libcrypto_utils/android_pubkey.cpp): words
count, n0inv, the modulus and R², little-endian, then the exponent, all in base64 and followed by the computer's name.
"""

import base64
import binascii
import hmac
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Mode = Literal["none", "accept", "ask", "deny"]
MODES: tuple[Mode, ...] = ("none", "accept", "ask", "deny")
TOKEN, SIGNATURE, PUBLIC_KEY = 1, 2, 3
TOKEN_BYTES = 20
KEYS = Path("/data/misc/adb/adb_keys")
MAX_KEYS = 1000
_MODULUS_BYTES = 256
_ENCODED_BYTES = 4 + 4 + 2 * _MODULUS_BYTES + 4
# PKCS #1 v1.5 for SHA-1 (RFC 8017, 9.2); the token stands where the digest would.
_DIGEST_INFO = bytes.fromhex("3021300906052b0e03021a05000414")
_PADDED = b"\0\1" + b"\xff" * (_MODULUS_BYTES - 3 - len(_DIGEST_INFO) - TOKEN_BYTES) + b"\0" + _DIGEST_INFO


@dataclass(frozen=True, slots=True)
class Key:
    """A computer's public key."""

    modulus: int
    exponent: int

    def signed(self, token: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is this key's for ``token``."""
        if len(signature) != _MODULUS_BYTES:
            return False
        opened = pow(int.from_bytes(signature, "big"), self.exponent, self.modulus)
        return hmac.compare_digest(opened.to_bytes(_MODULUS_BYTES, "big"), _PADDED + token)


@dataclass(slots=True)
class Owner:
    """The phone's owner, and the keys they accepted for good.

    ``mode`` is what they do with a new one: not asked, accept, think about it, deny; ``usual`` what they did before something was wrong.
    """

    mode: Mode
    usual: Mode
    file: Path = KEYS
    known: list[Key] = field(default_factory=list)

    def knows(self, token: bytes, signature: bytes) -> bool:
        """Whether a key accepted before signed the token."""
        return self.mode != "deny" and any(key.signed(token, signature) for key in self.known)

    def remember(self, offered: bytes) -> None:
        """Accept a key for good."""
        if (key := parse(offered)) and key not in self.known:
            self.known = [*self.known[-MAX_KEYS:], key]
            self._keep()

    def forget(self) -> None:
        """Revoke every key."""
        self.known = []
        self._keep()

    def recall(self) -> None:
        """Read the keys that were accepted before the phone was started."""
        if self.file.is_file():
            lines = self.file.read_bytes().splitlines()[:MAX_KEYS]
            self.known = [key for line in lines if (key := parse(line))]

    def _keep(self) -> None:
        """Write them down as Android does, one a line."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(b"".join(_encoded(key) + b" computer\n" for key in self.known))


def token() -> bytes:
    """A fresh token to be signed."""
    return os.urandom(TOKEN_BYTES)


def parse(offered: bytes) -> Key | None:
    """The key in what a computer offers; None when there is none."""
    try:
        encoded = base64.b64decode(offered.rstrip(b"\0").split(b" ")[0], validate=True)
    except (binascii.Error, IndexError):
        return None
    if len(encoded) != _ENCODED_BYTES or struct.unpack_from("<I", encoded)[0] != _MODULUS_BYTES // 4:
        return None
    modulus = int.from_bytes(encoded[8 : 8 + _MODULUS_BYTES], "little")
    exponent = struct.unpack_from("<I", encoded, _ENCODED_BYTES - 4)[0]
    return Key(modulus, exponent) if modulus % 2 and modulus.bit_length() == 8 * _MODULUS_BYTES else None


def _encoded(key: Key) -> bytes:
    """A key in Android's form."""
    inverse = -pow(key.modulus, -1, 1 << 32) % (1 << 32)
    square = pow(1 << 8 * _MODULUS_BYTES, 2, key.modulus)
    numbers = key.modulus.to_bytes(_MODULUS_BYTES, "little") + square.to_bytes(_MODULUS_BYTES, "little")
    return base64.b64encode(struct.pack("<II", _MODULUS_BYTES // 4, inverse) + numbers + struct.pack("<I", key.exponent))

"""Packets: 24 bytes, six little-endian words, then at most a mebibyte of payload."""

import struct
from dataclasses import dataclass

HEADER = struct.Struct("<6I")
VERSION = 0x01000001  # from here on payloads have no checksum
MAX_PAYLOAD = 1 << 20
OLD_PAYLOAD = 4096  # for a peer before VERSION
_WORD = 0xFFFFFFFF
MAX_ID = 0x7FFFFFFF


def _command(name: str) -> int:
    """A command is its four letters."""
    return int.from_bytes(name.encode(), "little")


CNXN, AUTH, OPEN, OKAY, WRTE, CLSE = (_command(name) for name in ("CNXN", "AUTH", "OPEN", "OKAY", "WRTE", "CLSE"))


class Garbled(Exception):
    """What came is not the protocol; the connection that it came on ends, and nothing else."""


@dataclass(frozen=True, slots=True)
class Head:
    """A packet's header."""

    command: int
    arg0: int
    arg1: int
    length: int
    checksum: int


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet: what it is, its two arguments, its payload."""

    command: int
    arg0: int
    arg1: int
    payload: memoryview


def head(command: int, arg0: int, arg1: int, payload: bytes | memoryview, *, checked: bool) -> bytes:
    """The header of a packet; ``checked`` adds the checksum that an old peer wants."""
    return HEADER.pack(command, arg0, arg1, len(payload), checksum(payload) if checked else 0, command ^ _WORD)


def parse(header: bytes | bytearray) -> Head:
    """Read a header. Raises Garbled when it is none, or when it announces more than may come."""
    command, arg0, arg1, length, check, magic = HEADER.unpack(header)
    if magic != command ^ _WORD:
        raise Garbled("a header whose magic is wrong")
    if length > MAX_PAYLOAD:
        raise Garbled(f"a payload of {length} bytes")
    return Head(command, arg0, arg1, length, check)


def checksum(payload: bytes | memoryview) -> int:
    """The sum of all bytes."""
    return sum(payload) & _WORD

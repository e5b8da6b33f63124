"""Looking: STAT and LIST, whose numbers have 32 bits, and LST2, STA2 and LIS2, whose numbers have 64."""

import os
import struct
from collections.abc import Iterator

from pocketbench.simulator.adb.stream import Stream

_STAT1 = struct.Struct("<4s3I")  # word, mode, size, mtime
_ENTRY1 = struct.Struct("<4s4I")  # the same, then the length of the name
_STAT2 = struct.Struct("<4sIQQ4IQ3q")  # word, error, device, inode, mode, links, user, group, size, atime, mtime, ctime
_WORD = 0xFFFFFFFF
BATCH_BYTES = 64 << 10


async def stat1(stream: Stream, path: bytes) -> None:
    """One file, links as themselves; nothing there is zeros."""
    try:
        await stream.send(_STAT1.pack(b"STAT", *_short(os.lstat(path))))
    except OSError:
        await stream.send(_STAT1.pack(b"STAT", 0, 0, 0))


async def lstat2(stream: Stream, path: bytes) -> None:
    """One file, links as themselves."""
    await stream.send(_looked(b"LST2", path, follow=False))


async def stat2(stream: Stream, path: bytes) -> None:
    """One file, links followed."""
    await stream.send(_looked(b"STA2", path, follow=True))


async def list1(stream: Stream, path: bytes) -> None:
    """A folder; one that cannot be read is empty."""
    await _listed(stream, (_ENTRY1.pack(b"DENT", *_short(found), len(name)) + name for name, found in _entries(path)))
    await stream.send(_ENTRY1.pack(b"DONE", 0, 0, 0, 0))


async def list2(stream: Stream, path: bytes) -> None:
    """A folder, in full."""
    await _listed(stream, (_long(b"DNT2", found) + struct.pack("<I", len(name)) + name for name, found in _entries(path)))
    await stream.send(_STAT2.pack(b"DONE", *[0] * 11) + bytes(4))


async def _listed(stream: Stream, entries: Iterator[bytes]) -> None:
    """Send entries, many at once."""
    batch = bytearray()
    for entry in entries:
        batch += entry
        if len(batch) > BATCH_BYTES:
            await stream.send(bytes(batch))
            batch.clear()
    await stream.send(bytes(batch))


def _entries(path: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """What a folder holds, with the two entries that every folder has."""
    try:
        names = [b".", b"..", *os.listdir(path)]
    except OSError:
        return
    for name in names:
        try:
            yield name, os.lstat(path + b"/" + name)
        except OSError:  # gone meanwhile
            continue


def _looked(word: bytes, path: bytes, *, follow: bool) -> bytes:
    """The long answer about one path, or the error's number."""
    try:
        return _long(word, os.stat(path, follow_symlinks=follow))
    except OSError as error:
        return _STAT2.pack(word, error.errno or 0, *[0] * 10)


def _short(found: os.stat_result) -> tuple[int, int, int]:
    """Mode, size and mtime in 32 bits: a larger size wraps, as it does on a phone."""
    return found.st_mode, found.st_size & _WORD, int(found.st_mtime) & _WORD


def _long(word: bytes, found: os.stat_result) -> bytes:
    """Everything."""
    return _STAT2.pack(
        word, 0, found.st_dev, found.st_ino, found.st_mode, found.st_nlink, found.st_uid, found.st_gid,
        found.st_size, int(found.st_atime), int(found.st_mtime), int(found.st_ctime),
    )  # fmt: skip

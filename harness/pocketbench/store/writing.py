"""Bytes to disk: whole or not at all, flushed, and refusals said in words."""

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pocketbench.errors import ResultsError


def pretty(value: Any) -> bytes:
    """JSON for people to read."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def write(file: Path, content: bytes) -> None:
    """Write a file and flush it to the disk."""
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def add(file: int, line: bytes) -> None:
    """Append a line, after a newline if a cut line is the last. On failure, leave the file as it was."""
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        line = b"\n" + line
    try:
        written = os.write(file, line)
        while written < len(line):
            written += os.write(file, line[written:])
        os.fsync(file)
    except OSError:
        if os.fstat(file).st_size > size:
            os.ftruncate(file, size)
        raise


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say what an operating system's refusal to write means, and what to type."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        why = "the disk is full" if full else (error.strerror or str(error)).lower()
        hint = "free some space, then run … --resume last goes on" if full else "choose another folder with --results DIR"
        raise ResultsError(f"{folder}: cannot be written: {why}", hint=hint) from error


def file_name(job: str) -> str:
    """A job's id as a file name: readable, safe on every system, short enough, and one of its own by a piece of its hash."""
    safe = re.sub(r"[^A-Za-z0-9._=+@-]+", "_", job).lstrip(".-")
    return f"{safe[:120]}-{hashlib.sha256(job.encode(errors='surrogatepass')).hexdigest()[:8]}"

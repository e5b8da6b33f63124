"""What libraries print on standard error, read while it goes where it goes: some say what they chose there and nowhere else."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 1024 * 1024


@contextmanager
def heard(lines: list[str]) -> Iterator[None]:
    """Append to ``lines``, when the block ends, what was printed in it on file descriptor 2, by whatever language, up to 1 MiB.

    A standard error that is a file is read back, so that nothing is lost when the process dies in the block. Any other is
    kept in a file meanwhile, and passed on afterwards.
    """
    sys.stderr.flush()
    own = _readable()
    with own or tempfile.TemporaryFile() as file:
        start = os.fstat(2).st_size if own else 0
        try:
            with nullcontext() if own else _diverted(file.fileno()):
                yield
        finally:
            file.seek(start)
            said = file.read(MAX_BYTES).decode("utf-8", errors="replace")
            if not own:
                sys.stderr.write(said)
                sys.stderr.flush()
            lines += said.splitlines()


def _readable() -> BinaryIO | None:
    """Standard error opened to be read, where it is a file and the system gives a second way to it."""
    if stat.S_ISREG(os.fstat(2).st_mode):
        with suppress(OSError):
            return Path("/proc/self/fd/2").open("rb")
    return None


@contextmanager
def _diverted(descriptor: int) -> Iterator[None]:
    """Let file descriptor 2 lead elsewhere."""
    kept = os.dup(2)
    os.dup2(descriptor, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)

"""What a program is told and what it says, both at once, within one deadline and in bounded sizes."""

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO

PIECE_BYTES = 1 << 18
QUIET_S = 0.25


def talk(process: "subprocess.Popen[bytes]", until: float, pieces: Iterator[bytes], take: Callable[[bytes], None], complain: Callable[[bytes], None]) -> None:
    """Write ``pieces`` to a program and close, and give what it says to ``take`` and ``complain``, until it has ended.

    What it does not want to read is not written. Raises TimeoutError at ``until`` (monotonic seconds), and whatever ``take`` and ``complain`` raise.
    """
    stdin, stdout, stderr = pipes(process)
    heard = {stdout.fileno(): take, stderr.fileno(): complain}
    with selectors.DefaultSelector() as waited:
        for pipe, event in ((stdin, selectors.EVENT_WRITE), (stdout, selectors.EVENT_READ), (stderr, selectors.EVENT_READ)):
            os.set_blocking(pipe.fileno(), False)
            waited.register(pipe, event)
        rest = b""
        while heard:
            ready = waited.select(min(left(until), QUIET_S))
            if not ready and process.poll() is not None:
                return  # killed: the connection's own program has the pipes, too, for as long as the far side's goes on
            for key, _ in ready:
                if key.fileobj is stdin:
                    rest = _tell(waited, stdin, rest or next(pieces, b""))
                elif piece := os.read(key.fd, PIECE_BYTES):
                    heard[key.fd](piece)
                else:
                    waited.unregister(key.fileobj)
                    del heard[key.fd]
    try:
        process.wait(left(until))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None


def first_line_of_its_own(process: "subprocess.Popen[bytes]", until: float, line: bytes, limit_bytes: int) -> tuple[bool, bytes]:
    """Hear a program until it says a ``line``; whether it did, and what it said else: its complaints or, without any, all. It is told nothing.

    Raises TimeoutError.
    """
    _, stdout, stderr = pipes(process)
    heard = {stdout.fileno(): b"", stderr.fileno(): b""}
    with selectors.DefaultSelector() as waited:
        for number in heard:
            waited.register(number, selectors.EVENT_READ)
        while waited.get_map() and line not in heard[stdout.fileno()].splitlines():
            for key, _ in waited.select(left(until)):
                piece = os.read(key.fd, PIECE_BYTES)
                heard[key.fd] += piece
                if not piece or len(heard[key.fd]) > limit_bytes:
                    waited.unregister(key.fd)
    return line in heard[stdout.fileno()].splitlines(), heard[stderr.fileno()] or heard[stdout.fileno()]


def pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    """The pipes to a program: what it is told, what it says, what it complains of."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("a program without pipes")
    return process.stdin, process.stdout, process.stderr


def left(until: float) -> float:
    """The seconds that are left. Raises TimeoutError for none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _tell(waited: selectors.BaseSelector, pipe: IO[bytes], piece: bytes) -> bytes:
    """Write some of a piece; what is left of it. After the last one, or where nobody reads, the pipe is closed."""
    try:
        if piece:
            return piece[os.write(pipe.fileno(), piece) :]
    except BlockingIOError:
        return piece
    except BrokenPipeError:
        pass
    waited.unregister(pipe)
    with suppress(OSError):
        pipe.close()
    return b""

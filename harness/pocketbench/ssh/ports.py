"""Ports of a board reached from here, through its connection; gone again with the block they are for."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pocketbench.errors import CallOverdue, CommandFailed, WireError
from pocketbench.remote.answers import first_line
from pocketbench.ssh.board import Board
from pocketbench.ssh.talk import talk

CALL_S = 10.0
# A port that is free when it is looked for may be somebody's a moment later.
TRIES = 3


@contextmanager
def forwarded(board: Board, port: int) -> Iterator[int]:
    """Give a port of this computer's loopback that leads to one of the board's. Raises CommandFailed where its server allows none, WireError."""
    local = _forward(board, port)
    try:
        yield local
    finally:
        with suppress(WireError):
            _ask(board, "cancel", local, port)


def _forward(board: Board, port: int) -> int:
    """Ask for a port; ssh itself chooses none on this side."""
    for tries_left in reversed(range(TRIES)):
        local = _free()
        try:
            _ask(board, "forward", local, port)
        except CommandFailed:
            if not tries_left:
                raise
        else:
            return local
    raise AssertionError("the last try raises")


def _ask(board: Board, what: str, local: int, port: int) -> None:
    """Ask the connection's program for something."""
    until, command, said = time.monotonic() + CALL_S, f"ssh -O {what}", bytearray()
    try:
        words = [*board.way(until), "-O", what, "-L", f"127.0.0.1:{local}:127.0.0.1:{port}", "--", board.address.host]
        with board.at_work.started(words) as process:
            talk(process, until, iter(()), said.extend, said.extend)
    except TimeoutError:
        raise CallOverdue(f"ssh:{board.serial}: {command}: no answer within {CALL_S:g} s", serial=board.serial, command=command) from None
    if process.returncode:
        why = first_line(said.decode("utf-8", errors="replace")) or "failed without a word"
        raise CommandFailed(f"ssh:{board.serial}: its port {port} is not reached: {why}", serial=board.serial, command=command)


def _free() -> int:
    """A port that nobody has now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])

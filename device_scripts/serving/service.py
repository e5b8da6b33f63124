"""An engine as a service on loopback: who knows its token sends a row, and gets the outputs and how long the inference alone took.

Two ways, each what people write themselves: frames over a plain socket, and HTTP by Flask. One client at a time, for there is one engine.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from order import Json, Refused, row_bytes

# Nobody asks for anything for so long: the client has gone without a word.
IDLE_S = 30.0


@dataclass(frozen=True)
class Work:
    """What a service does: ``answer`` turns the bytes of one row, ``row_bytes`` of them, into nanoseconds and the bytes of the outputs."""

    answer: Callable[[bytes], tuple[int, bytes]]
    row_bytes: int
    token: str


Serve = Callable[[Work, Callable[[int], None]], None]


def find(transport: str) -> Serve:
    """The service of that kind: called with the work, and with what to call with the port when it listens; it comes back when it is told to stop.

    Raises Refused (toolchain-missing) where Flask is not installed.
    """
    if transport == "socket":
        from serving import over_socket

        return over_socket.serve
    try:
        from serving import over_http
    except ImportError as error:
        raise Refused("toolchain-missing", f"serve=http answers by Flask, which is not there ({error}): pip install flask") from error
    return over_http.serve


def work(order: Json, engine: Any, feed: Callable[[list[Any]], None], outputs: Callable[[], bytes]) -> Work:
    """The work of an order's engine. ``feed`` sets one row, ``outputs`` gives the bytes of what came out.

    What is timed is what timing orders time: the engine's call, and nothing else.
    """
    import numpy as np

    inputs = [(np.dtype(tensor["dtype"]).newbyteorder("<"), tuple(tensor["shape"]), row_bytes(tensor)) for tensor in order["inputs"]]

    def answer(row: bytes) -> tuple[int, bytes]:
        arrays, at = [], 0
        for dtype, shape, size in inputs:
            arrays.append(np.frombuffer(row, dtype, size // dtype.itemsize, at).reshape(shape).astype(dtype.newbyteorder("="), order="C"))
            at += size
        feed(arrays)
        start = time.perf_counter_ns()
        engine.invoke()
        end = time.perf_counter_ns()
        return end - start, outputs()

    return Work(answer, sum(size for _, _, size in inputs), secrets.token_hex(16))

"""A service over a plain socket: frames (``frames.py``) after the handshake (``handshake.py``).

infer + the row's bytes  ─▶        stop  ─▶
                         ◀─  answer {ns} + the outputs' bytes
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress

from order import Refused

from serving import frames, handshake
from serving.frames import Broken
from serving.handshake import Stranger
from serving.service import IDLE_S, Work


def serve(work: Work, listens: Callable[[int], None]) -> None:
    """Answer one client after another until one says to stop. Raises Refused (deadline) when nobody asks for anything any more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listens(listening.getsockname()[1])
        until = time.monotonic() + IDLE_S
        while (left := until - time.monotonic()) > 0:
            listening.settimeout(left)
            with suppress(TimeoutError, Broken, Stranger):
                connection, _ = listening.accept()
                with connection:
                    if _answered(connection, work):
                        return
                until = time.monotonic() + IDLE_S
    raise Refused("deadline", f"nobody asked the service for anything for {IDLE_S:g} s")


def _answered(connection: socket.socket, work: Work) -> bool:
    """Answer a client while it asks; whether it said to stop. Raises Broken, Stranger."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    handshake.receive_client(connection, work.token)
    while True:
        head = frames.receive(connection, within_s=IDLE_S)
        if head["say"] == "stop":
            return True
        if head["say"] != "infer" or head["bytes"] != work.row_bytes:
            raise Broken(f"a row has {work.row_bytes} bytes")
        ns, outputs = work.answer(bytes(frames.body(connection, head, work.row_bytes)))
        frames.send(connection, "answer", outputs, ns=ns)

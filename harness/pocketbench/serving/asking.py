"""The client of a service that an order runs: a row goes in, the outputs come out, and how long that took is timed on this side too.

The services: ``device_scripts/serving/over_socket.py``, ``over_http.py`` and, in Node.js, ``device_scripts/web/node/service.mjs``.
"""

import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Protocol

from pocketbench.errors import ProtocolError, ServerLost
from pocketbench.protocol import Serving
from pocketbench.protocol.messages import MAX_INT
from pocketbench.serving import frames, handshake

ANSWER_S = 600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one row: nanoseconds on this side from the row to the outputs, nanoseconds of the inference by the service's clock, the outputs."""

    round_trip_ns: int
    inference_ns: int
    outputs: bytes


class Asking(Protocol):
    """A service that has let us in."""

    def infer(self, row: bytes) -> Answer:
        """Send one row. Raises ServerLost, ProtocolError."""

    def stop(self) -> None:
        """Say that nothing more is wanted."""


Connect = Callable[[], socket.socket]


@contextmanager
def asking(transport: str, serving: Serving, connect: Connect, output_bytes: int) -> Iterator[Asking]:
    """Introduce oneself to a service that ``connect`` leads to; an answer has ``output_bytes``. Raises ServerRefused, ServerLost, ProtocolError."""
    with closing((OverHttp if transport == "http" else OverSocket)(serving, connect, output_bytes)) as found:
        yield found


class OverSocket:
    """Frames over a plain socket."""

    def __init__(self, serving: Serving, connect: Connect, output_bytes: int) -> None:
        self._connection, self._output_bytes = connected(connect), output_bytes
        try:
            handshake.introduce(self._connection, serving.token)
        except BaseException:
            self.close()
            raise

    def infer(self, row: bytes) -> Answer:
        """Send one row."""
        start = time.perf_counter_ns()
        frames.send(self._connection, "infer", row)
        head = frames.receive(self._connection, within_s=ANSWER_S)
        outputs = frames.body(self._connection, head, self._output_bytes)
        end = time.perf_counter_ns()
        if head.say != "answer":
            raise ProtocolError(f"the service says {head.say!r:.40} where answer is due")
        return _answer(start, end, head.ns, bytes(outputs), self._output_bytes)

    def stop(self) -> None:
        """Say that nothing more is wanted."""
        frames.send(self._connection, "stop")

    def close(self) -> None:
        """Go."""
        self._connection.close()


class OverHttp:
    """HTTP over one connection as long as the service keeps it; where it does not, a round trip has the making of the next one in it."""

    def __init__(self, serving: Serving, connect: Connect, output_bytes: int) -> None:
        self._http, self._connect = http.client.HTTPConnection("127.0.0.1", serving.port), connect
        self._http.auto_open = 0
        self._headers = {"Authorization": f"Bearer {serving.token}", "Content-Type": "application/octet-stream"}
        self._output_bytes = output_bytes

    def infer(self, row: bytes) -> Answer:
        """Send one row."""
        start = time.perf_counter_ns()
        status, headers, outputs = self._posted("/infer", row)
        end = time.perf_counter_ns()
        told = headers.get("Inference-Ns", "")
        if status != http.client.OK or not told.isascii() or not told.isdigit() or len(told) > len(str(MAX_INT)) or int(told) > MAX_INT:
            raise ProtocolError(f"the service answered with status {status} and Inference-Ns {told!r:.40}")
        return _answer(start, end, int(told), outputs, self._output_bytes)

    def stop(self) -> None:
        """Say that nothing more is wanted."""
        self._posted("/stop", b"")

    def close(self) -> None:
        """Go."""
        self._http.close()

    def _posted(self, place: str, row: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Post bytes; status, headers and body of the answer."""
        try:
            if self._http.sock is None:
                self._http.sock = connected(self._connect)
                self._http.sock.settimeout(ANSWER_S)
            self._http.request("POST", place, body=row, headers=self._headers)
            response = self._http.getresponse()
            return response.status, response.headers, response.read(self._output_bytes + 1)
        except OSError as error:
            raise ServerLost(f"the service is gone: {error}") from error
        except http.client.HTTPException as error:
            raise ProtocolError(f"the service does not answer in HTTP: {error!r}"[:300]) from error


def connected(connect: Connect) -> socket.socket:
    """A connection whose small packets are sent at once. Raises ServerLost."""
    try:
        connection = connect()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        raise ServerLost(f"the service is not reached: {error}") from error
    return connection


def _answer(start: int, end: int, inference_ns: int, outputs: bytes, wanted: int) -> Answer:
    """Hold an answer against what it must be."""
    if len(outputs) != wanted:
        raise ProtocolError(f"the service answered with {len(outputs)} bytes, {wanted} were due")
    if not 0 <= inference_ns <= end - start:
        raise ProtocolError(f"the service says that an inference took {inference_ns} ns, and its round trip took {end - start}")
    return Answer(end - start, inference_ns, outputs)

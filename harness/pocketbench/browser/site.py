"""What a page may read and write: the page's own files, the files that one order names, the order's outputs and its report.

A page is not trusted: it reads no other file, and writes no more bytes than the order asks for.
"""

import math
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import msgspec

from pocketbench import protocol
from pocketbench.protocol import Order

# A body that is larger comes in parts: a line of a report has no more bytes.
MAX_BODY_BYTES = protocol.MAX_LINE_BYTES
LAST_LINE_BYTES = 64 * 1024
ENDS = ("done", "failed")


class Denied(Exception):
    """A request that is not answered with what it asks for: an HTTP status and why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Site:
    """One order for one page: ``page`` has the page's files, ``folder`` the order's. ``heard`` is called when the report has its last line.

    What earlier orders left in ``folder`` is removed. ``again``: a page that is loaded once more begins the report anew.
    """

    def __init__(self, page: Path, order: Order, folder: Path, heard: Callable[[], object], *, again: bool = False) -> None:
        self.page, self.folder = page.resolve(), folder.resolve()
        self.order = order
        self.again = again
        self.denied: list[str] = []
        self._heard = heard
        self._room = {tensor.file: order.rows * _bytes(tensor) for tensor in order.outputs}
        self._files = {protocol.ORDER, *(tensor.file for tensor in order.inputs)}
        self._one_at_a_time = threading.Lock()
        self._over = False
        self.begin()

    def begin(self) -> None:
        """Forget what was reported and written."""
        with self._one_at_a_time:
            for name in (protocol.REPORT, *self._room):
                (self.folder / name).unlink(missing_ok=True)
            self._over = False

    def page_file(self, parts: tuple[str, ...]) -> Path:
        """The file of the page under that name. Raises Denied."""
        return _inside(self.page, parts)

    def order_file(self, parts: tuple[str, ...]) -> Path:
        """A file of the order: itself, an input, the model or a file of the model's folder. Raises Denied."""
        named = len(parts) == 1 and parts[0] in self._files
        if not named and parts[:1] != (self.order.model,):
            raise Denied(HTTPStatus.NOT_FOUND, "the order names no such file")
        return _inside(self.folder, parts)

    def room(self, output: str | None) -> int:
        """How many bytes may still be written to an output, or to the report (None). Raises Denied for what is no output of the order."""
        name, most = self._place(output)
        path = self.folder / name
        return most - (path.stat().st_size if path.exists() else 0)

    def write(self, output: str | None, body: bytes) -> None:
        """Append to an output, or whole lines to the report (None). Raises Denied."""
        name, _ = self._place(output)
        with self._one_at_a_time:
            if self._over:
                raise Denied(HTTPStatus.CONFLICT, "the report has its last line")
            if len(body) > self.room(output):
                raise Denied(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{name} would be larger than ordered")
            if output is None and not body.endswith(b"\n"):
                raise Denied(HTTPStatus.BAD_REQUEST, "a report is sent in whole lines")
            with (self.folder / name).open("ab") as file:
                file.write(body)
            self._over = output is None and _ends(body)
        if self._over:
            self._heard()

    def close(self) -> None:
        """Take nothing more."""
        with self._one_at_a_time:
            self._over = True

    def _place(self, output: str | None) -> tuple[str, int]:
        """The name of what is written to, and how many bytes it may have."""
        if output is None:
            return protocol.REPORT, protocol.MAX_REPORT_BYTES
        if output not in self._room:
            raise Denied(HTTPStatus.NOT_FOUND, "the order names no such output")
        return output, self._room[output]


def _bytes(tensor: protocol.TensorFile) -> int:
    """The bytes of one row of a tensor."""
    import numpy as np

    return math.prod(tensor.shape) * np.dtype(tensor.dtype).itemsize


def _inside(root: Path, parts: tuple[str, ...]) -> Path:
    """A plain file below ``root`` that no link leads to. Raises Denied."""
    path = root.joinpath(*parts)
    try:
        found = bool(parts) and path.is_file() and path.resolve() == path
    except (OSError, ValueError):  # a name that is too long, a null byte
        found = False
    if not found:
        raise Denied(HTTPStatus.NOT_FOUND, "there is no such file")
    return path


def _ends(body: bytes) -> bool:
    """Whether the last line of a body is the last of a report."""
    line = body.rstrip(b"\n").rpartition(b"\n")[2]
    if len(line) > LAST_LINE_BYTES:
        return False
    try:
        said = msgspec.json.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("event") in ENDS

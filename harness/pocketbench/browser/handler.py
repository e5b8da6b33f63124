"""One request to the server: it is answered when it comes from the page, asks for what the site has, and is no larger than it may be.

The server is reached by anything on this computer, and by every page that a browser here has open. So the token comes first in
the path; the Host must be this server (a name that was made to point to 127.0.0.1 is not); what writes must have this
server's Origin. Headers: the cross-origin isolation that a precise clock and shared memory need (COOP, COEP, CORP), a policy
by which a page loads from nowhere else, and no caching. MIME types are named here and not guessed from the system's tables.
"""

import re
import secrets
import shutil
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pocketbench.browser.site import MAX_BODY_BYTES, Denied, Site

INDEX = "index.html"
MAX_DENIED = 20
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Blob workers: the threads of a WebAssembly back end are made of text that it carries.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".json": "application/json", ".map": "application/json", ".wasm": "application/wasm",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon",
}  # fmt: skip
BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Served:
    """A site, the token that its paths begin with, and the names of the server that has it."""

    site: Site
    token: str
    hosts: tuple[str, ...]


class Handler(BaseHTTPRequestHandler):
    """Answers GET for the page's files and the order's, POST for its report and outputs, and nothing else."""

    protocol_version = "HTTP/1.1"  # one connection for many requests
    timeout = 60

    def __init__(self, served: Served, *connection: Any) -> None:
        self._served, self._site = served, served.site
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Send a file."""
        try:
            path = self._asked()
        except Denied as denied:
            self._deny(denied)
            return
        with path.open("rb") as file:
            self._begin(HTTPStatus.OK, TYPES.get(path.suffix, BYTES), path.stat().st_size)
            shutil.copyfileobj(file, self.wfile)

    def do_POST(self) -> None:
        """Append what is sent to an output or to the report."""
        try:
            output = self._written()
            self._site.write(output, self._body(output))
        except Denied as denied:
            self._deny(denied)
            return
        self._begin(HTTPStatus.NO_CONTENT, "", 0)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - http.server's signature
        """Answer what http.server itself refuses (another method, a line that is no request) with the same headers, and without a page."""
        self._deny(Denied(HTTPStatus(code), message or HTTPStatus(code).phrase))

    def log_message(self, *_: object) -> None:
        """Print nothing: a request is not news, and the token is in its path."""

    def version_string(self) -> str:
        """Say nothing of versions."""
        return "pocketbench"

    def _asked(self) -> Path:
        """The file that a GET asks for. Raises Denied."""
        match self._parts():
            case ("page", *rest):
                if self._site.again and rest == [INDEX]:
                    self._site.begin()
                return self._site.page_file(tuple(rest))
            case ("order", *rest):
                return self._site.order_file(tuple(rest))
        raise Denied(HTTPStatus.NOT_FOUND, "nothing is read there")

    def _written(self) -> str | None:
        """The output that a POST writes, None for the report. Raises Denied."""
        parts = self._parts()
        if self.headers.get("Origin") not in [f"http://{host}" for host in self._served.hosts]:
            raise Denied(HTTPStatus.FORBIDDEN, "only the page of this server may write")
        match parts:
            case ("report",):
                return None
            case ("output", name):
                return name
        raise Denied(HTTPStatus.METHOD_NOT_ALLOWED, "nothing is written there")

    def _parts(self) -> tuple[str, ...]:
        """The names in the path after the token, decoded. Raises Denied for another Host, another token, and what is no plain name."""
        if self.headers.get("Host") not in self._served.hosts:
            raise Denied(HTTPStatus.MISDIRECTED_REQUEST, "this is another host")
        empty, *parts = [unquote(part) for part in self.path.partition("?")[0].split("/")]
        token = parts[0] if parts else ""
        if empty or not secrets.compare_digest(token.encode("utf-8", "replace"), self._served.token.encode()):
            raise Denied(HTTPStatus.NOT_FOUND, "there is nothing here")
        if any(part in ("", ".", "..") or set(part) & set("/\\\0") for part in parts):
            raise Denied(HTTPStatus.NOT_FOUND, "that is no name of a file")
        return tuple(parts[1:])

    def _body(self, output: str | None) -> bytes:
        """What is sent. Raises Denied before it is read when it is larger than there is room, or its size is not said."""
        size = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,15}", size) or self.headers.get("Transfer-Encoding"):
            raise Denied(HTTPStatus.LENGTH_REQUIRED, "a body says its length")
        if int(size) > min(MAX_BODY_BYTES, self._site.room(output)):
            raise Denied(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{size} bytes are more than there is room for; one body has at most {MAX_BODY_BYTES}")
        body = self.rfile.read(int(size))
        if len(body) != int(size):
            raise Denied(HTTPStatus.BAD_REQUEST, "the body is cut")
        return body

    def _begin(self, status: HTTPStatus, kind: str, size: int) -> None:
        """Send the status and the headers."""
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(size))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _deny(self, denied: Denied) -> None:
        """Answer with a status and why; what was sent with the request is not read, so the connection ends."""
        if len(self._site.denied) < MAX_DENIED:
            self._site.denied.append(f"{self.command} {denied.status}: {denied.why}")
        self.close_connection = True
        words = f"{denied.why}\n".encode()
        self._begin(denied.status, "text/plain; charset=utf-8", len(words))
        self.wfile.write(words)

"""A site on a port of the loopback interface, under a path that cannot be guessed.

The standard library's server, and not a framework (Starlette on uvicorn, Flask): there are two things to read and two to write,
and each bound on them is of our own making. It serves one page at a time, on this computer, for as long as an order takes.
"""

import functools
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pocketbench.browser.handler import Handler, Served
from pocketbench.browser.site import Site
from pocketbench.errors import ServerError

HOST = "127.0.0.1"
TOKEN_BYTES = 32
# How soon the server notices that it is to stop.
LOOK_EVERY_S = 0.1


class _Server(ThreadingHTTPServer):
    """A thread a connection, which ends with the process at the latest."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Print nothing of a page that went away in the middle of a request."""


@contextmanager
def serve(site: Site, port: int = 0) -> Iterator[str]:
    """Serve a site and give the URL that its paths follow, ``http://127.0.0.1:PORT/TOKEN/``; port 0: one that is free.

    Raises ServerError for a port that is taken or that this user may not have.
    """
    token, server = secrets.token_urlsafe(TOKEN_BYTES), _listening(port)
    hosts = tuple(f"{name}:{server.server_port}" for name in (HOST, "localhost"))
    server.RequestHandlerClass = functools.partial(Handler, Served(site, token, hosts))
    thread = threading.Thread(target=server.serve_forever, args=(LOOK_EVERY_S,), name="pocketbench-server", daemon=True)
    thread.start()
    try:
        yield f"http://{hosts[0]}/{token}/"
    finally:
        site.close()
        server.shutdown()
        server.server_close()
        thread.join()


def _listening(port: int) -> _Server:
    """A server that has its port and answers nothing yet. Raises ServerError."""
    try:
        return _Server((HOST, port), BaseHTTPRequestHandler)
    except (OSError, OverflowError) as error:
        said = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise ServerError(f"port {port} of {HOST}: {(said or str(error)).lower()}", hint="choose another port, or none: a free one is taken") from error

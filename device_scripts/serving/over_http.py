"""A service over HTTP, by Flask and the server that it brings.

    POST /infer   Authorization: Bearer TOKEN, the row's bytes   ─▶  200, Inference-Ns: …, the outputs' bytes
    POST /stop    Authorization: Bearer TOKEN                    ─▶  204

That server closes a connection after each answer ("They aren't handled well by Python's http.server", werkzeug/serving.py of 3.1), so that each question
makes one: that is what HTTP by Flask costs, and it is measured.
"""

import hmac
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, request
from order import Refused
from werkzeug.serving import WSGIRequestHandler, make_server

from serving.service import IDLE_S, Work


def serve(work: Work, listens: Callable[[int], None]) -> None:
    """Answer one client after another until one says to stop. Raises Refused (deadline) when nobody asks for anything any more."""
    stopped: list[bool] = []
    server = make_server("127.0.0.1", 0, _app(work, stopped), threaded=False, request_handler=_Handler)
    server.timeout, late = IDLE_S, []
    server.handle_timeout = lambda: late.append(True)  # type: ignore[method-assign]
    try:
        listens(server.server_port)
        while not stopped and not late:
            server.handle_request()
    finally:
        server.server_close()
    if late:
        raise Refused("deadline", f"nobody asked the service for anything for {IDLE_S:g} s")


class _Handler(WSGIRequestHandler):
    """One connection, of which nothing is logged."""

    timeout = IDLE_S

    def log_request(self, *_: Any) -> None:
        """Write nothing."""

    def log_error(self, *_: Any) -> None:
        """Write nothing."""


def _app(work: Work, stopped: list[bool]) -> Flask:
    """The two addresses."""
    app = Flask("pocketbench-service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = work.row_bytes
    expected = f"Bearer {work.token}".encode()

    @app.before_request
    def known() -> None:
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected):
            abort(401)

    @app.post("/infer")
    def infer() -> Response:
        row = request.get_data(cache=False)
        if len(row) != work.row_bytes:
            abort(400)
        ns, outputs = work.answer(row)
        return Response(outputs, headers={"Inference-Ns": str(ns)}, content_type="application/octet-stream")

    @app.post("/stop")
    def stop() -> Response:
        stopped.append(True)
        return Response(status=204, headers={"Connection": "close"})

    return app

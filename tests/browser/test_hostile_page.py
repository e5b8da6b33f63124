"""A page of another origin, in a real browser, that knows everything about an order's server but is not its page."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pocketbench import protocol
from pocketbench.browser import flags, window
from pocketbench.browser.server import serve
from pocketbench.browser.site import Site
from pocketbench.browser.window import Chromium
from pocketbench.parts import chromium
from pocketbench.protocol import Order, TensorFile

pytestmark = [pytest.mark.slow, pytest.mark.needs_part("chromium")]
Y = TensorFile("y", "output0.bin", (1, 2), "float32")
ORDER = Order(protocol.PROTOCOL, "order-1", "outputs", "tfjs", "model", "wasm", 1, {}, 3, (), (Y,))
HOSTILE = """
const tried = async (name, attempt) => console.log(`${name}: ${await attempt().then(() => "let in", () => "kept out")}`);
const loaded = (tag, src) => new Promise((good, bad) => {
  document.body.append(Object.assign(document.createElement(tag), { onload: good, onerror: bad, src }));
});
const body = '{"event": "done"}\\n';
await tried("read", () => fetch("URLorder/order.json"));
await tried("read opaquely", () => fetch("URLorder/order.json", { mode: "no-cors" }));
await tried("write", () => fetch("URLreport", { method: "POST", body }));
await tried("write opaquely", () => fetch("URLreport", { method: "POST", body, mode: "no-cors" }));
await tried("write a tensor", () => fetch("URLoutput/output0.bin", { method: "POST", body, mode: "no-cors" }));
await tried("run", () => loaded("script", "URLpage/page.js"));
await tried("draw", () => loaded("img", "URLpage/page.png"));
navigator.sendBeacon("URLreport", body);
const form = document.createElement("form");
Object.assign(form, { method: "post", action: "URLreport", enctype: "text/plain" }).append(Object.assign(document.createElement("input"), { name: body }));
document.body.append(form);
form.submit();
console.log("all tried");
"""


class _Quiet(SimpleHTTPRequestHandler):
    """A server that prints nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def elsewhere(folder: Path) -> Iterator[str]:
    """Another server on this computer, with no rules at all."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_another_page_reads_nothing_and_writes_nothing_even_where_it_knows_the_token(tmp_path: Path) -> None:
    """By fetch in every mode, by script, picture, beacon and form."""
    page, folder, other = tmp_path / "page", tmp_path / "order", tmp_path / "other"
    for path in (page, folder, other):
        path.mkdir()
    (page / "page.js").write_text("console.log('it runs')", encoding="utf-8")
    (page / "page.png").write_bytes((Path(__file__).parent.parent.parent / "docs/report.png").read_bytes())
    protocol.write_order(ORDER, folder)
    program = chromium.program()
    assert program is not None
    over = threading.Event()
    site = Site(page, ORDER, folder, over.set)
    with serve(site) as url, elsewhere(other) as theirs:
        (other / "index.html").write_text(f"<body><script type=module>{HOSTILE.replace('URL', url)}</script>", encoding="utf-8")
        with window.opened(theirs, Chromium(program, (*flags.ALWAYS, "--host-resolver-rules=MAP localhost 127.0.0.1")), tmp_path / "log.txt", over) as opened:
            over.wait(30)
        log, ended = opened.log, opened.ended

    assert log.count("kept out") == 7, log
    assert "let in" not in log
    assert "it runs" not in log
    assert "all tried" in log
    assert ended == "the page went elsewhere"  # the form took it to what the server denied
    assert {"POST 403: only the page of this server may write"} <= set(site.denied)
    assert sorted(file.name for file in folder.iterdir()) == ["order.json"]

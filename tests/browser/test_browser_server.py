"""The server of one order: what its page may read and write, and what nobody else may."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pocketbench import protocol
from pocketbench.browser import server
from pocketbench.browser.server import serve
from pocketbench.browser.site import MAX_BODY_BYTES, Site
from pocketbench.errors import ServerError
from pocketbench.protocol import Order, TensorFile

X, Y = TensorFile("x", "input0.bin", (1, 4), "float32"), TensorFile("y", "output0.bin", (1, 2), "float32")
ORDER = Order(protocol.PROTOCOL, "order-1", "outputs", "tfjs", "model", "wasm", 1, {}, 3, (X,), (Y,))
OUTPUT_BYTES = 3 * 2 * 4
DONE = b'{"event": "done"}\n'


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the servers of many tests stop at once."""
    monkeypatch.setattr(server, "LOOK_EVERY_S", 0.005)


class Asker:
    """A client of one server, which sends exactly what it is told; ``times`` counts how often the report was heard to end."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.times = 0
        self.base = self.host = ""

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        """One request under the server's token, from its own page unless ``headers`` say otherwise."""
        given = {"Host": self.host, **({"Origin": f"http://{self.host}"} if method == "POST" else {}), **headers}
        connection = http.client.HTTPConnection(self.host, timeout=10)
        connection.putrequest(method, path if path.startswith("/") else f"{self.base}{path}", skip_host=True, skip_accept_encoding=True)
        for name, value in {**({"Content-Length": str(len(body))} if body is not None else {}), **given}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        return answer, said

    def status(self, method: str, path: str, body: bytes | None = None, **headers: str) -> int:
        """The status of the answer."""
        return self.ask(method, path, body, **headers)[0].status


@contextmanager
def served(tmp_path: Path, order: Order = ORDER, *, again: bool = False) -> Iterator[Asker]:
    """A server with a page, an order, and something beside them that is nobody's business."""
    page, folder = tmp_path / "page", tmp_path / "order"
    (page / "deep").mkdir(parents=True)
    (folder / "model").mkdir(parents=True)
    for file, text in {page / "index.html": "<p>", page / "deep/main.js": "1", page / "kernel.wasm": "w", tmp_path / "secret.txt": "secret"}.items():
        file.write_text(text, encoding="utf-8")
    for name in ("order.json", "input0.bin", "model/model.json", "model/group1-shard1of1.bin", "runner-log.txt"):
        (folder / name).write_text(name, encoding="utf-8")
    (page / "link.js").symlink_to(tmp_path / "secret.txt")
    (folder / "model/link.bin").symlink_to(tmp_path / "secret.txt")

    def heard() -> None:
        asker.times += 1

    asker = Asker(Site(page, order, folder, heard, again=again))
    with serve(asker.site) as url:
        asker.host, asker.base = urlsplit(url).netloc, urlsplit(url).path
        yield asker


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    """A server of an order for outputs of three rows."""
    with served(tmp_path) as asker:
        yield asker


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("page/index.html", "text/html; charset=utf-8"), ("page/deep/main.js", "text/javascript; charset=utf-8"), ("page/kernel.wasm", "application/wasm"),
        ("order/order.json", "application/json"), ("order/input0.bin", "application/octet-stream"), ("order/model/model.json", "application/json"),
        ("order/model/group1-shard1of1.bin", "application/octet-stream"), ("page/index.html?x=1", "text/html; charset=utf-8"),
    ],
)  # fmt: skip
def test_the_page_and_what_the_order_names_are_read_under_their_own_types(asker: Asker, path: str, kind: str) -> None:
    """A browser compiles WebAssembly as it comes only under its own type."""
    answer, _ = asker.ask("GET", path)

    assert (answer.status, answer.getheader("Content-Type")) == (200, kind)


def test_every_answer_isolates_the_page_and_lets_it_load_from_nowhere_else(asker: Asker) -> None:
    """Also the answers that deny."""
    for path in ("page/index.html", "page/absent.html"):
        headers = dict(asker.ask("GET", path)[0].getheaders())

        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'")
        assert "Access-Control-Allow-Origin" not in headers


def test_the_report_and_the_outputs_are_appended_in_the_order_they_come(asker: Asker) -> None:
    """Until the report has its last line, which is heard once."""
    assert asker.status("POST", "report", b'{"event": "hello"}\n') == 204
    assert asker.status("POST", "output/output0.bin", b"a" * 8) == 204
    assert asker.status("POST", "output/output0.bin", b"b" * 16) == 204
    assert asker.times == 0
    assert asker.status("POST", "report", b'{"event": "outputs", "rows": 3}\n' + DONE) == 204

    assert asker.times == 1
    assert (asker.site.folder / "output0.bin").read_bytes() == b"a" * 8 + b"b" * 16
    assert (asker.site.folder / "report.jsonl").read_bytes().count(b"\n") == 3


def test_after_the_last_line_nothing_is_taken(asker: Asker) -> None:
    """A report that goes on after its end is no report."""
    asker.status("POST", "report", b'{"event": "failed"}\n')

    assert asker.status("POST", "report", DONE) == 409
    assert asker.status("POST", "output/output0.bin", b"a") == 409
    assert asker.times == 1


@pytest.mark.parametrize("path", ["/", "/page/index.html", "/wrong/page/index.html", "/favicon.ico", "//page/index.html", "/%00/page/index.html"])
def test_without_the_token_there_is_nothing(asker: Asker, path: str) -> None:
    """Nor is it told that there is something under another one."""
    assert asker.status("GET", path) == 404


def test_a_token_that_is_nearly_right_is_wrong(asker: Asker) -> None:
    """Neither a part of it nor more than it."""
    for token in (asker.base[1:-2], asker.base[1:-1] + "A", asker.base[1:-1].swapcase()):
        assert asker.status("GET", f"/{token}/page/index.html") == 404
        assert asker.status("POST", f"/{token}/report", DONE) == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "[::1]:80", ""])
def test_a_name_that_somebody_pointed_here_is_turned_away(asker: Asker, host: str) -> None:
    """By DNS rebinding a page elsewhere would be of the same origin as this server."""
    assert asker.status("GET", "page/index.html", Host=host) == 421
    assert asker.status("POST", "report", DONE, Host=host) == 421


def test_localhost_is_another_name_of_this_server(asker: Asker) -> None:
    """As a person types it, or an ssh tunnel has it."""
    name = f"localhost:{asker.host.partition(':')[2]}"

    assert asker.status("GET", "page/index.html", Host=name) == 200
    assert asker.status("POST", "report", DONE, Host=name, Origin=f"http://{name}") == 204


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1", "https://HOST", "http://HOST.evil.example", ""])
def test_only_a_page_of_this_server_may_write(asker: Asker, origin: str) -> None:
    """Also where another page knew the token."""
    assert asker.status("POST", "report", DONE, Origin=origin.replace("HOST", asker.host)) == 403
    assert not (asker.site.folder / "report.jsonl").exists()


@pytest.mark.parametrize(
    "path",
    [
        "order/../../secret.txt", "order/%2e%2e/%2e%2e/secret.txt", "order/..%2f..%2fsecret.txt", "order/model/../../../secret.txt", "page/../../../etc/passwd",
        "page/%2e%2e%5csecret.txt", "page//etc/passwd", "page/%2fetc%2fpasswd", "order/model/link.bin", "page/link.js", "page/deep", "page/", "page", "order",
        "order/model", "order/model/", "order/report.jsonl", "order/output0.bin", "order/runner-log.txt", "order/order.json%00.js", "page/" + "a" * 5000,
        "page/./index.html", "secret.txt", "../secret.txt", "output/output0.bin", "report",
    ],
)  # fmt: skip
def test_nothing_else_is_read(asker: Asker, path: str) -> None:
    """No path leads out of its folder, no link is followed, no folder is listed, and what was written is not given back."""
    answer, said = asker.ask("GET", path)

    assert answer.status == 404
    assert b"secret" not in said


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("order/model/model.json", 405), ("page/index.html", 405), ("order/order.json", 405), ("output/input0.bin", 404), ("output/../order.json", 404),
        ("output/%2e%2e%2forder.json", 404), ("output/report.jsonl", 404), ("output/model/model.json", 405), ("output", 405), ("report/more", 405),
    ],
)  # fmt: skip
def test_nothing_else_is_written(asker: Asker, path: str, status: int) -> None:
    """Not the model, not the page, no file that the order does not name as an output."""
    before = {file: file.read_bytes() for file in asker.site.folder.rglob("*") if file.is_file()}

    assert asker.status("POST", path, b"x") == status
    assert {file: file.read_bytes() for file in asker.site.folder.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "CONNECT", "X"])
def test_there_are_two_methods(asker: Asker, method: str) -> None:
    """A browser that asks whether another page may write hears no."""
    assert asker.status(method, "report") == 501


def test_an_output_takes_the_bytes_that_were_ordered_and_no_more(asker: Asker) -> None:
    """What is too much is not read."""
    assert asker.status("POST", "output/output0.bin", b"a" * (OUTPUT_BYTES - 1)) == 204
    assert asker.status("POST", "output/output0.bin", b"aa") == 413
    assert asker.status("POST", "output/output0.bin", b"a") == 204
    assert asker.status("POST", "output/output0.bin", b"a") == 413
    assert (asker.site.folder / "output0.bin").stat().st_size == OUTPUT_BYTES


def test_a_report_has_at_most_what_a_report_may_have(asker: Asker) -> None:
    """256 MiB in all, 64 MiB at once; a body that says it is larger is refused before it comes."""
    assert asker.status("POST", "report", Content_Length=str(MAX_BODY_BYTES + 1)) == 413
    assert asker.status("POST", "report", Content_Length="9" * 15) == 413
    with (asker.site.folder / "report.jsonl").open("wb") as file:
        file.truncate(protocol.MAX_REPORT_BYTES - 1)
    assert asker.status("POST", "report", DONE) == 413


@pytest.mark.parametrize("length", ["", "-1", "+5", "1e3", "0x10", "²", "9" * 5000])
def test_a_body_says_its_length(asker: Asker, length: str) -> None:
    """One that says it in another way, or in chunks, is refused."""
    assert asker.status("POST", "report", Content_Length=length.encode().decode("latin-1")) == 411
    assert asker.status("POST", "report", DONE, Transfer_Encoding="chunked") == 411


def test_a_report_comes_in_whole_lines(asker: Asker) -> None:
    """So that a line that is cut is one that was never sent."""
    assert asker.status("POST", "report", b'{"event": "hello"') == 400
    assert asker.status("POST", "report", b"") == 400


@pytest.mark.parametrize("line", [b'}{ "event": "done" \n', b"[" * 60000 + b"\n", b'{"event": ["done"]}\n', b'"done"\n', b"\xff\xfe\n", b"\n\n"])
def test_what_is_no_last_line_ends_nothing(asker: Asker, line: bytes) -> None:
    """It is kept as it came: whoever reads the report refuses it."""
    assert asker.status("POST", "report", line) == 204
    assert asker.times == 0
    assert (asker.site.folder / "report.jsonl").read_bytes() == line


def test_what_was_denied_is_told_bounded_and_without_the_token(asker: Asker) -> None:
    """For the log of the job."""
    for _ in range(40):
        asker.status("POST", "order/model/model.json", b"x")

    assert len(asker.site.denied) == 20
    assert asker.site.denied[0] == "POST 405: nothing is written there"


def test_lines_that_are_no_request_are_refused(asker: Asker) -> None:
    """And the server goes on."""
    host, port = asker.host.split(":")
    for sent in (b"\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert b"HTTP/1.1 2" not in connection.recv(65536)

    assert asker.status("GET", "page/index.html") == 200


def test_what_an_earlier_order_left_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    """A report and outputs begin empty."""
    (tmp_path / "order").mkdir()
    for name in ("report.jsonl", "output0.bin"):
        (tmp_path / "order" / name).write_bytes(b"old")
    site = Site(tmp_path, ORDER, tmp_path / "order", lambda: None)

    assert [path.name for path in site.folder.iterdir()] == []


def test_a_page_that_is_loaded_again_begins_anew_where_that_is_wanted(tmp_path: Path) -> None:
    """As by a person; otherwise an order has one report."""
    with served(tmp_path, again=True) as asker:
        asker.status("POST", "report", DONE)
        asker.status("GET", "page/index.html")

        assert not (asker.site.folder / "report.jsonl").exists()
        assert asker.status("POST", "report", DONE) == 204
        assert asker.times == 2


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """With what to do."""
    with served(tmp_path) as asker:
        port = int(asker.host.partition(":")[2])
        with pytest.raises(ServerError, match=rf"port {port} of 127\.0\.0\.1: address already in use") as taken, serve(asker.site, port):
            pass
    assert "choose another port" in taken.value.hint


def test_a_port_that_cannot_be_is_named(tmp_path: Path) -> None:
    """65,536 is one too many."""
    site = Site(tmp_path, ORDER, tmp_path, lambda: None)
    with pytest.raises(ServerError, match=r"port 65536 of 127\.0\.0\.1: there is no such port"), serve(site, 65536):
        pass


def test_when_the_order_is_over_nobody_answers(tmp_path: Path) -> None:
    """The port is free again."""
    with served(tmp_path) as asker:
        pass
    with pytest.raises(ConnectionRefusedError):
        asker.status("GET", "page/index.html")

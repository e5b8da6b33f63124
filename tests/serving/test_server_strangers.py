"""The server and what it does not know: other tokens, garbage, files that are not what they say, paths that lead elsewhere."""

import json
import os
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from server_started import Started, started

from pocketbench import serving
from pocketbench.errors import ProtocolError, Refused, ServerLost, ServerRefused
from pocketbench.serving import frames, tokens

Eventually = Callable[[Callable[[], bool]], None]


def frame(say: str, length: int | None = None, **fields: object) -> bytes:
    """A frame's header, as it goes over the wire."""
    text = json.dumps({"say": say, "bytes": 0, **fields}).encode()
    return struct.pack(">I", len(text) if length is None else length) + text


@contextmanager
def line(server: Started) -> Iterator[socket.socket]:
    """A bare connection to a server."""
    with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
        yield connection


def everything(connection: socket.socket) -> bytes:
    """All that comes until the other end closes."""
    came = b""
    try:
        while piece := connection.recv(65536):
            came += piece
    except ConnectionResetError:
        pass
    return came


def test_it_listens_on_loopback_alone(server: Started) -> None:
    """Nobody else's network reaches it."""
    listening = subprocess.run([sys.executable, "-c", "import psutil, sys; print([one.laddr.ip for one in psutil.Process(int(sys.argv[1])).net_connections()])",
                                str(server.process.pid)], capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert listening.strip() == "['127.0.0.1']"


def test_another_token_is_refused_and_learns_nothing(server: Started) -> None:
    """In words that say what to do; the token itself is never sent."""
    with pytest.raises(ServerRefused, match="has another token"):
        serving.connect(("127.0.0.1", server.port), "aaaa-bbbb-cccc-dddd")
    with line(server) as connection:
        connection.sendall(frame("answer", nonce="n", proof="é" * 64))
        said = everything(connection)
    assert b"refused" in said
    assert server.token.replace("-", "").encode() not in said
    assert server.sessions == []


def test_a_token_may_be_typed_without_its_lines_and_in_capitals(server: Started) -> None:
    """As people do."""
    serving.connect(("127.0.0.1", server.port), server.token.replace("-", " ").upper()).close()


def test_an_impostor_on_the_servers_port_is_found_out() -> None:
    """It cannot prove that it knows the token, and is told nothing by which it could."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen([sys.executable, "-c", IMPOSTOR, str(listening.fileno())], pass_fds=[listening.fileno()])
        with pytest.raises(ServerRefused, match="has another token"):
            serving.connect(("127.0.0.1", listening.getsockname()[1]), "the-real-token-here")
        process.wait(20)


IMPOSTOR = """
import json, socket, struct, sys
connection, _ = socket.socket(fileno=int(sys.argv[1])).accept()
def say(**fields):
    text = json.dumps({**fields, "bytes": 0}).encode()
    connection.sendall(struct.pack(">I", len(text)) + text)
say(say="challenge", protocol=1, nonce="abc")
connection.recv(65536)
say(say="welcome", proof="0" * 64, server={"name": "impostor"})
"""


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\0", b"\xff\xff\xff\xff", frame("answer", 1 << 30), frame("answer"), frame("hello"),
        frame("answer", nonce=1, proof=2), frame("answer", bytes=-1), frame("answer", bytes=10**30), struct.pack(">I", 3) + b"[1]",
        struct.pack(">I", 4) + b"\xff" * 4,
        struct.pack(">I", 4000) + b"[" * 4000,
    ],
)  # fmt: skip
def test_garbage_before_the_welcome_ends_the_connection_and_nothing_else(server: Started, garbage: bytes) -> None:
    """Whatever it is."""
    with line(server) as connection:
        connection.sendall(garbage)
        with suppress(OSError):  # the server may have ended the connection by then
            connection.shutdown(socket.SHUT_WR)
        assert b"welcome" not in everything(connection)
    server.connect().close()


@pytest.mark.parametrize(
    "garbage", [b"\0\0\0\0", b"\xff\xff\xff\xff", frame("nothing"), frame("sh", bytes=10**12), frame("files", files={}, bytes=5), frame("stop", bytes=1)]
)
def test_garbage_after_the_welcome_ends_the_session(server: Started, eventually: Eventually, garbage: bytes) -> None:
    """And leaves nothing."""
    client = server.connect()
    client._connection.sendall(garbage)
    with suppress(OSError):  # the server may have ended the connection by then
        client._connection.shutdown(socket.SHUT_WR)
    assert everything(client._connection) == b""
    client.close()
    eventually(lambda: server.sessions == [])


@pytest.mark.parametrize("path", ["../up", "/etc/passwd", "a/../../up", "", ".", "a//b", "./a", "a/", "a\0b", "x" * 2000, 7, None, "runner/../order.json"])
def test_a_path_that_leads_elsewhere_is_refused(client: serving.Server, path: object) -> None:
    """Before anything is written; the session goes on."""
    frames.send(client._connection, "files", files={str(path): "0" * 64} if isinstance(path, str) else [path])
    with pytest.raises(Refused, match="the server: "):
        client._heard()
    assert client.sh("ls -A")[1] == "script.sh\ntmp\n"


def test_a_file_that_is_not_what_its_hash_says_is_not_kept(client: serving.Server) -> None:
    """It is wanted again, and nothing of it is there."""
    frames.send(client._connection, "file", b"other bytes", path="model", sha256="0" * 64)
    with pytest.raises(Refused, match="arrived as"):
        client._heard()
    frames.send(client._connection, "files", files={"model": "0" * 64})
    assert client._heard("lacking").paths == ("model",)
    assert client.sh("ls -A")[1] == "script.sh\ntmp\n"


def test_a_file_larger_than_the_disk_is_refused(server: Started, eventually: Eventually) -> None:
    """Before it has come: the client hears of it when it has sent enough, or goes."""
    client = server.connect()
    client._connection.sendall(frame("file", path="model", sha256="0" * 64, bytes=10**12 // 2))
    client._connection.sendall(b"\0" * 100_000)
    assert client._connection.recv(0) == b""
    client.close()
    eventually(lambda: server.sessions == [])


def test_a_port_that_no_order_serves_on_is_not_reached(client: serving.Server, server: Started) -> None:
    """Not even the server's own."""
    with pytest.raises(Refused, match="no order that runs here serves"):
        client.reach(server.port)


def test_a_second_server_in_one_folder_says_so(server: Started, project: Path) -> None:
    """And ends."""
    command = [sys.executable, str(project / "device_scripts" / "server.py"), "--port", "0", "--folder", str(server.base)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "another server runs in" in ended.stderr


def test_a_token_is_kept_in_a_file_for_its_owner_alone(project: Path, tmp_path: Path) -> None:
    """The same at the next start; a file that others may read is refused."""
    kept = tmp_path / "token"
    seen = []
    for _ in range(2):
        with started(project, tmp_path / "base", "--token-file", str(kept)) as server:
            seen.append(server.token)
    assert seen == [kept.read_text().strip()] * 2
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.chmod(0o644)
    command = [sys.executable, str(project / "device_scripts" / "server.py"), "--port", "0", "--folder", str(tmp_path / "base"), "--token-file", str(kept)]
    assert "can be read by others" in subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_no_server_there_is_said_with_what_to_do() -> None:
    """ServerLost names the address."""
    with pytest.raises(ServerLost, match=r"no server answers at 127\.0\.0\.1:1: .*\n.*server.py"):
        serving.connect(("127.0.0.1", 1), "t")


def test_something_else_on_that_port_is_no_server() -> None:
    """As a web server, which waits for a request."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen([sys.executable, "-c", WEB, str(listening.fileno())], pass_fds=[listening.fileno()])
        with pytest.raises(ProtocolError, match="no Pocketbench server"):
            serving.connect(("127.0.0.1", listening.getsockname()[1]), "t")
        process.wait(20)


WEB = """
import socket, sys
connection, _ = socket.socket(fileno=int(sys.argv[1])).accept()
connection.sendall(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n")
connection.recv(100)
"""


def test_tokens_are_found_in_a_file_or_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file's before the variable's; one that others may read is refused, and nothing at all is said with what to type."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv(tokens.VARIABLE, raising=False)
    with pytest.raises(ServerRefused, match="nobody said the token of the server adb:1"):
        tokens.token_for("adb:1")
    monkeypatch.setenv(tokens.VARIABLE, "from-variable")
    kept = tokens.file()
    kept.parent.mkdir(parents=True)
    kept.touch(mode=0o600)
    kept.write_text("# mine\nadb:1 from-file\n")
    assert [tokens.token_for(which) for which in ("adb:1", "adb:2")] == ["from-file", "from-variable"]
    os.chmod(kept, 0o640)  # noqa: PTH101
    with pytest.raises(ServerRefused, match="can be read by others"):
        tokens.token_for("adb:1")

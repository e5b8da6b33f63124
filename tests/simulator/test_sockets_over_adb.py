"""Forward and reverse over the real adb."""

import socket
import threading
from collections.abc import Iterator

import pytest

from conftest import Connected

pytestmark = pytest.mark.slow
SERVER = "import socket; s=socket.create_server(('127.0.0.1', {port})); c, _ = s.accept(); d = c.recv(100); c.sendall(b'phone:' + d); c.close()"
LISTENER = f'python3 -c "{SERVER}"'


@pytest.fixture
def computers_server() -> Iterator[int]:
    """A server on the computer that answers each connection once; its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connected, _ = listening.accept()
            except OSError:
                return
            with connected:
                connected.sendall(b"computer:" + connected.recv(100))

    thread = threading.Thread(target=answer)
    thread.start()
    yield int(listening.getsockname()[1])
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def test_forward_reaches_a_server_on_the_phones_own_loopback(board: Connected) -> None:
    """The same port number may be taken on the computer: the phone has its own."""
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    with taken:
        forwarded = int(board.adb("forward", "tcp:0", f"tcp:{port}").out)
        board.shell(f"({LISTENER.format(port=port)}) >/dev/null 2>&1 </dev/null & sleep 1")
        with socket.create_connection(("127.0.0.1", forwarded), timeout=10) as asking:
            asking.sendall(b"hello")
            answer = asking.recv(100) + asking.recv(100)

    assert answer == b"phone:hello"
    assert board.adb("forward", "--remove", f"tcp:{forwarded}").code == 0


def test_forward_to_where_nobody_listens_is_closed(phone: Connected) -> None:
    """And the phone lives on."""
    forwarded = int(phone.adb("forward", "tcp:0", "tcp:9").out)
    with socket.create_connection(("127.0.0.1", forwarded), timeout=10) as asking:
        assert asking.recv(1) == b""

    assert phone.shell("echo alive") == "alive"


def test_reverse_reaches_a_server_of_the_computer(board: Connected, computers_server: int) -> None:
    """From the phone's loopback, by a port that it chooses, to be listed and removed."""
    port = int(board.adb("reverse", "tcp:0", f"tcp:{computers_server}").out)
    said = board.shell(f"python3 -c \"import socket; s=socket.create_connection(('127.0.0.1', {port})); s.sendall(b'hi'); print(s.recv(100).decode())\"")
    listed = board.adb("reverse", "--list").out
    removed = board.adb("reverse", "--remove", f"tcp:{port}")

    assert said == "computer:hi"
    assert f"tcp:{port} tcp:{computers_server}" in listed
    assert (removed.code, board.adb("reverse", "--list").out.strip()) == (0, "")


def test_a_reverse_that_is_not_there_cannot_be_removed(phone: Connected) -> None:
    """And it is said so."""
    said = phone.adb("reverse", "--remove", "tcp:4")

    assert said.code != 0
    assert "listener 'tcp:4' not found" in said.err


def test_reverse_does_not_rebind_when_told_not_to(phone: Connected) -> None:
    """--no-rebind."""
    assert phone.adb("reverse", "localabstract:name", "tcp:1").code == 0
    said = phone.adb("reverse", "--no-rebind", "localabstract:name", "tcp:2")

    assert "cannot rebind" in said.err
    assert phone.adb("reverse", "--remove-all").code == 0

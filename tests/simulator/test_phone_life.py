"""A phone's life: how it begins, what may come to its ports, how it ends, and that nothing of it is left."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from adb_tool import Adb, answers, eventually, free_port
from simulated import alive, below, on, switched_on

from conftest import Connected

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_of_a_phone_however_it_is_ended(adb: Adb, number: int) -> None:
    """Not its processes, nor those that its commands left behind."""
    with on() as phone:
        mine = adb.of(phone.address)
        mine("shell", "(setsid sleep 900 >/dev/null 2>&1 </dev/null &) ; true")
        processes = phone.processes()
        assert len(processes) >= 3
        phone.process.send_signal(number)
        phone.process.wait(timeout=60)

        assert eventually(lambda: not [pid for pid in processes if alive(pid)])
        adb("disconnect", phone.address)


def test_a_phone_whose_daemon_is_killed_says_so(adb: Adb) -> None:
    """Its processes end, and the program with exit code 3."""
    with on() as phone:
        adb.of(phone.address)("shell", "kill -9 2")

        assert phone.process.wait(timeout=60) == 3
        adb("disconnect", phone.address)


def test_ten_phones_live_side_by_side(adb: Adb) -> None:
    """Each with a port, a serial number, files and a loopback of its own."""
    options = [("board" if number % 2 else "phone", "--serial", f"S{number}") for number in range(10)]
    command = "getprop ro.serialno > /data/local/tmp/x; cat /data/local/tmp/x"
    with switched_on(*options) as phones:
        each = [Connected(phone, adb.of(phone.address)) for phone in phones]
        running = [subprocess.Popen(one.adb.words("shell", command), stdout=subprocess.PIPE, env=adb.environment) for one in each]
        said = [process.communicate(timeout=60)[0].decode().strip() for process in running]
        listening = [one.adb("reverse", "tcp:8765", "tcp:1").code for one in each]
        for one in each:
            adb("disconnect", one.phone.address)

    assert said == [f"S{number}" for number in range(10)]
    assert listening == [0] * 10


GARBAGE = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(100),
    os.urandom(100_000),
    struct.pack("<6I", 0x4E584E43, 0x01000001, 1 << 20, 0xFFFFFFFF, 0, 0x4E584E43 ^ 0xFFFFFFFF),
    struct.pack("<6I", 0x48545541, 3, 0, 5, 0, 0x48545541 ^ 0xFFFFFFFF) + b"key\0\0",
    b"",
]


@pytest.mark.parametrize("data", GARBAGE, ids=["http", "noise", "enormous", "unasked", "nothing"])
def test_garbage_on_the_port_ends_that_connection_alone(phone: Connected, data: bytes) -> None:
    """Those of others live on."""
    host, _, port = phone.phone.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as sending, suppress(OSError):  # it may have been ended before all was sent
        sending.sendall(data)
        sending.shutdown(socket.SHUT_WR)
        assert sending.recv(1) == b""

    assert phone.shell("echo alive") == "alive"


def test_a_stream_that_sends_unasked_ends_its_connection_alone(phone: Connected) -> None:
    """A peer that does not wait for its turn would fill the phone's memory."""
    host, _, port = phone.phone.address.rpartition(":")

    def packet(command: bytes, first: int, second: int, data: bytes = b"") -> bytes:
        word = int.from_bytes(command, "little")
        return struct.pack("<6I", word, first, second, len(data), 0, word ^ 0xFFFFFFFF) + data

    with socket.create_connection((host, int(port)), timeout=20) as sending, sending.makefile("rb") as answers:
        sending.sendall(packet(b"CNXN", 0x01000001, 1 << 20, b"host::\0"))
        head = struct.unpack("<6I", answers.read(24))
        assert answers.read(head[3]).startswith(b"device::")
        sending.sendall(packet(b"OPEN", 1, 0, b"shell,v2,raw:sleep 60\0"))
        local = struct.unpack("<6I", answers.read(24))[1]
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            sending.sendall(packet(b"WRTE", 1, local, bytes(1 << 20)) * 100)

    assert phone.shell("echo alive") == "alive"
    assert eventually(lambda: phone.phone.state()["connections"] == 1)


ODD = (
    b"WHAT" + struct.pack("<I", 1) + b"x",
    b"STAT" + struct.pack("<I", 0xFFFFFFFF),
    b"SEND" + struct.pack("<I", 3) + b"a\0b",
    b"RCV2" + struct.pack("<I", 1) + b"/RCV2" + struct.pack("<I", 7),
)


def test_odd_sync_requests_are_refused(phone: Connected) -> None:
    """Unknown words, names that are too long, sizes that cannot be."""
    for request in ODD:
        with socket.create_connection(("127.0.0.1", phone.adb.port), timeout=10) as server:
            for words in (f"host:transport:{phone.adb.serial}", "sync:"):
                server.sendall(f"{len(words):04x}{words}".encode())
                assert server.recv(4) == b"OKAY"
            server.sendall(request)
            assert server.recv(4) == b"FAIL"


def test_the_control_port_wants_its_token(phone: Connected) -> None:
    """And ends a connection that has another; noise too."""
    host, _, port = str(phone.phone.ready["control"]).rpartition(":")
    for line in (b'{"token": "another", "do": "unplug"}\n', b"noise\n", b"[" * 50_000 + b"\n", b"x" * 100_000 + b"\n"):
        with socket.create_connection((host, int(port)), timeout=10) as control:
            control.sendall(line)
            answer = control.makefile("rb").readline()
            assert not answer or json.loads(answer)["ok"] is False

    assert phone.phone.state()["plugged"] is True


def test_files_can_be_kept_in_a_folder(adb: Adb, tmp_path: Path) -> None:
    """Over the phone's life; such a phone cannot be made full."""
    for expected in ("", "kept"):
        with on("--root", str(tmp_path / "root")) as phone:
            mine = adb.of(phone.address)
            assert mine("shell", "cat /sdcard/file 2>/dev/null").out == expected
            mine("shell", "printf kept > /sdcard/file")
            adb("disconnect", phone.address)

    assert (tmp_path / "root/media/0/file").read_text() == "kept"


def test_the_phone_connects_itself_when_asked(adb: Adb) -> None:
    """To the user's server, and is forgotten at its end."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in adb.environment.items():
            patch.setenv(name, value)
        with on("--connect") as phone:
            mine = Adb(adb.port, adb.home, phone.address)
            assert mine.becomes("device")
            phone.off()

    assert mine.state() == ""


def test_a_server_that_it_started_goes_on_when_it_is_switched_off(tmp_path: Path) -> None:
    """The server is the user's; the phone's own process does not wait for its end."""
    mine = Adb(free_port(), tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in mine.environment.items():
            patch.setenv(name, value)
        try:
            with on("--connect") as phone:
                phone.off()
            assert answers(mine.port)
        finally:
            mine("kill-server")


def test_a_port_that_is_taken_is_told(phone: Connected) -> None:
    """With what to type."""
    said = subprocess.run(
        [sys.executable, "-m", "pocketbench", "phone", "--port", phone.phone.address.rpartition(":")[2]],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert said.returncode == 3
    assert "already in use" in said.stderr
    assert "--port 0" in said.stderr


def test_where_the_kernel_lets_nobody_have_namespaces_it_says_so() -> None:
    """With what to type, and exit code 3."""
    none_left = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -m pocketbench phone --port 0'
    words = ["unshare", "--user", "--map-root-user", "sh", "-c", none_left, sys.executable]
    said = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)

    assert said.returncode == 3
    assert "the simulated phone cannot run here" in said.stderr
    assert "max_user_namespaces" in said.stderr


def test_below_knows_a_phones_processes(phone: Connected) -> None:
    """Init and adbd at least."""
    assert len(below(phone.phone.process.pid)) >= 2

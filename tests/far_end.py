"""The far end of adb for tests: an adb server of their own, and a simulated phone or whatever an environment variable names.

``POCKETBENCH_TEST_ADB=HOST:PORT`` is a phone that is there already (Debian's adbd, a real one): then nothing can be broken on request.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pocketbench.adb import Phone, Server, binary

VARIABLE = "POCKETBENCH_TEST_ADB"
# How long a phone or a server may take to come, to answer or to go, where others take the computer's time.
PATIENCE_S = 60


@dataclass(frozen=True)
class FarEnd:
    """A phone that is attached to the tests' own server. ``control`` is empty where it has no faults on request.

    ``termux_token`` is what the server in its Termux has printed, "" where there is none.
    """

    server: Server
    address: str
    serial: str
    control: str = ""
    token: str = ""
    termux_token: str = ""

    @property
    def phone(self) -> Phone:
        """The way to it."""
        return Phone(self.server, self.address)

    def do(self, name: str, value: str | None = None, *, after: float = 0.0) -> dict[str, Any]:
        """Have a fault, now or so many seconds later, and return how the phone is."""
        if not self.control:
            pytest.skip("this phone breaks nothing on request")
        host, _, port = self.control.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as asked:
            asked.sendall(json.dumps({"token": self.token, "do": name, "value": value, "after": after}).encode() + b"\n")
            answer: dict[str, Any] = json.loads(asked.makefile().readline())
        assert answer["ok"], answer
        return dict(answer["state"])

    def heal(self) -> None:
        """Let nothing be wrong any more, and attach it again."""
        if self.control:
            self.do("heal")
            self.do("plug")
        self.server.start()
        self.server.connect(self.address)
        self.server.wait(self.address, PATIENCE_S)


@contextlib.contextmanager
def attached(folder: Path, profile: str, *words: str) -> Iterator[FarEnd]:
    """Start a server and a phone, or attach the one that the variable names; end what was started."""
    with served(folder) as server:
        if named := os.environ.get(VARIABLE):
            server.connect(named)
            server.wait(named, PATIENCE_S)
            yield FarEnd(server, named, named)
            return
        with started(server, profile, *words) as far:
            yield far


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Server]:
    """An adb server with a port and a home of its own, so that no other one is disturbed."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    home = folder / "adb-home"
    home.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS", "ANDROID_SERIAL"):
            patch.delenv(name, raising=False)
        patch.setenv("ANDROID_ADB_SERVER_PORT", str(port))
        patch.setenv("HOME", str(home))
        patch.setenv("ADB_MDNS", "0")
        server = Server.of_user().start()
        try:
            yield server
        finally:
            binary.run([*server.words, "kill-server"], deadline_s=PATIENCE_S)


@contextlib.contextmanager
def started(server: Server, profile: str, *words: str) -> Iterator[FarEnd]:
    """A simulated phone, attached to a server. Where this computer can have none, the test is skipped with its words, or fails where none may be."""
    command = [sys.executable, "-m", "pocketbench", "phone", profile, "--json", "--port", "0", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout
    assert process.stderr
    try:
        line = process.stdout.readline()
        if not line:
            said = process.stderr.read().strip()
            refused = "it needs user, mount, process and network namespaces" in said and os.environ.get("POCKETBENCH_REQUIRE_PARTS") != "1"
            (pytest.skip if refused else pytest.fail)(f"no simulated phone here: {said}")
        ready = json.loads(line)
        server.connect(ready["address"])
        if "--auth" not in words:
            server.wait(ready["address"], PATIENCE_S)
        yield FarEnd(server, ready["address"], ready["serial"], ready["control"], ready["token"], ready.get("termux_token", ""))
    finally:
        server.disconnect(ready["address"]) if line else None
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()
        process.stderr.close()

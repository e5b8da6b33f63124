"""``--device server:PORT``: what a person's server carries out, as one more device."""

import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from server_started import Started, started

from pocketbench import devices, doctor, protocol, queues, serving
from pocketbench.devices import Elsewhere
from pocketbench.devices.server import ServerDevice
from pocketbench.engines import ENGINES
from pocketbench.errors import DeviceError, Refused, ServerLost, ServerRefused
from pocketbench.events import DeviceTold, Event
from pocketbench.protocol import Done, Order

Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def device(server: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ServerDevice:
    """The device of the running server, its token in the variable."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv(serving.VARIABLE, server.token)
    found = devices.find(f"server:{server.port}")
    assert isinstance(found, ServerDevice)
    return found


def test_it_is_called_what_its_server_says_and_tells_what_it_is(device: ServerDevice) -> None:
    """A board, for it has no Android; facts and conditions come from the probes."""
    assert (device.name, device.kind, isinstance(device, Elsewhere)) == ("here", "board", True)
    assert {"architecture", "cores", "memory_bytes", "python"} <= {*device.facts()}
    assert "available_bytes" in device.conditions()


def test_a_connection_that_broke_is_made_again(device: ServerDevice) -> None:
    """As when a tunnel is restarted."""
    heard: list[Event] = []
    with device.held(heard.append):
        assert device.conditions()
        assert device._server is not None
        device._server.give_up()
        assert "available_bytes" in device.conditions()
    assert [type(event) for event in heard] == [DeviceTold]


def test_a_server_that_does_not_come_back_is_lost(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while that is waited, once: what is asked of it afterwards fails at once."""
    monkeypatch.setattr("pocketbench.devices.server.BACK_S", 4.0)
    with started(project, tmp_path / "base") as server:
        device = ServerDevice(server.connect)
    took = []
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(ServerLost):
            device.facts()
        took.append(time.monotonic() - began)
    assert 4 <= took[0] < 30
    assert took[1] < 4


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ("phone.example:8471", "loopback alone.*\n.*ssh -N -L 8471:127.0.0.1:8471 phone.example"), ("192.168.1.7:80", "loopback alone"),
        ("localhost:x", "'x' is no port"), ("99999", "'99999' is no port"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_is_refused_with_what_to_type(which: str, message: str) -> None:
    """A token is for nobody's network."""
    with pytest.raises(DeviceError, match=message):
        devices.find(f"server:{which}")


def test_somebody_else_at_the_usual_port_is_no_device_and_hides_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As a web server: `pocketbench devices` goes on to the others."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv(serving.VARIABLE, "some-token")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(sys.modules["pocketbench.serving.address"], "PORT", listening.getsockname()[1])

        def answer() -> None:
            with listening.accept()[0] as connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        answering = threading.Thread(target=answer)
        answering.start()
        assert devices.DEVICES.get("server").list() == ()
        answering.join()


def test_without_a_token_it_is_said_where_one_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable, or the file with the server's name."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv(serving.VARIABLE, raising=False)
    with pytest.raises(ServerRefused, match=r"nobody said the token of the server 127\.0\.0\.1:8471\n.*POCKETBENCH_SERVER_TOKEN"):
        devices.find("server")


@pytest.mark.slow
def test_nothing_is_left_when_the_device_is_let_go(server: Started, device: ServerDevice, order: Order, tmp_path: Path, eventually: Eventually) -> None:
    """An order is carried out; the session's folder goes with the connection."""
    with device.held(print):
        carried = device.carry(order, tmp_path, 60)
        assert type(protocol.read_report(carried.report, order).end) is Done
    eventually(lambda: server.sessions == [])


@pytest.mark.slow
def test_engines_are_looked_for_there(device: ServerDevice) -> None:
    """One that can be imported lacks nothing; one that is not there is said with what to type."""
    assert device.lacks("litert", "ai-edge-litert") is None
    refusal = device.lacks("nothing-such", "nothing")
    assert refusal is not None
    assert (refusal.reason, refusal.hint.rpartition(" -m ")[2]) == ("toolchain-missing", "pip install nothing")
    device._about |= {"program": "/data/data/com.termux/files/usr/bin/python", "numpy": "", "node": ""}
    missing = [ServerDevice.lacks(device, engine, "") for engine in ("onnxruntime", "tfjs")]
    assert [one.hint for one in missing if one] == ["there: pkg install python-numpy", "there: pkg install nodejs"]


@pytest.mark.slow
def test_a_full_device_fails_its_orders_and_does_not_end_the_run(project: Path, tmp_path: Path, order: Order) -> None:
    """Looking for an engine needs room as well: that it could not be looked for is no error of the run's."""
    with started(project, tmp_path / "base", full=True) as server:
        device = ServerDevice(server.connect)
        assert queues._lacking_there(device, ENGINES.get("litert")) is None
        with pytest.raises(Refused, match="bytes may be used") as caught:
            device.carry(order, tmp_path, 60)
    assert caught.value.reason == "device-full"


def test_doctor_says_what_a_server_has_and_what_to_type_there_for_the_rest(device: ServerDevice) -> None:
    """In Termux everything that it has packages for, in one line."""
    found = doctor.server(device)
    assert (found.name, found.state) == ("server here", "ok")
    assert "numpy " in found.detail
    device._about |= {"program": "/data/data/com.termux/files/usr/bin/python", "numpy": "", "node": ""}
    termux = doctor.server(device)
    assert termux.state == "missing"
    assert termux.type_this.startswith("pkg install python-numpy; pkg install nodejs")

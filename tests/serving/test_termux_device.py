"""``--device termux:SERIAL``: a server that its owner has started, behind adb's forwarding on a simulated board, which has Python as Termux has."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from service_job import bench

import far_end
from far_end import FarEnd
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import devices, measure, orders, protocol, serving
from pocketbench.adb import ports
from pocketbench.devices import remote_python
from pocketbench.devices.adb_termux import TermuxPhone
from pocketbench.devices.remote_python import Python
from pocketbench.errors import ServerLost
from pocketbench.measure import Effort
from pocketbench.protocol import Done, Order
from pocketbench.remote import transfer

pytestmark = pytest.mark.slow

HOME = "/data/local/tmp/home"
START = "cd {home} && mkdir -m 700 base && {{ setsid {python} server.py --token-file token --folder base --name owner >log 2>&1 </dev/null & }}; sleep 0.2"


@pytest.fixture(scope="module")
def far(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarEnd]:
    """A simulated board on which the server was started."""
    with far_end.served(tmp_path_factory.mktemp("adb")) as server, far_end.started(server, "board", "--serial", "OWNED-1") as far:
        scripts = project / "device_scripts"
        files = {f"{HOME}/{file.relative_to(scripts)}": file for file in (scripts / "server.py", *(scripts / "serving").glob("*.py"))}
        transfer.push(far.phone, files, deadline_s=60)
        yield far


@pytest.fixture(scope="module")
def token(far: FarEnd) -> str:
    """The token of the server, started now."""
    python = remote_python.find(far.phone)
    assert isinstance(python, Python)
    far.phone.done(START.format(home=HOME, python=python.program))
    for _ in range(100):
        if token := far.phone.shell(f"sleep 0.1; cat {HOME}/token").stdout.strip():
            return token
    raise AssertionError(far.phone.shell(f"cat {HOME}/log").stdout)


@pytest.fixture
def device(far: FarEnd, token: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TermuxPhone:
    """The device, by its serial number and the token."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv(serving.VARIABLE, token)
    found = devices.find("termux:OWNED-1")
    assert isinstance(found, TermuxPhone)
    return found


def test_no_server_there_is_said_with_what_to_type(far: FarEnd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before it was started."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv(serving.VARIABLE, "some-token")
    with pytest.raises(ServerLost, match=r"nothing answers at its port 8471: .*\nin Termux: python pocketbench/server\.py"):
        devices.find("termux:OWNED-1")


def test_an_order_goes_through_adb_and_nothing_of_it_is_left(device: TermuxPhone, far: FarEnd, order: Order, tmp_path: Path) -> None:
    """Neither files there nor forwarded ports here."""
    assert (device.name, device.kind in ("board", "simulated")) == ("OWNED-1", True)
    assert "available_bytes" in device.conditions()
    with device.held(print):
        report = protocol.read_report(device.carry(order, tmp_path, 60).report, order)

    rows = np.fromfile(tmp_path / "input0.bin", "<f4").reshape(ROWS, 1, 4)
    assert type(report.end) is Done
    np.testing.assert_allclose(np.fromfile(tmp_path / "output0.bin", "<f4").reshape(ROWS, 1, 3), rows @ WEIGHTS + BIAS, atol=2e-6)
    assert far.phone.done(f"sleep 0.5; ls {HOME}/base").split() == ["lock"]
    assert ports.forwards(far.phone) == {}


def test_a_service_there_is_asked_through_a_port_of_its_own(device: TermuxPhone, far: FarEnd, tmp_path: Path) -> None:
    """Round trips over adb beside what the service says the inference took."""
    made = bench(device, tmp_path, "socket")
    with device.held(print), orders.laid_out(made) as folder:
        arrays, _, taken = measure._served(made, folder, Effort(1, 0.2, 0.5))

    np.testing.assert_allclose(arrays[0].reshape(ROWS, 3), np.load(tmp_path / "scoring-x0.npy") @ WEIGHTS + BIAS, atol=2e-6)
    (trips,), (inferences,) = measure.steady(taken.measurements, "round_trip"), measure.steady(taken.measurements)
    assert (trips > inferences).all()
    assert ports.forwards(far.phone) == {}

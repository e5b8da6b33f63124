"""Services behind ``adb:``: the Python runner on a board listens, and is asked through a forwarded port."""

import importlib.util
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import numpy as np
import pytest
from service_job import bench

import far_end
from far_end import FarEnd
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import devices, measure, orders, served
from pocketbench.adb import Phone, ports
from pocketbench.devices import remote_asked
from pocketbench.devices.adb import AdbDevice
from pocketbench.errors import PocketbenchError, ProtocolError, WireError
from pocketbench.measure import Effort
from pocketbench.protocol import Order, Phase, Serving

pytestmark = pytest.mark.slow

FLASK = pytest.mark.skipif(importlib.util.find_spec("flask") is None, reason="the lane serve is not installed")


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarEnd]:
    """A simulated board."""
    with far_end.served(tmp_path_factory.mktemp("adb")) as server, far_end.started(server, "board", "--serial", "SERVES-1") as far:
        yield far


@pytest.fixture
def device(far: FarEnd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AdbDevice:
    """The board as a device."""
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "cache"))
    found = devices.find("adb:SERVES-1")
    assert isinstance(found, AdbDevice)
    return found


@pytest.mark.parametrize("transport", ["socket", pytest.param("http", marks=FLASK)])
def test_a_service_on_a_board_is_asked_through_a_forwarded_port_and_nothing_is_left(device: AdbDevice, far: FarEnd, tmp_path: Path, transport: str) -> None:
    """Round trips over adb beside what the service says the inference took."""
    made = bench(device, tmp_path, transport)
    assert served.lacking(made.job, device) is None
    with device.held(print), orders.laid_out(made) as folder:
        arrays, _, taken = measure._served(made, folder, Effort(2, 0.2, 0.02))

    np.testing.assert_allclose(arrays[0].reshape(ROWS, 3), np.load(tmp_path / "scoring-x0.npy") @ WEIGHTS + BIAS, atol=2e-6)
    trips, inferences = measure.steady(taken.measurements, served.ROUND_TRIP), measure.steady(taken.measurements)
    assert len(trips) == len(inferences) >= 2
    assert all((trip > inference).all() for trip, inference in zip(trips, inferences, strict=True))
    assert ports.forwards(far.phone) == {}
    assert far.phone.done("ls /data/local/tmp; ps -e -o args | grep '[r]unner.py' || true") == ""


def test_who_has_enough_of_a_service_ends_it(device: AdbDevice, far: FarEnd, tmp_path: Path) -> None:
    """What was raised comes out, at once; no runner is left."""

    def talk(order: Order, service: Serving, connect: object) -> None:
        raise ProtocolError("enough")

    made = bench(device, tmp_path, "socket")
    with device.held(print), orders.laid_out(made) as folder, pytest.raises(ProtocolError, match="enough"):
        orders.serve(made, folder, "socket", talk)
    assert far.phone.done("ps -e -o args | grep '[r]unner.py' || true") == ""


def test_a_service_to_which_no_way_leads_fails_by_that(device: AdbDevice, far: FarEnd, tmp_path: Path) -> None:
    """Not as one that was ended; its runner is, though."""

    def closed(port: int) -> AbstractContextManager[int]:
        return ports.forwarded(Phone(far.phone.server, "SERVES-NOT"), f"tcp:{port}")

    made = bench(device, tmp_path, "socket")
    with device.held(print), orders.laid_out(made) as folder:
        order = msgspec.structs.replace(orders.of(made, "serve", (Phase("load"),), 1), serve="socket")
        with pytest.raises(WireError, match="SERVES-NOT"), remote_asked.asking(far.phone, device._folder.path, order, lambda *_: True, closed, 30):
            device._carry(order, folder, 30)
    assert far.phone.done("ps -e -o args | grep '[r]unner.py' || true") == ""


def test_a_connection_lost_while_a_service_is_asked_begins_it_again(device: AdbDevice, far: FarEnd, tmp_path: Path) -> None:
    """Once the board is back; what was asked before counts no more."""
    tries: list[int] = []

    def talk(order: Order, service: Serving, connect: object) -> None:
        tries.append(service.port)
        with served.serving.asking(order.serve, service, connect, 12) as asking:  # type: ignore[arg-type]
            if len(tries) == 1:
                far.do("drop_after", "0")
            asking.infer(bytes(16))
            asking.stop()

    made = bench(device, tmp_path, "socket")
    with device.held(print), orders.laid_out(made) as folder:
        try:
            report = orders.serve(made, folder, "socket", talk)
        except PocketbenchError as error:  # pragma: no cover - says why
            raise AssertionError(error) from error
    assert len(tries) == 2
    assert report.serving is not None

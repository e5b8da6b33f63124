"""A service on a board, asked through a port that ssh forwards."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from service_job import bench

import ssh_board
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import devices, measure, orders
from pocketbench.devices import Serves
from pocketbench.devices.ssh import SshDevice
from pocketbench.errors import ServerLost
from pocketbench.measure import Effort
from ssh_board import Far

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """A board."""
    with ssh_board.started(tmp_path_factory.mktemp("ssh")) as far:
        yield far


@pytest.fixture
def device(far: Far) -> Iterator[SshDevice]:
    """The board as a device."""
    found = devices.find("ssh:board-1")
    assert isinstance(found, SshDevice)
    yield found
    found.board.hang_up()


def listening(far: Far) -> list[int]:
    """Ports that programs of ssh which go to the board listen at."""
    pids = [one.pid for one in psutil.process_iter(["cmdline"]) if any(f"{far.own}/client_config" in word for word in one.info["cmdline"] or [])]
    return [one.laddr.port for one in psutil.net_connections("tcp4") if one.status == psutil.CONN_LISTEN and one.pid in pids]


def test_a_service_there_is_asked_through_a_port_of_its_own(device: SshDevice, far: Far, tmp_path: Path) -> None:
    """Round trips over ssh beside what the service says the inference took; no port stays forwarded, nothing stays there."""
    made = bench(device, tmp_path, "socket")
    with device.held(print), orders.laid_out(made) as folder:
        arrays, _, taken = measure._served(made, folder, Effort(1, 0.2, 0.5))
        assert listening(far) == []

    assert isinstance(device, Serves)
    np.testing.assert_allclose(arrays[0].reshape(ROWS, 3), np.load(tmp_path / "scoring-x0.npy") @ WEIGHTS + BIAS, atol=2e-6)
    (trips,), (inferences,) = measure.steady(taken.measurements, "round_trip"), measure.steady(taken.measurements)
    assert (trips > inferences).all()
    assert far.left() == ""


def test_a_server_that_forwards_nothing_fails_the_job_and_the_service_is_ended(far: Far, tmp_path: Path) -> None:
    """Nothing goes on there."""
    settings = far.own / "sshd_config"
    was = settings.read_text()
    settings.write_text("DisableForwarding yes\n" + was)
    far.end()
    far.begin()
    found = devices.find("ssh:board-1")
    assert isinstance(found, SshDevice)
    made = bench(found, tmp_path, "socket")
    try:
        with found.held(print), orders.laid_out(made) as folder, pytest.raises(ServerLost, match="closed the connection"):
            measure._served(made, folder, Effort(1, 0.2, 0.5))
    finally:
        settings.write_text(was)
        far.end()
        far.begin()

    assert far.left() == ""

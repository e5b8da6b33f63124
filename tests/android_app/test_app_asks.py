"""The app as a client: it asks a Python service on its own device for inferences, by the service's frames and token."""

import importlib.util
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

import tiny_tflite
from app_core import Core
from linear_model import BIAS, WEIGHTS
from pocketbench import protocol
from pocketbench.devices.host import Host
from pocketbench.protocol import Done, FailedOrder, Order, Phase, Report, Serving, TensorFile
from pocketbench.serving import asking

pytestmark = pytest.mark.slow

ROWS = np.arange(12, dtype="<f4").reshape(3, 1, 4)
ORDER = Order(
    protocol=protocol.PROTOCOL, order="asked", kind="serve", engine="litert", model="model.tflite", accelerator="cpu", threads=1, options={}, rows=len(ROWS),
    inputs=(TensorFile("x", "input0.bin", (1, 4), "float32"),), outputs=(TensorFile("y", "output0.bin", (1, 3), "float32"),),
    phases=(Phase("load"),), serve="socket",
)  # fmt: skip
TIMING = (Phase("load"), Phase("first"), Phase("steady", min_runs=5))
FLASK = pytest.mark.skipif(importlib.util.find_spec("flask") is None, reason="the lane serve is not installed")
NOBODY = 9  # the discard service, which no system here runs


def asks(serving: Serving, transport: str) -> dict[str, Order]:
    """Orders of the app that ask a service, one of them with another token, and one that asks where nobody listens."""
    known = {"port": str(serving.port), "token": serving.token, "serve": transport}
    own = msgspec.structs.replace(ORDER, kind="outputs", engine="service", phases=(), serve="", options=known)
    return {
        "outputs": own,
        "timing": msgspec.structs.replace(own, kind="timing", phases=TIMING),
        "stranger": msgspec.structs.replace(own, options={**known, "token": "aaaa-bbbb-cccc-dddd"}),
        "nobody": msgspec.structs.replace(own, options={**known, "port": str(NOBODY)}),
    }


def laid_out(order: Order, folder: Path) -> None:
    """The order's files."""
    folder.mkdir(exist_ok=True)
    protocol.write_order(order, folder)
    (folder / "model.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, BIAS))
    ROWS.tofile(folder / "input0.bin")


@pytest.fixture(scope="module", params=["socket", pytest.param("http", marks=FLASK)])
def asked(request: pytest.FixtureRequest, core: Core, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Report]]:
    """A service of the Python runner and what the app reported that asked it; the folder of its outputs comes first."""
    folder, transport = tmp_path_factory.mktemp("asked"), request.param
    reports: dict[str, Report] = {}

    def talk(serving: Serving, connect: Callable[[], socket.socket]) -> bool:
        orders = asks(serving, transport)
        for name, order in orders.items():
            laid_out(order, folder / name)
        core.java("org.pocketbench.core.OneOrder", *(str(folder / name) for name in orders))
        reports.update({name: protocol.read_report((folder / name / protocol.REPORT).read_bytes(), order) for name, order in orders.items()})
        with asking(transport, serving, connect, ROWS[0].nbytes) as service:
            service.stop()
        return True

    serves = msgspec.structs.replace(ORDER, serve=transport)
    laid_out(serves, folder / "service")
    served = protocol.read_report(Host().serve(serves, folder / "service", 60, talk, runner="python").report, serves)
    assert isinstance(served.end, Done)
    return folder / "outputs", reports


def test_the_app_gets_from_a_python_service_what_numpy_computes(asked: tuple[Path, dict[str, Report]]) -> None:
    """Row by row, through the frames."""
    folder, reports = asked
    assert isinstance(reports["outputs"].end, Done)
    np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "<f4").reshape(3, 1, 3), ROWS @ WEIGHTS + BIAS, rtol=0, atol=2e-5)


def test_the_app_times_round_trips_and_says_that_nobody_told_where_they_ran(asked: tuple[Path, dict[str, Report]]) -> None:
    """A sample is from the row to the outputs; beside it stands what the service says that the inference in it took."""
    report = asked[1]["timing"]
    assert isinstance(report.end, Done)
    assert {line.phase: (len(line.ns), len(line.inference_ns)) for line in report.samples} == {"load": (1, 0), "first": (1, 1), "steady": (5, 5)}
    assert all(0 < inside < whole for line in report.samples for inside, whole in zip(line.inference_ns, line.ns, strict=False))
    assert report.executed is not None
    assert (report.executed.executed_on, report.executed.execution) == ("", "unknown")


def test_a_service_that_does_not_know_the_apps_token_is_not_asked(asked: tuple[Path, dict[str, Report]]) -> None:
    """The service says no, when it is connected to or, over HTTP, when it is asked, and its words are told."""
    end = asked[1]["stranger"].end
    assert isinstance(end, FailedOrder)
    assert (end.stage in ("load", "outputs"), end.reason) == (True, "device-refused")
    assert "another token" in end.message


def test_a_port_where_nobody_listens_is_a_device_lost(asked: tuple[Path, dict[str, Report]]) -> None:
    """It may be there the next time."""
    end = asked[1]["nobody"].end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "device-lost")

"""Two programs of one phone: the app asks a model that Python has loaded in Termux, while the harness only looks on."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

import far_end
import tiny_tflite
from far_end import FarEnd
from linear_model import BIAS, WEIGHTS
from pocketbench import devices, protocol, serving
from pocketbench.adb import packages
from pocketbench.app_build import Built
from pocketbench.devices.adb_termux import TermuxPhone
from pocketbench.protocol import Done, Order, Phase, Report, Serving, TensorFile
from pocketbench.remote import transfer
from pocketbench.serving import asking

pytestmark = pytest.mark.slow

ROWS = np.arange(12, dtype="<f4").reshape(3, 1, 4)
INSTRUMENT = "am instrument -w -r -e order asks-1 org.pocketbench.app/.OrderInstrumentation"
FOLDER = "/sdcard/Android/data/org.pocketbench.app/files/orders/asks-1"
SERVED = Order(
    protocol=protocol.PROTOCOL, order="served-1", kind="serve", engine="litert", model="model.tflite", accelerator="cpu", threads=1, options={}, rows=3,
    inputs=(TensorFile("x", "input0.bin", (1, 4), "float32"),), outputs=(TensorFile("y", "output0.bin", (1, 3), "float32"),),
    phases=(Phase("load"),), serve="socket",
)  # fmt: skip


@pytest.fixture
def phone(built_app: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FarEnd]:
    """A phone with the app, whose owner has started the server in Termux."""
    with far_end.served(tmp_path) as server, far_end.started(server, "phone", "--serial", "ASKS-1") as far:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        monkeypatch.setenv(serving.VARIABLE, far.termux_token)
        packages.install(far.phone, built_app.path, deadline_s=300)
        yield far


def laid_out(order: Order, folder: Path) -> Path:
    """The order's files."""
    folder.mkdir()
    protocol.write_order(order, folder)
    (folder / "model.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, BIAS))
    ROWS.tofile(folder / "input0.bin")
    return folder


def asked_by_app(phone: FarEnd, asks: Order, folder: Path) -> Report:
    """The app carries an order out; its report. The output is brought into the folder."""
    transfer.push(phone.phone, {f"{FOLDER}/{file.name}": file for file in laid_out(asks, folder).iterdir()}, deadline_s=60)
    said = phone.phone.shell(INSTRUMENT, deadline_s=120).stdout
    assert "INSTRUMENTATION_RESULT: pocketbench=done" in said, said
    transfer.pull(phone.phone, f"{FOLDER}/output0.bin", folder / "output0.bin", deadline_s=60, limit_bytes=1000)
    return protocol.read_report(phone.phone.shell(f"cat {FOLDER}/report.jsonl").stdout, asks)


def test_the_app_asks_a_model_that_python_has_loaded_in_termux(phone: FarEnd, tmp_path: Path) -> None:
    """What comes back is what numpy computes."""
    device = devices.find("adb:ASKS-1")
    assert isinstance(device, TermuxPhone)
    reports = []

    def talk(service: Serving, connect: Callable[[], socket.socket]) -> bool:
        known = {"port": str(service.port), "token": service.token}
        asks = msgspec.structs.replace(SERVED, order="asks-1", kind="outputs", engine="service", phases=(), serve="", options=known)
        reports.append(asked_by_app(phone, asks, tmp_path / "app"))
        with asking("socket", service, connect, ROWS[0].nbytes) as stopping:
            stopping.stop()
        return True

    served = device.serve(SERVED, laid_out(SERVED, tmp_path / "python"), 120, talk)

    assert isinstance(protocol.read_report(served.report, SERVED).end, Done)
    assert [type(report.end) for report in reports] == [Done]
    np.testing.assert_allclose(np.fromfile(tmp_path / "app" / "output0.bin", "<f4").reshape(3, 1, 3), ROWS @ WEIGHTS + BIAS, rtol=0, atol=2e-5)

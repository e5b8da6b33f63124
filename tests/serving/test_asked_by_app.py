"""A service in a phone's Termux that the app on the same phone asks: what it computes and takes, and what becomes of it when either ends."""

import importlib.util
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pytest
from service_job import bench

import app_phone
import far_end
import linear_run
import pocketbench
from far_end import FarEnd
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import asked_by_app, devices, events, measure, orders, served, serving
from pocketbench.adb import ports
from pocketbench.app_build import Built
from pocketbench.devices.adb_app_order import BASE, PACKAGE
from pocketbench.devices.adb_termux import TermuxPhone
from pocketbench.errors import Refused
from pocketbench.measure import Effort
from pocketbench.orders import Bench
from pocketbench.protocol import Order, Phase, Serving

pytestmark = pytest.mark.slow

FLASK = pytest.mark.skipif(importlib.util.find_spec("flask") is None, reason="the lane serve is not installed")
SUITE = """
[suite]
name = "askers"

[[model]]
name = "linear"
source = "linear.tflite"
data = { source = "rows.npz", calibration = 0, scoring = 40, score = "r2" }

[matrix]
engines = ["litert"]

[matrix.detail]
techniques = ["as_is"]
serve = ["off", "socket"]
asked_by = ["harness", "app"]

[measure]
processes = 1
budget = "200ms"
"""
LOOKS = ("before", "load", "first", "warmup", "steady")
SHORT = (Phase("steady", min_runs=5),)
LONG = (Phase("steady", min_runs=1, max_ns=120 * 10**9),)


@dataclass(frozen=True)
class Owned:
    """A phone with the app, whose owner has started the server in Termux."""

    far: FarEnd
    device: TermuxPhone


@pytest.fixture(scope="module")
def phone(built_app: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    """A simulated phone."""
    folder = tmp_path_factory.mktemp("adb")
    with far_end.served(folder) as server, far_end.started(server, "phone", "--serial", "ASKED-1") as far, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        patch.setenv(serving.VARIABLE, far.termux_token)
        device = devices.find("adb:ASKED-1")
        assert isinstance(device, TermuxPhone)
        with device.held(events.unheard):
            app_phone.bring(device, built_app.path)
            yield Owned(far, device)


def job(device: devices.Device, folder: Path, transport: str) -> Bench:
    """A job of the linear model as a service that the app asks."""
    made = bench(device, folder, transport)
    options = {**made.job.options, "asked_by": "app"}
    return Bench(**{**{name: getattr(made, name) for name in Bench.__slots__}, "job": msgspec.structs.replace(made.job, options=options)})


@pytest.mark.parametrize("transport", ["socket", pytest.param("http", marks=FLASK)])
def test_the_app_asks_a_service_on_its_own_phone_and_tells_every_round_trip(phone: Owned, tmp_path: Path, transport: str) -> None:
    """Beside the inference in it by the service's clock; the outputs are what numpy computes; nothing that a service knows its client by stays there."""
    made = job(phone.device, tmp_path, transport)
    assert served.lacking(made.job, phone.device) is None
    with orders.laid_out(made) as folder:
        arrays, report, taken = measure._served(made, folder, Effort(1, 0.5, 0.5))

    np.testing.assert_allclose(arrays[0].reshape(ROWS, 3), np.load(tmp_path / "scoring-x0.npy") @ WEIGHTS + BIAS, atol=2e-6)
    (trips,), (inferences,) = measure.steady(taken.measurements, served.ROUND_TRIP), measure.steady(taken.measurements)
    assert len(trips) == len(inferences) >= 20
    assert (trips > inferences).all()
    assert (report.hello.runner, report.hello.engine) == ("python", "litert")
    assert [(look.order, look.process, look.at) for look in taken.looks if look.process == 0] == [("timing", 0, at) for at in LOOKS]
    assert report.serving is not None
    assert phone.far.phone.shell(f"grep -r {report.serving.token} {BASE}; logcat -d | grep {report.serving.token}").stdout == ""
    assert phone.far.phone.done(f"ls {BASE}/*/order.json 2>/dev/null || true") == ""
    assert ports.forwards(phone.far.phone) == {}


def test_what_fails_between_app_and_service_has_a_reason(phone: Owned, tmp_path: Path) -> None:
    """Another token than the service's, a port where nobody listens: told by the app, and the service is ended."""
    found: dict[str, Refused] = {}
    tokens: list[str] = []

    def talk(order: Order, service: Serving, connect: Callable[[], socket.socket]) -> None:
        tokens.append(service.token)
        for name, other in (("token", {"token": "another-token-than-that"}), ("port", {"port": 9})):
            with pytest.raises(Refused) as raised:
                asked_by_app.ask(made, folder, msgspec.structs.replace(service, **other), order.serve, (), 0, every_row=True)
            found[name] = raised.value
        raise raised.value

    made = job(phone.device, tmp_path, "socket")
    with orders.laid_out(made) as folder:
        asked_by_app.lay_out(made, folder)
        with pytest.raises(Refused, match="nobody listens"):
            orders.serve(made, folder, "socket", talk)

    assert {name: error.reason for name, error in found.items()} == {"token": "device-refused", "port": "device-lost"}
    assert all(error.message.startswith("asked by the app: ") and tokens[0] not in error.message + error.log for error in found.values())
    assert running(phone, "runner[.]py") == ""


@pytest.mark.parametrize(("ended", "reason"), [("service", "device-lost"), ("app", "crashed")])
def test_either_that_is_killed_while_the_app_asks_ends_the_job_with_a_reason(phone: Owned, tmp_path: Path, ended: str, reason: str) -> None:
    """And nothing goes on there."""
    tokens: list[str] = []

    def talk(order: Order, service: Serving, connect: Callable[[], socket.socket]) -> None:
        tokens.append(service.token)
        killing.start()
        asked_by_app.ask(made, folder, service, order.serve, LONG, 0, every_row=False)

    made, killing = job(phone.device, tmp_path, "socket"), threading.Thread(target=kill, args=(phone, ended))
    with orders.laid_out(made) as folder:
        asked_by_app.lay_out(made, folder)
        with pytest.raises(Refused) as raised:
            orders.serve(made, folder, "socket", talk)
    killing.join()

    assert (raised.value.reason, raised.value.message.startswith("asked by the app: ")) == (reason, True), raised.value
    assert running(phone, "runner[.]py") == ""
    assert tokens[0] not in raised.value.message + raised.value.log


def test_a_connection_lost_while_the_app_asks_begins_service_and_asking_again(phone: Owned, tmp_path: Path) -> None:
    """What was asked before counts no more, and the job is whole."""
    tries: list[int] = []

    def talk(order: Order, service: Serving, connect: Callable[[], socket.socket]) -> None:
        tries.append(service.port)
        if len(tries) == 1:
            phone.far.do("drop_after", "0", after=1.5)
        asked_by_app.ask(made, folder, service, order.serve, SHORT if len(tries) > 1 else LONG, 0, every_row=True)
        with serving.asking(order.serve, service, connect, 12) as asking:
            asking.stop()

    made = job(phone.device, tmp_path, "socket")
    with orders.laid_out(made) as folder:
        asked_by_app.lay_out(made, folder)
        report = orders.serve(made, folder, "socket", talk)

    assert len(tries) == 2
    assert report.serving is not None
    assert running(phone, "runner[.]py") == ""


def kill(phone: Owned, what: str) -> None:
    """End one of both while the app asks."""
    until = time.monotonic() + 60
    while PACKAGE not in running(phone, PACKAGE.replace(".", "[.]")) and time.monotonic() < until:
        time.sleep(0.2)
    time.sleep(5)
    phone.far.phone.shell(f"am force-stop {PACKAGE}" if what == "app" else "pkill -9 -f runner/runner[.]py")


def test_a_run_has_all_askers_of_a_service_in_one_report_and_its_token_nowhere(phone: Owned, built_app: Built, tmp_path: Path) -> None:
    """In its own process, asked by the harness through adb, asked by the app on the phone; all compute the same, and this computer lacks an app to ask."""
    folder, devices_named = linear_run.made(tmp_path, SUITE), ("--device", "adb:ASKED-1", "--device", "host")
    process = linear_run.start(folder, *devices_named, "--apk", str(built_app.path))
    out, err = process.communicate(timeout=300)
    jobs = pocketbench.load("last", results=folder / "results").jobs()
    here, there = (jobs[jobs["device"] == name].set_index("engine_options") for name in ("host", "ASKED-1"))
    own, by_harness, by_app = (next(row for options, row in there.iterrows() if words in str(options)) for words in ("serve=off", "harness", "app"))
    looks = pocketbench.load("last", results=folder / "results").conditions()

    assert process.returncode == 0, err
    assert [row["status"] for row in (own, by_harness, by_app)] == ["ok"] * 3
    assert [row["score"] for row in (own, by_harness, by_app)] == pytest.approx([1.0] * 3, abs=1e-6)
    assert [row["round_trip_median_ns"] > row["latency_median_ns"] for row in (own, by_harness, by_app)] == [False, True, True]
    assert here.loc[[name for name in here.index if "app" in name], "reason"].tolist() == ["no-runner"]
    assert "app" in set(looks["seen_by"])
    kept = [path for path in (folder / "results").rglob("*") if path.is_file()]
    assert [path for path in kept if re.search(rb"\b[0-9a-f]{32}\b", path.read_bytes())] == []
    assert linear_run.events_of(out)[-1]["failed"] == 0


def running(phone: Owned, pattern: str) -> str:
    """What of a name runs on the phone."""
    return phone.far.phone.done(f"ps -ef | grep '{pattern}' || true")


def test_where_adb_may_not_enter_the_apps_files_the_app_asks_all_the_same(phone: Owned, built_app: Built, tmp_path: Path) -> None:
    """Its outputs are told by am, and the order goes there too."""
    parent = BASE.rpartition("/")[0]
    phone.far.phone.done(f"rm -rf {parent} && mkdir -p {parent} && chmod 500 {parent}")
    other = devices.find("adb:ASKED-1")
    assert isinstance(other, TermuxPhone)
    made = job(other, tmp_path, "socket")
    try:
        with other.held(events.unheard), orders.laid_out(made) as folder:
            assert other.bring(built_app.path, keep=True) is None
            arrays, _, taken = measure._served(made, folder, Effort(1, 0.2, 0.5))
            assert phone.far.phone.done("find /data/local/tmp -name order.json") == ""
    finally:
        phone.far.phone.done(f"chmod 700 {parent}")

    np.testing.assert_allclose(arrays[0].reshape(ROWS, 3), np.load(tmp_path / "scoring-x0.npy") @ WEIGHTS + BIAS, atol=2e-6)
    assert measure.steady(taken.measurements, served.ROUND_TRIP)

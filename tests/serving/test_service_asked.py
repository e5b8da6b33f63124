"""Engines as services: what they answer, whom, and how a job is measured through them."""

import http.client
import importlib.util
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from server_started import Started
from service_job import bench

import tiny_tfjs
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import measure, orders, protocol, served
from pocketbench.devices import Device, host
from pocketbench.devices.host import Host
from pocketbench.devices.server import ServerDevice
from pocketbench.engines import ENGINES
from pocketbench.errors import DeviceSilent, PocketbenchError, ProtocolError, ServerLost, ServerRefused
from pocketbench.measure import Effort
from pocketbench.protocol import Done, FailedOrder, Order, Phase, Report, Serving
from pocketbench.serving import asking

pytestmark = pytest.mark.slow

Array = np.ndarray[Any, Any]
Talk = Callable[[Serving, Callable[[], socket.socket]], None]
WAYS = [("python", "socket"), ("python", "http"), ("node", "socket"), ("node", "http")]
FLASK = pytest.mark.skipif(importlib.util.find_spec("flask") is None, reason="the lane serve is not installed")


def served_by(runner: str, order: Order, folder: Path, transport: str) -> Order:
    """The order as one to serve by a runner, with the model that it reads."""
    if runner == "node":
        tiny_tfjs.write(folder / "model", *tiny_tfjs.linear(WEIGHTS, BIAS))
        order = msgspec.structs.replace(order, engine="tfjs", accelerator="wasm", model="model")
    return msgspec.structs.replace(order, kind="serve", serve=transport, phases=(Phase("load"),))


def talked(order: Order, folder: Path, talk: Talk, runner: str = "python", deadline_s: float = 60) -> Report:
    """Run a service on this computer and talk to it; its report. What the talk raises is raised, where the service did not fail itself."""
    failed: list[Exception] = []

    def ask(serving: Serving, connect: Callable[[], socket.socket]) -> bool:
        try:
            talk(serving, connect)
        except (PocketbenchError, OSError) as error:
            failed.append(error)
        return not failed

    try:
        report = protocol.read_report(Host().serve(order, folder, deadline_s, ask, runner=runner).report, order)
    except DeviceSilent:
        raise failed[0] from None
    if failed and not isinstance(report.end, FailedOrder):
        raise failed[0]
    return report


@FLASK
@pytest.mark.parametrize(("runner", "transport"), WAYS)
def test_a_row_sent_gives_what_numpy_computes_and_how_long_the_inference_took(order: Order, tmp_path: Path, runner: str, transport: str) -> None:
    """By every way; the inference is a part of the round trip, and the report tells load, memory and proof."""
    rows = np.fromfile(tmp_path / "input0.bin", "<f4").reshape(ROWS, 1, 4)
    answers = []

    def talk(serving: Serving, connect: Callable[[], socket.socket]) -> None:
        with asking(transport, serving, connect, 12) as service:
            answers.extend(service.infer(row.tobytes()) for row in rows)
            service.stop()

    report = talked(served_by(runner, order, tmp_path, transport), tmp_path, talk, runner)

    found = np.frombuffer(b"".join(answer.outputs for answer in answers), "<f4").reshape(ROWS, 1, 3)
    np.testing.assert_allclose(found, rows @ WEIGHTS + BIAS, atol=2e-6)
    assert all(0 < answer.inference_ns < answer.round_trip_ns for answer in answers)
    assert (type(report.end), report.hello.runner, [line.phase for line in report.samples]) == (Done, runner, ["load"])
    assert report.memory is not None
    assert report.executed is not None
    assert report.executed.execution == "full"


@FLASK
@pytest.mark.parametrize(("runner", "transport"), WAYS)
def test_strangers_and_garbage_are_refused_and_the_service_goes_on(order: Order, tmp_path: Path, runner: str, transport: str) -> None:
    """Another token, a row that is too short, bytes that are nothing: each ends its connection, and the next one is answered."""

    def talk(serving: Serving, connect: Callable[[], socket.socket]) -> None:
        stranger = msgspec.structs.replace(serving, token="0" * 32)
        with pytest.raises((ServerRefused, ServerLost, ProtocolError)), asking(transport, stranger, connect, 12) as service:
            service.infer(bytes(16))
        with pytest.raises((ServerLost, ProtocolError)), asking(transport, serving, connect, 12) as service:
            service.infer(bytes(15))
        for garbage in (b"\0\0\0\0", b"\xff" * 64, b"GET / HTTP/1.1\r\n\r\n"):
            with connect() as connection, suppress(OSError):  # it may have ended the connection by then: that is a refusal too
                connection.sendall(garbage)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
        with asking(transport, serving, connect, 12) as service:
            assert len(service.infer(bytes(16)).outputs) == 12
            service.stop()

    assert type(talked(served_by(runner, order, tmp_path, transport), tmp_path, talk, runner).end) is Done


@FLASK
def test_http_says_what_is_wrong_by_its_status(order: Order, tmp_path: Path) -> None:
    """401 without the token, 404 and 405 for what there is not, 400 or 413 for a row of another size."""
    found = {}

    def talk(serving: Serving, connect: Callable[[], socket.socket]) -> None:
        known = {"Authorization": f"Bearer {serving.token}"}
        for method, place, headers, row in (
            ("POST", "/infer", {}, bytes(16)), ("POST", "/other", known, b""), ("GET", "/infer", known, b""), ("POST", "/infer", known, bytes(15)),
            ("POST", "/infer", known, bytes(17)), ("POST", "/stop", known, b""),
        ):  # fmt: skip
            connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=20)
            connection.request(method, place, row, headers)
            found[method, place, len(headers), len(row)] = connection.getresponse().status
            connection.close()

    talked(served_by("python", order, tmp_path, "http"), tmp_path, talk)
    assert list(found.values()) == [401, 404, 405, 400, 413, 204]


@pytest.mark.parametrize("told", ["", "-1", "1.5", "\u0661", "9" * 19, "0" * 5000])
def test_what_is_no_number_of_nanoseconds_is_a_protocol_error(told: str) -> None:
    """Whatever stands where the service's own time is due: also more digits than Python reads."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours, (theirs, _) = socket.create_connection(listening.getsockname()), listening.accept()
    with theirs, asking("http", Serving(1, "t"), lambda: ours, 0) as service:
        theirs.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nInference-Ns: {told}\r\n\r\n".encode())
        with pytest.raises(ProtocolError):
            service.infer(b"")


def test_a_service_that_ends_while_it_is_asked_is_told_by_its_own_reason(order: Order, tmp_path: Path) -> None:
    """The runner's failure, not the broken connection."""
    (tmp_path / "model.tflite").write_bytes(b"no model")
    report = talked(served_by("python", order, tmp_path, "socket"), tmp_path, lambda *_: None)

    assert isinstance(report.end, FailedOrder)
    assert (report.end.stage, report.end.reason) == ("load", "engine-cannot-read")


def test_a_client_that_has_enough_ends_the_service_at_once(order: Order, tmp_path: Path) -> None:
    """What it raises comes out; no runner is left waiting for half a minute."""

    def talk(serving: Serving, connect: Callable[[], socket.socket]) -> None:
        raise ProtocolError("enough")

    with pytest.raises(ProtocolError, match="enough"):
        talked(served_by("python", order, tmp_path, "socket"), tmp_path, talk, deadline_s=25)


@pytest.mark.parametrize("changed", [{"serve": ""}, {"serve": "carrier pigeon"}, {"phases": []}, {"kind": "outputs", "phases": []}])
@pytest.mark.parametrize("runner", ["python", "node"])
def test_an_order_to_serve_that_is_none_is_refused(order: Order, tmp_path: Path, runner: str, changed: dict[str, Any]) -> None:
    """By both runners, before a model is opened."""
    told = msgspec.to_builtins(served_by(runner, order, tmp_path, "socket")) | changed
    (tmp_path / protocol.ORDER).write_bytes(msgspec.json.encode(told))
    subprocess.run([*(host._node() if runner == "node" else host._python("")), str(tmp_path)], check=False, capture_output=True, timeout=60)

    hello, failed = (tmp_path / protocol.REPORT).read_text().splitlines()
    assert '"hello"' in hello
    assert '"failed"' in failed
    assert '"protocol"' in failed


@pytest.mark.parametrize("where", ["host", "server"])
def test_a_job_as_a_service_keeps_every_round_trip_beside_its_inference(server: Started, tmp_path: Path, where: str) -> None:
    """In fresh processes, also behind a person's server, which leads to the service; the outputs are the service's."""
    device: Device = Host() if where == "host" else ServerDevice(server.connect)
    made = bench(device, tmp_path, "socket")
    with orders.laid_out(made) as folder:
        arrays, report, taken = measure._served(made, folder, Effort(2, 0.2, 0.02))

    rows = np.load(tmp_path / "scoring-x0.npy")
    np.testing.assert_allclose(arrays[0].reshape(ROWS, 3), rows @ WEIGHTS + BIAS, atol=2e-6)
    assert taken.stopped_by in ("precision", "budget")
    steady = {name: measure.steady(taken.measurements, name) for name in ("latency", served.ROUND_TRIP)}
    assert [len(block) for block in steady["latency"]] == [len(block) for block in steady[served.ROUND_TRIP]]
    assert len(steady["latency"]) >= 2
    assert all((trips > inferences).all() for trips, inferences in zip(steady[served.ROUND_TRIP], steady["latency"], strict=True))
    timed = {(name, phase) for name in steady for phase in ("warmup", "steady")}
    assert {(item.metric, item.phase) for item in taken.measurements} == timed | {
        ("load", "load"),
        ("memory", "peak"),
        ("first", "first"),
        ("round_trip", "first"),
    }
    assert report.hello.engine == "litert"


def test_a_device_whose_services_are_not_reached_is_a_skip_with_what_to_type(tmp_path: Path) -> None:
    """Known before anything is tried; and Flask that is not installed is, too."""

    class Bare:
        """A device that carries orders and nothing else."""

        name, kind = "bare", "board"

    refusal = served.lacking(bench(Host(), tmp_path, "http").job, Bare())  # type: ignore[arg-type]
    assert refusal is not None
    assert (refusal.reason, refusal.hint) == ("no-runner", 'serve = ["off"] measures without one')
    assert served.lacking(bench(Host(), tmp_path, "off").job, Host()) is None
    assert served.lacking(bench(Host(), tmp_path, "socket").job, Host()) is None
    assert ENGINES.get("litert").options == {"xnnpack": ("on", "off")}

"""The server that a person starts in Termux, as the harness uses it: orders carried out, taken turns at, given up, and nothing left of them."""

import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from server_started import Started, carrying, runs, started

import tiny_tfjs
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import protocol, serving
from pocketbench.errors import DeviceSilent, Refused, ServerLost
from pocketbench.protocol import Done, FailedOrder, Order
from pocketbench.serving import frames

pytestmark = pytest.mark.slow

Eventually = Callable[[Callable[[], bool]], None]


def test_an_order_comes_back_with_its_report_and_outputs(client: serving.Server, order: Order, tmp_path: Path) -> None:
    """They lie in the order's folder, as if the runner had run there."""
    came = client.carry(order, tmp_path, 60)

    report = protocol.read_report(came.report, order)
    rows = np.fromfile(tmp_path / "input0.bin", "<f4").reshape(ROWS, 1, 4)
    assert (came.ended, type(report.end), report.hello.runner) == ("exit code 0", Done, "python")
    np.testing.assert_allclose(np.fromfile(tmp_path / "output0.bin", "<f4").reshape(ROWS, 1, 3), rows @ WEIGHTS + BIAS, atol=2e-6)


def test_what_is_there_is_not_sent_again(client: serving.Server, order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second order of the same files sends none; one of another model sends that."""
    client.carry(order, tmp_path, 60)
    sent: list[str] = []
    own = client._send_one

    def noted(name: str, file: Path, sha256: str) -> None:
        sent.append(name)
        own(name, file, sha256)

    monkeypatch.setattr(client, "_send_one", noted)
    client.carry(order, tmp_path, 60)
    assert sent == []
    (tmp_path / "model.tflite").write_bytes(b"no model")
    came = client.carry(order, tmp_path, 60)

    assert [name.partition("-")[0] for name in sent] == ["model"]
    assert isinstance(protocol.read_report(came.report, order).end, FailedOrder)


def test_the_report_is_heard_while_the_runner_runs_and_the_order_can_be_stopped(client: serving.Server, endless: Order, tmp_path: Path) -> None:
    """Its first line comes long before what would be the last."""
    came = client.carry(endless, tmp_path, 60, told=lambda piece: client.stop() if b'"hello"' in piece else None)

    assert came.ended == "stopped"
    assert protocol.read_report(came.report, endless).end is None


def test_a_runner_that_does_not_end_in_time_is_ended(server: Started, client: serving.Server, endless: Order, tmp_path: Path) -> None:
    """DeviceSilent names the order; no process is left, and the server goes on."""
    with pytest.raises(DeviceSilent, match="no last line of order 0123 within 2 s"):
        client.carry(endless, tmp_path, 2)

    assert server.runners == []
    assert client.sh("echo still here")[1] == "still here\n"


def test_a_client_that_goes_away_ends_its_order_and_leaves_nothing(server: Started, endless: Order, tmp_path: Path, eventually: Eventually) -> None:
    """The runner and the folder go as soon as the connection does."""
    with carrying(server, endless, tmp_path) as (client, came):
        eventually(lambda: bool(server.runners))
        client.give_up()
    eventually(lambda: server.runners == [] and server.sessions == [])

    assert [type(error) for error in came] == [ServerLost]


def test_two_harnesses_take_turns(server: Started, client: serving.Server, endless: Order, tmp_path: Path, eventually: Eventually) -> None:
    """The second waits, hears that it does, and is served when the first has ended."""
    with carrying(server, endless, tmp_path, 4) as (_, came):
        eventually(lambda: bool(server.runners))
        frames.send(client._connection, "sh", b"echo second", deadline_s=5)
        assert client._heard().say == "waiting"
        assert came == []
        while (head := client._heard("waiting", "ended")).say != "ended":
            pass
        assert client._log(head) == "second\n"
    assert [type(error) for error in came] == [DeviceSilent]


def test_a_server_that_is_ended_leaves_neither_folder_nor_runner(project: Path, endless: Order, tmp_path: Path, eventually: Eventually) -> None:
    """While an order is carried out."""
    base = tmp_path / "base"
    with started(project, base) as server, carrying(server, endless, tmp_path) as (_, came):
        eventually(lambda: bool(server.runners))
        left = server.runners
        server.process.send_signal(signal.SIGTERM)

    assert [type(error) for error in came] == [ServerLost]
    assert not base.exists()
    assert not any(map(runs, left))


def test_a_server_that_is_killed_takes_its_runner_along_and_the_next_one_tidies_up(
    project: Path, endless: Order, tmp_path: Path, eventually: Eventually
) -> None:
    """The kernel ends the runner; the folder is swept."""
    base = tmp_path / "base"
    with started(project, base) as server, carrying(server, endless, tmp_path):
        eventually(lambda: bool(server.runners))
        left = server.runners
        server.process.kill()
        eventually(lambda: not any(map(runs, left)))
    assert server.sessions != []
    with started(project, base) as server:
        assert server.sessions == []


def test_a_script_of_the_shell_is_answered(client: serving.Server) -> None:
    """With both streams, and how it ended."""
    assert client.sh("echo out; echo err >&2; exit 3") == ("exit code 3", "out\nerr\n")
    with pytest.raises(DeviceSilent):
        client.sh("sleep 20", deadline_s=0.5)


def test_a_runner_that_there_is_not_is_said_to_be_missing(client: serving.Server, order: Order) -> None:
    """And the session goes on."""
    for runner, outputs in (("ruby", {}), ("python", {"../up": 1}), ("python", [])):
        frames.send(client._connection, "order", msgspec.json.encode(order), runner=runner, outputs=outputs, deadline_s=5)
        with pytest.raises(Refused, match="the server: "):
            client._heard()
    assert client.sh("echo on")[1] == "on\n"


def test_nodejs_carries_an_order_out_there_with_the_page_that_it_is_sent(client: serving.Server, order: Order, tmp_path: Path) -> None:
    """As in Termux, where nothing of npm's is installed."""
    if not client.about["node"]:
        pytest.skip("there is no Node.js on PATH")
    tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(WEIGHTS, BIAS))
    scripted = msgspec.structs.replace(order, engine="tfjs", accelerator="wasm", model="model")
    report = protocol.read_report(client.carry(scripted, tmp_path, 60, "node").report, scripted)

    assert (report.hello.runner, type(report.end)) == ("node", Done)
    rows = np.fromfile(tmp_path / "input0.bin", "<f4").reshape(ROWS, 1, 4)
    np.testing.assert_allclose(np.fromfile(tmp_path / "output0.bin", "<f4").reshape(ROWS, 1, 3), rows @ WEIGHTS + BIAS, atol=2e-6)

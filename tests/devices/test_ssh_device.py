"""A board behind a real OpenSSH server, as a device: orders carried out there, faults survived, and nothing left behind."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import doubling
import ssh_board
from doubling import order
from pocketbench import devices, events, protocol
from pocketbench.devices import remote_aside, ssh_ladder
from pocketbench.devices.ssh import SshDevice
from pocketbench.errors import DeviceError, DeviceSetAside, DeviceSilent, PhoneFull
from pocketbench.protocol import Phase
from ssh_board import Far

pytestmark = pytest.mark.slow

LONG = (Phase("load"), Phase("steady", min_runs=1, max_ns=60 * 10**9))
A_WHILE = (Phase("load"), Phase("steady", min_runs=1, max_ns=3 * 10**9))


@pytest.fixture(scope="module")
def started_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """A board."""
    with ssh_board.started(tmp_path_factory.mktemp("ssh")) as far:
        yield far


@pytest.fixture
def far(started_board: Far) -> Iterator[Far]:
    """The board, well again afterwards and not set aside."""
    yield started_board
    if started_board.process is None:
        started_board.begin()
    remote_aside.lift(started_board.serial)


@pytest.fixture
def device(far: Far) -> Iterator[SshDevice]:
    """The board as a device."""
    found = devices.find("ssh:board-1")
    assert isinstance(found, SshDevice)
    yield found
    found.board.hang_up()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that doubles and three rows of ones, laid out for orders."""
    return doubling.lay_out(tmp_path)


def unheard(event: events.Event) -> None:
    """Hear nothing."""


def test_outputs_come_back_and_nothing_is_left(device: SshDevice, far: Far, folder: Path) -> None:
    """The numbers are the model's; the board is as it was found, and nobody is connected to it."""
    with device.held(unheard):
        carried = device.carry(order("outputs"), folder, 60)
        report = protocol.read_report(carried.report, order("outputs"))

    assert (carried.ended, report.hello.runner) == ("exit code 0", "python")
    assert doubling.doubled(folder)
    assert far.left() == ""
    assert far.unconnected()


def test_it_is_named_by_its_own_serial_number_and_is_a_board(device: SshDevice, far: Far) -> None:
    """Facts and conditions are the probes', plain values without that number."""
    facts = device.facts()

    assert (device.name, device.kind, device.runners, device.lacking) == (far.serial, "board", ("python",), None)
    assert {type(value) for value in {**facts, **device.conditions()}.values()} <= {str, int, float}
    assert (facts["attached"], facts["cores"] != 0) == ("ssh", True)
    assert far.serial not in map(str, facts.values())


def test_what_is_waited_for_is_heat_that_a_board_may_not_tell(device: SshDevice) -> None:
    """cool.sh runs there, and says so."""
    assert device.cool(("temperature_celsius=149",), 1).ended in ("cool", "unknown")


def test_an_engine_that_the_board_has_not_is_known_with_what_to_type(device: SshDevice) -> None:
    """Imported there, once; the engine that is there lacks nothing."""
    with device.held(unheard):
        assert device.lacks("litert", "ai-edge-litert") is None
        refusal = device.lacks("tflite-runtime", "tflite-runtime")

    assert refusal is not None
    assert "-m pip install tflite-runtime" in refusal.hint


def test_a_board_without_python_is_a_skip_with_what_to_type(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or without numpy, as the system's own may be."""
    monkeypatch.delenv("POCKETBENCH_DEVICE_PYTHON")
    found = devices.find("ssh:board-1")
    assert isinstance(found, SshDevice)
    found.board.done("mkdir /tmp/empty")
    monkeypatch.setattr(devices.remote_python, "NAMES", ("/tmp/empty/python3",))  # noqa: S108 - the board's own
    refusal = found.lacks("litert", "ai-edge-litert")
    found.board.done("rmdir /tmp/empty")
    found.board.hang_up()

    assert refusal is not None
    assert (refusal.reason, refusal.message) == ("toolchain-missing", "it has no Python that its shell can start")
    assert "POCKETBENCH_DEVICE_PYTHON" in refusal.hint


def test_an_order_that_does_not_end_in_time_is_ended_there(device: SshDevice, far: Far, folder: Path) -> None:
    """With all it started."""
    began = time.monotonic()
    with device.held(unheard):
        with pytest.raises(DeviceSilent, match=f"{far.serial}: no last line of order order-1 within 3 s"):
            device.carry(order("timing", LONG), folder, 3)

        assert "runner.py" not in far.left()
    assert time.monotonic() - began < 20


def test_a_connection_that_is_cut_costs_a_try_and_no_order(device: SshDevice, far: Far, folder: Path) -> None:
    """The order is carried out again, and what ran before is ended first."""
    cut: list[int] = []
    with device.held(unheard):
        device.carry(order("outputs"), folder, 30)
        threading.Timer(1.5, lambda: cut.append(far.cut())).start()
        carried = device.carry(order("timing", A_WHILE), folder, 30)

    assert cut
    assert cut[0] > 0
    assert protocol.read_report(carried.report, order("timing", A_WHILE)).end == protocol.Done()
    assert far.left() == ""


def test_a_full_board_says_so(device: SshDevice, far: Far, folder: Path) -> None:
    """Before anything runs; it is not set aside for that."""
    board = far.board
    board.shell("head -c 100000000 /dev/zero >/tmp/filled")
    with device.held(unheard), pytest.raises(PhoneFull, match="no space left on it"):
        device.carry(order("outputs"), folder, 30)
    board.done("rm /tmp/filled")
    board.hang_up()

    assert device.lacking is None
    assert far.left() == ""


def test_a_board_that_stays_away_is_set_aside_and_taken_up_again_when_it_answers(
    device: SshDevice, far: Far, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to who listens, kept in a file, shown with what to type."""
    monkeypatch.setattr(ssh_ladder, "SOON_S", 0.5)
    monkeypatch.setattr(ssh_ladder, "WAIT_S", 0.5)
    heard: list[events.Event] = []
    far.end()
    with device.held(heard.append), pytest.raises(DeviceSetAside, match=f"{far.serial}: set aside: it does not answer any more"):
        device.carry(order("outputs"), folder, 30)

    assert [event.device for event in heard if isinstance(event, events.DeviceTold)] == [far.serial, far.serial]
    assert device.lacking is not None
    far.begin()
    assert devices.find("ssh:board-1").lacking is None
    assert far.serial not in remote_aside.all_of_them()


@pytest.mark.parametrize("which", ["ssh:", "ssh:-oProxyCommand=id"])
def test_what_names_no_board_is_refused_with_what_to_write(which: str) -> None:
    """Before any program is started."""
    with pytest.raises(DeviceError) as caught:
        devices.find(which)

    assert caught.value.hint == "write --device ssh:HOST or ssh:USER@HOST:PORT"

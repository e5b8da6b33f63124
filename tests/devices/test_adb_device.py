"""A board at the far end of adb, as a device: orders carried out there, faults survived, and nothing left behind."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import doubling
import far_end
import tiny_tflite
from doubling import order
from far_end import FarEnd
from pocketbench import devices, events, protocol
from pocketbench.devices import adb_ladder, remote_aside, remote_files, remote_folder, remote_order
from pocketbench.devices.adb import AdbDevice
from pocketbench.errors import CommandFailed, DeviceError, DeviceSetAside, DeviceSilent, PhoneFull, PhoneUnusable, ProtocolError
from pocketbench.protocol import Phase

pytestmark = pytest.mark.slow

LONG = (Phase("load"), Phase("steady", min_runs=1, max_ns=60 * 10**9))
SHORT = (Phase("load"), Phase("steady", min_runs=1, max_ns=10**8))


@pytest.fixture(scope="module")
def started_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarEnd]:
    """A simulated board."""
    with far_end.served(tmp_path_factory.mktemp("adb")) as server, far_end.started(server, "board", "--serial", "BOARD-7") as far:
        yield far


@pytest.fixture
def far(started_board: FarEnd) -> Iterator[FarEnd]:
    """The board, well again afterwards and not set aside."""
    yield started_board
    started_board.heal()
    remote_aside.lift("BOARD-7")


@pytest.fixture
def device(far: FarEnd) -> AdbDevice:
    """The board as a device, found by its serial number."""
    found = devices.find("adb:BOARD-7")
    assert isinstance(found, AdbDevice)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that doubles and three rows of ones, laid out for orders."""
    return doubling.lay_out(tmp_path)


def unheard(event: events.Event) -> None:
    """Hear nothing."""


def left_there(far: FarEnd) -> str:
    """What is in the place for files of everybody, and runners that still run."""
    return far.phone.done("ls /data/local/tmp; ps -ef 2>/dev/null | grep 'runner[.]py' || true")


def test_outputs_come_back_and_nothing_is_left(device: AdbDevice, far: FarEnd, folder: Path) -> None:
    """The numbers are the model's; the phone is as it was found."""
    before = left_there(far)
    with device.held(unheard):
        carried = device.carry(order("outputs"), folder, 60)
        report = protocol.read_report(carried.report, order("outputs"))

    assert (carried.ended, report.hello.runner) == ("exit code 0", "python")
    assert doubling.doubled(folder)
    assert left_there(far) == before == ""


def test_what_is_there_is_not_sent_again(device: AdbDevice, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second order of a job brings the order alone; a new model is sent."""
    with device.held(unheard):
        device.carry(order("timing", SHORT), folder, 60)
        first = device.phone.done('ls -R "$(ls -d /data/local/tmp/pocketbench/*)"')
        device.carry(order("timing", SHORT, name="order-2"), folder, 60)

        assert device.phone.done('ls -R "$(ls -d /data/local/tmp/pocketbench/*)"') == first
        (folder / "model.tflite").write_bytes(tiny_tflite.linear(np.eye(doubling.WIDE, dtype=np.float32), np.zeros(doubling.WIDE, np.float32)))
        device.carry(order("outputs", name="order-3"), folder, 60)

    assert np.fromfile(folder / "output0.bin", np.float32).tolist() == [1.0] * 3 * doubling.WIDE


def test_facts_and_conditions_are_plain_values_without_a_serial_number(device: AdbDevice) -> None:
    """As probes read them; the name is the serial number, the kind says that it is simulated."""
    facts = device.facts()

    assert (device.name, device.kind, device.runners, device.lacking) == ("BOARD-7", "simulated", ("python",), None)
    assert {type(value) for value in {**facts, **device.conditions()}.values()} <= {str, int, float}
    assert facts["simulated"] == "yes"
    assert "BOARD-7" not in map(str, facts.values())


def test_an_engine_that_the_device_has_not_is_known_with_what_to_type(device: AdbDevice) -> None:
    """Imported there, once; the engine that is there lacks nothing."""
    with device.held(unheard):
        assert device.lacks("litert", "ai-edge-litert") is None
        refusal = device.lacks("tflite-runtime", "tflite-runtime")

    assert refusal is not None
    assert (refusal.reason, refusal.stage) == ("toolchain-missing", "admit")
    assert "-m pip install tflite-runtime" in refusal.hint


def test_an_order_that_does_not_end_in_time_is_ended_there(device: AdbDevice, far: FarEnd, folder: Path) -> None:
    """With all it started; DeviceSilent has what it printed."""
    began = time.monotonic()
    with device.held(unheard):
        with pytest.raises(DeviceSilent, match="BOARD-7: no last line of order order-1 within 3 s"):
            device.carry(order("timing", LONG), folder, 3)

        assert "runner.py" not in left_there(far)
    assert time.monotonic() - began < 25


def kill(far: FarEnd) -> None:
    """End a runner as soon as there is one; the shell that starts it has its name too, a moment earlier."""
    until = time.monotonic() + 60
    while "runner.py" not in left_there(far) and time.monotonic() < until:
        time.sleep(0.2)
    while "runner.py" in left_there(far) and time.monotonic() < until:
        far.do("kill", "python*")
        time.sleep(0.2)


def test_a_runner_that_is_killed_leaves_how_it_ended(device: AdbDevice, far: FarEnd, folder: Path) -> None:
    """As the kernel does when memory is short: the report has no last line."""
    killing = threading.Thread(target=kill, args=(far,))
    with device.held(unheard):
        killing.start()
        carried = device.carry(order("timing", LONG), folder, 60)
    killing.join()

    assert carried.ended == "signal SIGKILL"
    assert '"done"' not in carried.report


def test_a_pulled_cable_costs_a_try_and_no_order(device: AdbDevice, far: FarEnd, folder: Path) -> None:
    """The order is carried out again once it is back, and what ran before is ended first."""
    phases = (Phase("load"), Phase("steady", min_runs=1, max_ns=3 * 10**9))
    with device.held(unheard):
        far.do("unplug", after=2)
        far.do("plug", after=4)
        carried = device.carry(order("timing", phases), folder, 30)

    assert protocol.read_report(carried.report, order("timing", phases)).end == protocol.Done()
    assert left_there(far) == ""


def test_a_device_that_came_back_without_another_order_is_left_as_it_was_found(device: AdbDevice, far: FarEnd, folder: Path) -> None:
    """As where the last order of a run was lost for good: nothing is believed of what is there, and it is removed all the same."""
    with device.held(unheard):
        device.carry(order("outputs"), folder, 60)
        device._forget()

    assert left_there(far) == ""


def test_files_that_somebody_removed_there_are_sent_again(device: AdbDevice, far: FarEnd, folder: Path) -> None:
    """As a cleaner does that a phone's owner has: the order after it is carried out."""
    with device.held(unheard):
        device.carry(order("outputs"), folder, 60)
        far.phone.done("rm -rf /data/local/tmp/pocketbench")
        carried = device.carry(order("outputs", name="order-2"), folder, 60)

    assert protocol.read_report(carried.report, order("outputs", name="order-2")).end == protocol.Done()
    assert left_there(far) == ""


@pytest.mark.parametrize("told", [protocol.MAX_REPORT_BYTES + 1, 10])
def test_a_report_that_is_too_long_is_not_brought(device: AdbDevice, far: FarEnd, tmp_path: Path, told: int) -> None:
    """Whether the device says so or says less: no more than the limit ever lies here."""
    place, written = remote_folder.Folder(far.phone), f"head -c {protocol.MAX_REPORT_BYTES + 4096} /dev/zero >"
    far.phone.done(f'{written} "{place.path}/{protocol.REPORT}"', deadline_s=60)

    with pytest.raises((ProtocolError, CommandFailed), match=r"more than|larger than"):
        remote_files.bring(far.phone, place, order("timing"), remote_order.Left("by itself", {protocol.REPORT: (told, "")}), tmp_path)

    assert sum(file.stat().st_size for file in tmp_path.rglob("*")) <= protocol.MAX_REPORT_BYTES
    place.remove()
    assert left_there(far) == ""


def test_a_device_that_answers_nothing_more_may_be_restarted(device: AdbDevice, far: FarEnd, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that is allowed: it is another boot, the order is carried out there, and nothing is left."""
    monkeypatch.setattr(adb_ladder, "WAIT_S", 1.0)
    monkeypatch.setattr(adb_ladder, "RECONNECT_S", 1.0)
    before, heard = far.phone.boot(), list[events.Event]()
    assert device.has_python
    with device.held(heard.append, may_restart=True):
        far.do("wedge", "shell")
        carried = device.carry(order("outputs"), folder, 8)

    assert protocol.read_report(carried.report, order("outputs")).end == protocol.Done()
    assert [event.message for event in heard if isinstance(event, events.DeviceTold)] == ["does not answer: reconnecting", "does not answer: restarting it"]
    assert far.phone.boot() != before
    assert left_there(far) == ""


def test_a_full_device_says_so(device: AdbDevice, far: FarEnd, folder: Path) -> None:
    """Before anything runs; it is not set aside for that."""
    far.do("full", "2KB")
    with device.held(unheard), pytest.raises(PhoneFull, match="no space left on it"):
        device.carry(order("outputs"), folder, 30)

    assert device.lacking is None


def test_a_device_that_stays_away_is_set_aside_and_taken_up_again_when_it_answers(
    device: AdbDevice, far: FarEnd, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to who listens, kept in a file, shown with what to type."""
    monkeypatch.setattr(adb_ladder, "WAIT_S", 1.0)
    monkeypatch.setattr(adb_ladder, "RECONNECT_S", 1.0)
    heard: list[events.Event] = []
    far.do("unplug")
    with device.held(heard.append), pytest.raises(DeviceSetAside, match="BOARD-7: set aside: it does not answer any more"):
        device.carry(order("outputs"), folder, 30)

    assert [event.device for event in heard if isinstance(event, events.DeviceTold)] == ["BOARD-7", "BOARD-7"]
    assert device.lacking is not None
    assert (device.lacking.reason, device.lacking.hint) == ("device-set-aside", "pocketbench devices --lift BOARD-7")
    far.heal()
    assert devices.find("adb:BOARD-7").lacking is None
    assert "BOARD-7" not in remote_aside.all_of_them()


def test_a_device_that_failed_while_it_answered_stays_aside_until_it_is_lifted(far: FarEnd) -> None:
    """The user says when."""
    remote_aside.put("BOARD-7", "3 orders in a row were lost", away=False)
    with pytest.raises(DeviceSetAside, match="3 orders in a row were lost") as caught:
        devices.find("adb:BOARD-7")

    assert caught.value.hint == "pocketbench devices --lift BOARD-7"
    assert remote_aside.lift("BOARD-7")
    assert not remote_aside.lift("BOARD-7")
    assert devices.find("adb:BOARD-7").name == "BOARD-7"


def test_what_a_killed_harness_left_is_removed_and_what_a_living_one_has_is_not(device: AdbDevice, far: FarEnd, folder: Path) -> None:
    """By whose folder it is; another computer's stays too."""
    own = device._folder._name
    machine, boot, pid, start, _ = own.split("-")
    names = {
        "dead": f"{machine}-{boot}-{2**22 - 1}-5-00000000",
        "living": f"{machine}-{boot}-{pid}-{start}-00000001",
        "other": f"{'0' * 12}-{boot}-5-5-00000002",
    }
    for name in names.values():
        far.phone.done(["mkdir", "-p", f"/data/local/tmp/pocketbench/{name}"])
    far.phone.done(
        f"cd /data/local/tmp/pocketbench/{names['dead']} && (setsid sleep 300 >/dev/null 2>&1 </dev/null & echo $! $(cut -d ' ' -f 22 /proc/$!/stat) >pid)"
    )
    with device.held(unheard):
        device.carry(order("outputs"), folder, 60)

    assert far.phone.done("ls /data/local/tmp/pocketbench").split() == sorted([names["living"], names["other"]])
    assert "sleep 300" not in far.phone.done("ps -ef")
    far.phone.done("rm -rf /data/local/tmp/pocketbench")
    assert [remote_folder.is_left(name) for name in (*names.values(), own, "..", "x")] == [True, False, False, False, False, False]


def test_a_device_is_found_by_how_it_is_attached_and_said_to_be_absent_otherwise(far: FarEnd) -> None:
    """By transport or serial number; what is there is named."""
    assert devices.find(f"adb:{far.address}").name == "BOARD-7"
    with pytest.raises(PhoneUnusable, match=f"R58: no such device is attached; there is {far.address}"):
        devices.find("adb:R58")


def test_two_devices_with_one_serial_number_are_told_apart_by_how_they_are_attached(far: FarEnd) -> None:
    """Which one was meant nobody knows."""
    with far_end.started(far.server, "board", "--serial", "BOARD-7") as other:
        with pytest.raises(DeviceError, match="2 devices have the serial number BOARD-7") as caught:
            devices.find("adb:BOARD-7")

        assert all(f"adb:{one.address}" in caught.value.hint for one in (far, other))
        assert devices.find(f"adb:{other.address}").name == "BOARD-7"

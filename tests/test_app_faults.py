"""What the app on a simulated phone is asked that cannot be, and what befalls it while it is at an order: each has its reason."""

import json
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

import doubling
import far_end
import faults_in_the_app
import linear_run
import pocketbench
import tiny_tflite
from app_phone import LONG, AppPhone, order, with_app
from doubling import WIDE
from pocketbench import devices, events, protocol, torch_kept
from pocketbench.app_build import Built
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.adb_app_order import BASE, PACKAGE
from pocketbench.errors import Refused
from pocketbench.protocol import Done, FailedOrder

pytestmark = pytest.mark.slow

SUITE = linear_run.SUITE.replace("[measure]", '[matrix]\nengines = ["tflite"]\n\n[measure]')
TOO_NEW = 99


@pytest.fixture(scope="module")
def phone(built_app: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppPhone]:
    """A simulated phone with the app on it."""
    with far_end.served(tmp_path_factory.mktemp("adb")) as server, with_app(server, built_app.path, "phone", "FAULTS-1") as held:
        yield held


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The model that doubles, laid out for orders."""
    return doubling.lay_out(tmp_path)


def failed(phone: AppPhone, asked: protocol.Order, folder: Path) -> FailedOrder:
    """How an order ends that cannot be carried out."""
    end = phone.carry(asked, folder).end
    assert isinstance(end, FailedOrder)
    return end


def test_an_order_of_another_protocol_is_refused_by_its_number(phone: AppPhone, folder: Path) -> None:
    """Both numbers are named."""
    end = failed(phone, msgspec.structs.replace(order(), protocol=protocol.PROTOCOL + 1), folder)

    assert (end.stage, end.reason) == ("open", "protocol")
    assert end.message == f"the order is of protocol {protocol.PROTOCOL + 1}, this runner speaks {protocol.PROTOCOL}"


def test_tensorflow_lite_is_not_let_resize_a_model_for_an_order_of_another_shape(phone: AppPhone, folder: Path) -> None:
    """It would, and run. The order's shape is named and the file's."""
    np.ones((3, WIDE // 2), np.float32).tofile(folder / "input0.bin")
    end = failed(phone, order(wide=WIDE // 2), folder)

    assert (end.stage, end.reason) == ("check", "shape-mismatch")
    assert end.message == f"inputs: x is [1, {WIDE}] float32 in the model, [1, {WIDE // 2}] float32 in the order"


def test_pytorch_is_not_let_run_a_file_on_rows_of_another_shape_than_the_file_says(phone: AppPhone, folder: Path) -> None:
    """Its own part of a file knows no shapes: a convolution, or what adds, takes any."""
    import torch

    tensors = {end: [{"name": name, "shape": [1, WIDE], "dtype": "float32"}] for end, name in (("inputs", "x"), ("outputs", "y"))}
    with torch_kept.deprecations_unheard():
        made = torch.jit.trace(torch.nn.Hardtanh(), torch.ones(1, WIDE))
        made._save_for_lite_interpreter(str(folder / "model.ptl"), _extra_files={"pocketbench.json": json.dumps(tensors)})
    np.ones((3, WIDE // 2), np.float32).tofile(folder / "input0.bin")
    end = failed(phone, msgspec.structs.replace(order(wide=WIDE // 2), engine="pytorch-lite", model="model.ptl", options={}), folder)

    assert (end.stage, end.reason) == ("check", "shape-mismatch")
    assert end.message == f"inputs: x is [1, {WIDE}] float32 in the model, [1, {WIDE // 2}] float32 in the order"


def test_a_file_with_a_later_version_of_an_operation_is_skipped_before_anything_is_brought(phone: AppPhone, built_app: Built, tmp_path: Path) -> None:
    """The app's runtime is known beforehand; neither the app nor the model goes to the phone."""
    linear_run.made(tmp_path, SUITE)
    (tmp_path / "linear.tflite").write_bytes(tiny_tflite.versioned((tmp_path / "linear.tflite").read_bytes(), TOO_NEW))
    was = phone.far.phone.done("logcat -d | grep -c 'dex2oat\\|Start proc' || true")
    run = linear_run.start(tmp_path, "--apk", str(built_app.path), "--device", "adb:FAULTS-1")
    out, error = run.communicate(timeout=300)
    jobs = pocketbench.load("last", results=tmp_path / "results").jobs()

    assert linear_run.events_of(out)[-1]["failed"] == 0, error
    assert set(zip(jobs["engine"], jobs["status"], jobs["reason"], strict=True)) == {("tflite", "skipped", "operation-version")}
    assert "has FULLY_CONNECTED up to version" in jobs["message"].iloc[0]
    assert phone.far.phone.done("logcat -d | grep -c 'dex2oat\\|Start proc' || true") == was


def test_an_apk_that_the_phone_refuses_fails_its_jobs_in_androids_words(phone: AppPhone, built_app: Built, tmp_path: Path) -> None:
    """It was changed after it was signed. The app that is there stays."""
    linear_run.made(tmp_path, SUITE)
    changed = Path(shutil.copy(built_app.path, tmp_path / "changed.apk"))
    with zipfile.ZipFile(changed, "a") as archive:
        archive.writestr("assets/more.txt", "more")
    run = linear_run.start(tmp_path, "--apk", str(changed), "--device", "adb:FAULTS-1")
    out, error = run.communicate(timeout=300)
    jobs = pocketbench.load("last", results=tmp_path / "results").jobs()

    assert run.returncode == 1, error
    assert linear_run.events_of(out)[-1]["failed"] == len(jobs) > 0
    assert set(zip(jobs["status"], jobs["reason"], strict=True)) == {("failed", "device-refused")}
    assert "INSTALL_PARSE_FAILED_NO_CERTIFICATES" in jobs["message"].iloc[0]
    assert f"package:{PACKAGE}" in phone.far.phone.done("pm list packages")


def test_a_native_crash_is_told_by_its_signal_and_its_tombstone_is_kept(phone: AppPhone, folder: Path) -> None:
    """In the middle of an order, whose report has no last line."""
    killer = threading.Thread(target=faults_in_the_app.inflict, args=(phone.far, "crash", ""))
    killer.start()
    carried = phone.device.carry(order("timing", LONG), folder, 90, runner="app")
    killer.join()

    assert "signal 11 (SIGSEGV)" in carried.ended
    assert '"done"' not in carried.report
    assert f">>> {PACKAGE} <<<" in carried.log
    assert phone.carry(order(), folder).end == Done()


def test_two_orders_at_once_cost_the_first_and_say_so(phone: AppPhone, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As from two computers: one process of the app carries out one order. The files of each lie in a folder of its own."""
    second = devices.find("adb:FAULTS-1")
    assert isinstance(second, AdbDevice)
    ended: list[str] = []
    long = msgspec.structs.replace(order("timing", LONG), order="first-of-two")
    first = threading.Thread(target=lambda: ended.append(phone.device.carry(long, folder, 90, runner="app").ended))
    first.start()
    _wait(phone, f"grep -q {long.order} {BASE}/*/report.jsonl")
    with second.held(events.unheard):
        other = doubling.lay_out(tmp_path_factory.mktemp("other"))
        carried = second.carry(order(), other, 60, runner="app")
        assert len(phone.far.phone.done(f"ls {BASE}").split()) == 2
    first.join()

    assert protocol.read_report(carried.report, order()).end == Done()
    assert doubling.doubled(other)
    assert ended == ["the app's process: Process crashed."]


def test_a_phone_that_was_restarted_and_not_unlocked_says_that_somebody_must(phone: AppPhone, built_app: Built, folder: Path) -> None:
    """In the middle of a run and at the beginning of one; a phone that was unlocked once is measured, locked or not."""
    phone.far.do("lock")
    assert phone.carry(order(), folder).end == Done()
    phone.far.do("reboot", "0")
    try:
        with pytest.raises(Refused, match="FAULTS-1: nobody has unlocked it since it was started") as caught:
            phone.device.carry(order(), folder, 60, runner="app")
        refused = phone.device.bring(built_app.path, keep=True)
    finally:
        phone.far.heal()

    assert caught.value.reason == "device-locked"
    assert refused is not None
    assert (refused.stage, refused.reason, refused.hint) == ("admit", "device-locked", "unlock it once, then run … --resume last")
    assert phone.device.bring(built_app.path, keep=True) is None
    assert phone.carry(order(), folder).end == Done()


def test_files_that_are_cleared_with_the_apps_data_are_sent_again(phone: AppPhone, folder: Path) -> None:
    """The order does not notice."""
    assert phone.carry(order(), folder).end == Done()
    phone.far.phone.done(f"pm clear {PACKAGE}")

    assert phone.carry(order(), folder).end == Done()


def test_an_app_that_is_taken_off_meanwhile_costs_an_order_and_comes_again(phone: AppPhone, built_app: Built, folder: Path) -> None:
    """The reason is one that --resume tries again."""
    phone.far.phone.done(f"pm uninstall {PACKAGE}")
    with pytest.raises(Refused, match="the app was taken off meanwhile") as caught:
        phone.device.carry(order(), folder, 60, runner="app")

    assert caught.value.reason == "crashed"
    assert phone.device.bring(built_app.path, keep=True) is None
    assert phone.carry(order(), folder).end == Done()


def _wait(phone: AppPhone, command: str) -> None:
    """Wait until a command succeeds."""
    until = time.monotonic() + 60
    while phone.far.phone.shell(command).exit_code and time.monotonic() < until:
        time.sleep(0.2)

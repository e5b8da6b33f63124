"""Whole runs and orders in the Android app, on the simulated phone, through a real adb server: what it computes, and what becomes of one that dies."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import doubling
import far_end
import linear_run
import pocketbench
from app_phone import LONG, AppPhone, order, with_app
from pocketbench import devices, events, protocol, watched
from pocketbench.adb import packages
from pocketbench.app_build import Built
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.adb_app_order import BASE, PACKAGE
from pocketbench.errors import DeviceSilent, Refused
from pocketbench.protocol import Phase

pytestmark = pytest.mark.slow

SUITE = (
    linear_run.HEAD
    + """
[matrix]
engines = ["litert", "tflite"]
accelerators = ["cpu", "nnapi"]

[measure]
processes = 1
budget = "200ms"
"""
)


@pytest.fixture(scope="module")
def phone(built_app: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppPhone]:
    """A simulated phone with the app on it."""
    with far_end.served(tmp_path_factory.mktemp("adb")) as server, with_app(server, built_app.path, "phone", "PHONE-9") as held:
        yield held


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ready-made linear model with rows and a suite; and another one that doubles, laid out for orders."""
    return doubling.lay_out(linear_run.made(tmp_path, SUITE))


def test_a_run_measures_in_the_app_and_on_this_computer_into_one_report(phone: AppPhone, built_app: Built, folder: Path) -> None:
    """One file, two engines; what the phone has no driver for is a skip; the phone keeps what it had before."""
    command = [sys.executable, "-m", "pocketbench", "run", "suite.toml", "--json", "--apk", str(built_app.path), "--device", "adb:PHONE-9", "--device", "host"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    last = linear_run.events_of(ended.stdout)[-1]
    runs = pocketbench.load("last", results=folder / "results")
    jobs, looks = runs.jobs(), runs.conditions()
    ok = jobs[jobs["status"] == "ok"]

    assert ended.returncode == 0, ended.stderr
    assert (last["ok"], last["failed"]) == (2, 0)
    assert dict(zip(ok["engine"], ok["device_kind"], strict=True)) == {"tflite": "simulated", "litert": "host"}
    assert ok["score"].tolist() == pytest.approx([1.0] * 2, abs=1e-6)
    assert ok["max_abs_diff"].tolist() == pytest.approx([0.0] * 2, abs=1e-5)
    assert not any("LOW-AGREEMENT" in flaws for flaws in ok["flaws"])
    assert ["SIMULATED" in flaws for flaws in ok["flaws"]] == [engine == "tflite" for engine in ok["engine"]]
    assert "accelerator-absent" in set(jobs[jobs["status"] == "skipped"]["reason"])
    assert looks[looks["seen_by"] == "app"]["at"].tolist()[:7] == ["before", "memory", "before", "load", "first", "warmup", "steady"]
    assert set(looks[looks["seen_by"] == "app"]["app_debuggable"]) == {"no"}
    assert set(looks[looks["runner"] == "python"]["seen_by"]) == {"harness"}
    assert not {"BACKGROUND", "DEBUGGABLE"} & set(" ".join(ok["flaws"]).split())
    parts = runs.app_parts()
    assert (set(parts["apk_sha256"]), set(parts["abi"])) == ({built_app.sha256}, {"x86_64"})
    assert parts[parts["is_engine"]]["part"].tolist() == list(built_app.engines)
    assert packages.installed(phone.far.phone, PACKAGE)


def test_outputs_of_the_app_are_the_models(phone: AppPhone, folder: Path) -> None:
    """The report says what executed; how the app saw the phone is among its conditions."""
    carried = phone.device.carry(order("outputs"), folder, 60, runner="app")
    report = protocol.read_report(carried.report, order("outputs"))

    assert (report.hello.runner, report.end) == ("app", protocol.Done())
    assert report.executed is not None
    assert report.executed.executed_on == "cpu"
    assert doubling.doubled(folder)


def strain(phone: AppPhone) -> None:
    """Let a phone be throttled, have a low battery, and sleep, three seconds later: a model has been loaded then, and has run once."""
    time.sleep(3)
    phone.far.do("throttled", "0.5")
    phone.far.do("battery", "10")
    phone.far.phone.done("input keyevent KEYCODE_SLEEP")


def test_what_befalls_a_phone_while_the_app_measures_is_seen_between_the_phases(phone: AppPhone, folder: Path) -> None:
    """By the app, which looks before the first phase and after each: heat, the ceiling of its frequency, the battery, the screen."""
    phases = (Phase("load"), Phase("first"), Phase("steady", min_runs=1, max_ns=12 * 10**9))
    long = msgspec.structs.replace(order("timing", phases), order="befallen")
    straining = phone.once_begun(long, lambda: strain(phone))
    try:
        report = protocol.read_report(phone.device.carry(long, folder, 60, runner="app").report, long)
    finally:
        straining.join()
        phone.far.heal()
        phone.far.phone.done("input keyevent KEYCODE_WAKEUP")
    looks = watched.looks(report, "timing", 0)
    names = ("thermal", "frequency_cap_percent", "wakefulness", "app_debuggable")

    assert [look.at for look in looks] == ["before", "load", "first", "steady"]
    assert [[look.conditions[name] for name in names] for look in looks] == [["none", 100, "awake", "no"]] * 3 + [["severe", 50, "asleep", "no"]]
    assert [look.conditions["battery_percent"] == 10 for look in looks] == [False, False, False, True]
    assert watched.flaws({}, {}, looks[:-1], simulated=True) == ()
    assert watched.flaws({}, {}, looks, simulated=True) == ("THERMAL", "LOW-BATTERY", "BACKGROUND")


def test_where_adb_may_not_enter_the_apps_files_the_app_tells_them(phone: AppPhone, built_app: Built, folder: Path) -> None:
    """By way of am: the same outputs, and nothing is left where the order lay."""
    parent, heard = BASE.rpartition("/")[0], list[events.Event]()
    phone.far.phone.done(f"rm -rf {parent} && mkdir -p {parent} && chmod 500 {parent}")
    phone.device._app.forget()
    other = devices.find("adb:PHONE-9")
    assert isinstance(other, AdbDevice)
    try:
        with other.held(heard.append):
            assert other.bring(built_app.path, keep=True) is None
            carried = other.carry(order("outputs"), folder, 60, runner="app")
    finally:
        phone.far.phone.done(f"chmod 700 {parent}")

    assert protocol.read_report(carried.report, order("outputs")).end == protocol.Done()
    assert doubling.doubled(folder)
    assert ["may not enter" in event.message for event in heard if isinstance(event, events.DeviceTold)] == [True]
    assert phone.far.phone.done("ls /data/local/tmp") == ""


def test_an_engine_that_the_app_has_not_is_said_by_the_app(phone: AppPhone, folder: Path) -> None:
    """Its report has the reason."""
    carried = phone.device.carry(order("outputs", engine="no-such"), folder, 60, runner="app")
    end = protocol.read_report(carried.report, order("outputs", engine="no-such")).end

    assert isinstance(end, protocol.FailedOrder)
    assert end.reason == "toolchain-missing"


def test_an_app_that_is_killed_for_want_of_memory_leaves_why(phone: AppPhone, folder: Path) -> None:
    """As a phone does: Android's log of that time is kept, and the next order is carried out."""
    long = msgspec.structs.replace(order("timing", LONG), order="killed")
    killing = phone.once_begun(long, lambda: phone.far.do("kill", f"{PACKAGE}*"))
    with pytest.raises(Refused, match="Android ended it for want of memory") as caught:
        phone.device.carry(long, folder, 90, runner="app")
    killing.join()

    assert caught.value.reason == "memory-limit"
    assert PACKAGE in caught.value.log
    assert '"done"' in phone.device.carry(order("outputs"), folder, 60, runner="app").report


def test_an_order_that_does_not_end_in_time_is_ended_there(phone: AppPhone, folder: Path) -> None:
    """The app is stopped, and what Android's log says is kept."""
    began = time.monotonic()
    with pytest.raises(DeviceSilent, match="PHONE-9: no last line of order order-1 within 6 s") as caught:
        phone.device.carry(order("timing", LONG), folder, 6, runner="app")

    assert time.monotonic() - began < 50
    assert caught.value.log
    assert PACKAGE not in phone.far.phone.done("ps -A")


def test_a_pulled_cable_costs_a_try_and_no_order(phone: AppPhone, folder: Path) -> None:
    """The order is carried out again once the phone is back."""
    phases = (Phase("load"), Phase("steady", min_runs=1, max_ns=4 * 10**9))
    phone.far.do("unplug", after=3)
    phone.far.do("plug", after=5)
    carried = phone.device.carry(order("timing", phases), folder, 60, runner="app")

    assert protocol.read_report(carried.report, order("timing", phases)).end == protocol.Done()

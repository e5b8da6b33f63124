"""TensorFlow.js in the app's WebView, which is a Chromium of this computer on the simulated phone: what it computes, and what becomes of one that dies."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

import far_end
import pocketbench
import tiny_tfjs
from app_phone import AppPhone, with_app
from pocketbench import devices, events, protocol
from pocketbench.adb import Server
from pocketbench.app_build import Built
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.adb_app_order import BASE, STOP
from pocketbench.protocol import Done, FailedOrder, Order, Phase, TensorFile
from pocketbench.simulator.inside import webview

pytestmark = [pytest.mark.slow, pytest.mark.skipif(webview.find() is None, reason="no Chromium that a phone sees: apt-get install chromium")]

WEIGHTS = np.array([[1.0], [-2.0], [0.5]], dtype=np.float32)
BIAS = np.array([3.0], dtype=np.float32)
ROWS = np.random.default_rng(0).random((60, 3), dtype=np.float32)
X, Y = TensorFile("x", "input0.bin", (1, 3), "float32"), TensorFile("y", "output0.bin", (1, 1), "float32")
ORDER = Order(protocol.PROTOCOL, "order-1", "outputs", "tfjs", "model", "wasm", 1, {"simd": "on"}, len(ROWS), (X,), (Y,))
LONG = msgspec.structs.replace(ORDER, kind="timing", phases=(Phase("load"), Phase("steady", min_runs=1, max_ns=60 * 10**9)), batch=100)
SUITE = """
[suite]
name = "web"

[[model]]
name = "linear"
source = "model/model.json"
data = { source = "rows.npz", calibration = 0, scoring = 40, score = "r2" }

[matrix]
formats = ["tfjs"]
engines = ["tfjs"]
accelerators = ["wasm"]

[measure]
processes = 1
budget = "100ms"
"""
# Every process of the phone whose command line holds a word; the shell that looks does not count.
_FOUND = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q -e '{word}' && [ ${{p#/proc/}} != $$ ] && {action}; done; true"


class Phone(AppPhone):
    """A phone with the app, and what happens to the processes of its WebView."""

    def processes(self, word: str, action: str = "echo ${p#/proc/}") -> str:
        """Do something to every process with a word on its command line; what was printed."""
        return self.far.phone.shell(_FOUND.format(word=word, action=action), deadline_s=20).stdout

    def when(self, asked: Order, command: str) -> threading.Thread:
        """Run a command of the shell's a moment after the page has begun an order."""

        def befall() -> None:
            time.sleep(2)
            self.far.phone.shell(command, deadline_s=20)

        return self.once_begun(asked, befall)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An adb server of its own."""
    with far_end.served(tmp_path_factory.mktemp("adb")) as started:
        yield started


@pytest.fixture(scope="module")
def phone(server: Server, built_app: Built) -> Iterator[Phone]:
    """A stock phone with the app on it."""
    with with_app(server, built_app.path, "phone", "WEBVIEW-1") as held:
        yield Phone(held.far, held.device)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A linear model, its rows, and a suite."""
    tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(WEIGHTS, BIAS))
    ROWS.tofile(tmp_path / "input0.bin")
    np.savez(tmp_path / "rows.npz", x=ROWS, y=ROWS @ WEIGHTS + BIAS)
    (tmp_path / "suite.toml").write_text(SUITE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("accelerator", "driver"), [("cpu", "javascript"), ("wasm", "wasm simd"), ("webgl", "SwiftShader"), ("webgpu", "swiftshader")])
def test_outputs_of_the_webview_are_the_models_on_each_back_end(phone: Phone, folder: Path, accelerator: str, driver: str) -> None:
    """The page says what executed, in the library's own words."""
    report = phone.carry(msgspec.structs.replace(ORDER, accelerator=accelerator), folder)

    assert (report.hello.runner, report.hello.engine_version, report.end) == ("app", "4.22.0", Done())
    assert report.executed is not None
    assert (report.executed.executed_on, report.executed.execution) == (accelerator, "full")
    assert driver in report.executed.driver
    assert np.fromfile(folder / "output0.bin", np.float32) == pytest.approx((ROWS @ WEIGHTS + BIAS).ravel(), abs=1e-5)


def test_a_run_on_a_simulated_phone_has_a_row_of_the_webview(phone: Phone, built_app: Built, folder: Path) -> None:
    """With proof, a score and latencies, and the flaw that says what the device is."""
    command = [sys.executable, "-m", "pocketbench", "run", "suite.toml", "--json", "--apk", str(built_app.path), "--device", "adb:WEBVIEW-1"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    runs = pocketbench.load("last", results=folder / "results")
    jobs, looks = runs.jobs(), runs.conditions()
    row = jobs[jobs["runner"] == "app"].iloc[0]

    assert json.loads(ended.stdout.splitlines()[-1])["failed"] == 0
    assert row["status"] == "ok"
    assert (row["runner"], row["engine"], row["accelerator"], row["executed_on"]) == ("app", "tfjs", "wasm", "wasm")
    assert "SIMULATED" in row["flaws"]
    assert "EMULATED" not in row["flaws"]
    assert row["score"] == pytest.approx(1.0, abs=1e-5)
    assert row["latency_median_ns"] > 0
    assert looks[looks["seen_by"] == "app"]["at"].tolist()[:5] == ["before", "load", "first", "warmup", "steady"]


def test_where_adb_may_not_enter_the_apps_files_the_page_is_told_by_the_app(phone: Phone, built_app: Built, folder: Path) -> None:
    """Report and outputs come by way of am."""
    parent = BASE.rpartition("/")[0]
    phone.far.phone.done(f"rm -rf {parent} && mkdir -p {parent} && chmod 500 {parent}")
    phone.device._app.forget()
    other = devices.find("adb:WEBVIEW-1")
    assert isinstance(other, AdbDevice)
    try:
        with other.held(events.unheard):
            assert other.bring(built_app.path, keep=True) is None
            report = Phone(phone.far, other).carry(ORDER, folder)
    finally:
        phone.far.phone.done(f"chmod 700 {parent}")

    assert report.end == Done()
    assert np.fromfile(folder / "output0.bin", np.float32) == pytest.approx((ROWS @ WEIGHTS + BIAS).ravel(), abs=1e-5)
    assert phone.far.phone.done("ls /data/local/tmp") == ""


def test_a_model_that_is_none_fails_with_the_librarys_words(phone: Phone, folder: Path) -> None:
    """The report ends as any other."""
    (folder / "model" / "model.json").write_text("{}", encoding="utf-8")
    report = phone.carry(ORDER, folder)

    assert isinstance(report.end, FailedOrder)
    assert (report.end.stage, report.end.reason) == ("load", "engine-cannot-read")


def test_a_page_that_crashes_costs_its_order_and_says_so(phone: Phone, folder: Path) -> None:
    """The app lives on and ends the report; the browser goes with it, and the next order has a new one."""
    long = msgspec.structs.replace(LONG, order="page-crashes")
    killer = phone.when(long, _FOUND.format(word="type=renderer", action="kill -9 ${p#/proc/}"))
    report = phone.carry(long, folder)
    killer.join()

    assert isinstance(report.end, FailedOrder)
    assert report.end.reason == "crashed"
    assert phone.carry(ORDER, folder).end == Done()


def test_a_browser_ends_with_its_app(phone: Phone, folder: Path) -> None:
    """Whatever ends that."""
    long = msgspec.structs.replace(LONG, order="app-ends")
    killer = phone.when(long, STOP)
    report = phone.carry(long, folder)
    killer.join()
    until = time.monotonic() + 60
    while (left := phone.processes("remote-debugging-pipe")) and time.monotonic() < until:
        time.sleep(0.2)

    assert left == ""
    assert report.end != Done()


@pytest.mark.parametrize(
    ("fact", "reason", "message"),
    [
        ('packages = ["android"]', "toolchain-missing", "this phone has no WebView, or it is switched off"),
        ('webview = "83.0.4103.106"', "device-too-old", "this phone's WebView is 83.0.4103.106, and TensorFlow.js here needs 94 or newer"),
    ],
)
def test_a_phone_without_a_webview_that_is_new_enough_is_refused(server: Server, built_app: Built, folder: Path, fact: str, reason: str, message: str) -> None:
    """As a phone whose owner has switched it off, or has not updated it for years."""
    (folder / "other.toml").write_text(f'base = "phone"\nname = "other"\n{fact}\n', encoding="utf-8")
    with with_app(server, built_app.path, str(folder / "other.toml"), "WEBVIEW-2") as other:
        end = other.carry(ORDER, folder).end

    assert isinstance(end, FailedOrder)
    assert (end.reason, end.message) == (reason, message)

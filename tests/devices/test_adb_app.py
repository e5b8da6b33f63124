"""The app on a simulated phone: brought there and taken off again, the phone left as it was found, and every way in which it is not taken."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import far_end
from far_end import FarEnd
from pocketbench import devices, events, protocol
from pocketbench.adb import packages
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.adb_app_order import PACKAGE
from pocketbench.errors import PocketbenchError, Refused
from pocketbench.protocol import Order, TensorFile
from tiny_apk import TinyApk, verifier

pytestmark = pytest.mark.slow

OURS = {"package": PACKAGE, "runner": f"{PACKAGE}.OrderInstrumentation"}
LONG_S = 120.0


@pytest.fixture(scope="module")
def started_phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarEnd]:
    """A simulated phone."""
    verifier()
    with far_end.served(tmp_path_factory.mktemp("adb")) as server, far_end.started(server, "phone", "--serial", "PHONE-7") as far:
        yield far


@pytest.fixture
def far(started_phone: FarEnd) -> Iterator[FarEnd]:
    """The phone, well and without the app afterwards."""
    yield started_phone
    started_phone.heal()
    packages.uninstall(started_phone.phone, PACKAGE, deadline_s=LONG_S)


@pytest.fixture
def device(far: FarEnd) -> AdbDevice:
    """The phone as a device."""
    found = devices.find("adb:PHONE-7")
    assert isinstance(found, AdbDevice)
    return found


@pytest.fixture
def apk(tmp_path: Path) -> Path:
    """An APK of the app's name, with nothing in it."""
    return TinyApk(**OURS).write(tmp_path / "app.apk")


def unheard(event: events.Event) -> None:
    """Hear nothing."""


def there(far: FarEnd) -> bool:
    """Whether the phone has the app."""
    return packages.installed(far.phone, PACKAGE)


def test_a_phone_has_both_runners(device: AdbDevice) -> None:
    """A board has Python alone, which other tests show."""
    assert device.runners == ("python", "app")


def test_an_app_that_was_not_there_is_installed_once_and_goes_at_the_end(device: AdbDevice, far: FarEnd, apk: Path) -> None:
    """Unless it is to be kept; then nothing is installed the next time."""
    heard: list[events.Event] = []
    with device.held(heard.append):
        assert device.bring(apk) is None
        assert device.bring(apk) is None
        assert there(far)
    assert not there(far)
    with device.held(heard.append):
        assert device.bring(apk, keep=True) is None
    with device.held(heard.append):
        assert device.bring(apk) is None

    assert there(far)
    assert [event.message for event in heard if isinstance(event, events.DeviceTold)] == ["installing the app (0 MiB)"] * 2


def test_another_version_is_upgraded_and_stays(device: AdbDevice, far: FarEnd, tmp_path: Path) -> None:
    """It was there before, and the old one cannot be brought back."""
    packages.install(far.phone, TinyApk(**OURS, version=1).write(tmp_path / "old.apk"), deadline_s=LONG_S)
    heard: list[events.Event] = []
    with device.held(heard.append):
        assert device.bring(TinyApk(**OURS, version=2).write(tmp_path / "new.apk")) is None

    assert "versionCode=2" in far.phone.done(f"dumpsys package {PACKAGE}")
    assert [event.message for event in heard if isinstance(event, events.DeviceTold)] == ["upgrading the app, which is 1.0"]


@pytest.mark.parametrize(
    ("made", "reason", "typed"),
    [
        (TinyApk(**OURS, certificate=b"another one"), "device-refused", f"uninstall {PACKAGE}"),
        (TinyApk(**OURS, version=1), "device-refused", f"uninstall {PACKAGE}"),
        (TinyApk(**OURS, files={"lib/mips/libx.so": b"x"}), "abi-missing", "--abi"),
        (TinyApk(**OURS, min_sdk=99, version=9), "device-too-old", ""),
    ],
)
def test_a_phone_that_does_not_take_the_app_says_why(device: AdbDevice, far: FarEnd, tmp_path: Path, made: TinyApk, reason: str, typed: str) -> None:
    """With what to type; what was there stays as it was."""
    packages.install(far.phone, TinyApk(**OURS, version=3).write(tmp_path / "first.apk"), deadline_s=LONG_S)
    with device.held(unheard):
        refused = device.bring(made.write(tmp_path / "second.apk"))

    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", reason)
    assert typed in refused.hint
    assert "versionCode=3" in far.phone.done(f"dumpsys package {PACKAGE}")


def test_a_phone_without_room_says_so(device: AdbDevice, far: FarEnd, tmp_path: Path) -> None:
    """Which may go away by itself."""
    far.do("full", "100KB")
    with device.held(unheard):
        refused = device.bring(TinyApk(**OURS, files={"assets/large": bytes(3_000_000)}).write(tmp_path / "large.apk"))

    assert refused is not None
    assert refused.reason == "device-full"
    assert not there(far)


def test_what_is_not_our_app_is_never_installed(device: AdbDevice, far: FarEnd, tmp_path: Path) -> None:
    """Another app, and no app at all."""
    (tmp_path / "none.apk").write_bytes(b"nothing")
    other = TinyApk().write(tmp_path / "other.apk")
    with device.held(unheard):
        with pytest.raises(PocketbenchError, match="this is no APK"):
            device.bring(tmp_path / "none.apk")
        with pytest.raises(PocketbenchError, match=f"not Pocketbench's app {PACKAGE}"):
            device.bring(other)

    assert "org.example.tiny" not in far.phone.done("pm list packages -3")


def test_an_app_that_cannot_be_started_leaves_nothing(device: AdbDevice, far: FarEnd, apk: Path, tmp_path: Path) -> None:
    """The order's files went into the app's own folder, which goes with it; a phone that slept sleeps again."""
    (tmp_path / "model.tflite").write_bytes(b"a model")
    np.ones((1, 3), np.float32).tofile(tmp_path / "input0.bin")
    x, y = TensorFile("x", "input0.bin", (1, 3), "float32"), TensorFile("y", "output0.bin", (1, 3), "float32")
    order = Order(protocol.PROTOCOL, "order-1", "outputs", "tflite", "model.tflite", "cpu", 1, {}, 1, (x,), (y,))
    far.phone.done("input keyevent KEYCODE_SLEEP")
    with device.held(unheard):
        assert device.bring(apk) is None
        with pytest.raises(Refused) as caught:
            device.carry(order, tmp_path, 30, runner="app")
        assert "Awake" in far.phone.done("dumpsys power")

    assert caught.value.reason in ("device-refused", "crashed")
    assert "Asleep" in far.phone.done("dumpsys power")
    assert far.phone.done(f"ls /sdcard/Android/data/{PACKAGE} 2>/dev/null || true") == ""
    assert far.phone.done("ls /data/local/tmp") == ""


def test_an_app_that_a_killed_harness_has_brought_goes_with_the_next_run_and_a_living_ones_stays(device: AdbDevice, far: FarEnd, apk: Path) -> None:
    """On the same computer: a file among the app's own says which process had brought it."""
    code = "import sys, os, pathlib; from pocketbench import devices\nd = devices.find('adb:PHONE-7')\n"
    code += "with d.held(lambda event: None):\n    d.bring(pathlib.Path(sys.argv[1]))\n    os.kill(os.getpid(), 9)"
    living = devices.find("adb:PHONE-7")
    assert isinstance(living, AdbDevice)
    with living.held(unheard):
        assert living.bring(apk) is None
        with device.held(unheard):
            assert device.bring(apk) is None
        assert there(far)
    assert not there(far)
    assert subprocess.run([sys.executable, "-c", code, str(apk)], check=False, timeout=60).returncode == -signal.SIGKILL
    assert there(far)
    with device.held(unheard):
        assert device.bring(apk) is None

    assert not there(far)

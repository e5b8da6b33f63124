"""One phone of two ways: adb's shell, which has no Python, and the server that its owner has started in Termux."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import far_end
from far_end import FarEnd
from pocketbench import devices, request, serving
from pocketbench.adb import ports
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.adb_termux import TermuxPhone
from pocketbench.devices.termux import Termux
from pocketbench.errors import DeviceError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarEnd]:
    """A stock phone."""
    with far_end.served(tmp_path_factory.mktemp("adb")) as server, far_end.started(server, "phone", "--serial", "WAYS-1") as far:
        yield far


@pytest.fixture(autouse=True)
def token(phone: FarEnd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What its owner has read on its screen, and nothing that the user of this computer keeps."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(serving.VARIABLE, phone.termux_token)


def test_where_the_token_is_known_a_phone_has_termux_python_and_nodejs(phone: FarEnd) -> None:
    """Beside the app; it is told which they are, and nothing is left forwarded."""
    device = devices.find("adb:WAYS-1")

    assert type(device) is TermuxPhone
    assert device.runners == ("python", "node", "app")
    assert {"python", "abis", "attached"} <= set(device.facts())
    assert device.lacks("litert", "ai-edge-litert") is None
    assert ports.forwards(phone.phone) == {}


def test_without_its_token_or_its_server_it_is_what_adbs_shell_has(phone: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is no Python, and the skip says how to have one, or why the server there is none."""
    monkeypatch.setenv(serving.VARIABLE, "another-token")
    device = devices.find("adb:WAYS-1")
    assert type(device) is AdbDevice
    refusal = device.lacks("litert", "ai-edge-litert")
    assert refusal is not None
    assert ("the server has another token" in refusal.message, refusal.hint) == (True, "it prints its token when it is started")
    monkeypatch.delenv(serving.VARIABLE)
    device = devices.find("adb:WAYS-1")
    assert type(device) is AdbDevice
    refusal = device.lacks("litert", "ai-edge-litert")
    assert refusal is not None
    assert "docs/python-on-the-phone.md" in refusal.hint


@pytest.mark.parametrize("names", [("adb:WAYS-1", "termux:WAYS-1"), ("termux:WAYS-1", "adb:WAYS-1")])
def test_both_ways_of_one_phone_named_are_one_device(project: Path, names: tuple[str, ...]) -> None:
    """In either order; job ids are unique, for each is there once."""
    asked = request.of_file(project / "suites" / "linear-regression.toml", names)

    (device,) = asked.devices
    assert isinstance(device, TermuxPhone)
    assert device.runners == ("python", "node", "app")
    ids = [job.id for job in asked.plan.jobs]
    assert len(ids) == len(set(ids)) > 0


def test_termux_alone_is_what_was_asked_for(project: Path) -> None:
    """No job of the app's."""
    asked = request.of_file(project / "suites" / "linear-regression.toml", ["termux:WAYS-1"])

    assert {job.runner for job in asked.plan.jobs} <= {"python", "node"}


def test_two_phones_with_one_serial_number_are_refused_however_they_are_named(phone: FarEnd) -> None:
    """The one whose boot is another is another phone."""
    one = devices.find("termux:WAYS-1")
    assert isinstance(one, TermuxPhone)
    assert one.joined(AdbDevice(replace(one.found, boot="another"))) is None
    with pytest.raises(DeviceError, match="WAYS-1: named twice, or two devices with one serial number"):
        request._apart([one, AdbDevice(replace(one.found, boot="another"))])
    assert isinstance(Termux(one.found, phone.termux_token).versions["python"], str)

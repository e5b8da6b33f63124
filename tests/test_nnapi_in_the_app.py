"""NNAPI in the app, on a simulated phone whose NNAPI has an accelerator: asked for by its name, by no name, and by a name that the phone has not."""

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from onnx import helper

import app_phone
import far_end
import pocketbench.devices
import tiny_onnx
import tiny_tflite
from pocketbench import protocol
from pocketbench.devices import CarriesApp, Device
from pocketbench.protocol import Executed, FailedOrder, Order, Report, TensorFile

if TYPE_CHECKING:
    from pocketbench.app_build import Built

pytestmark = pytest.mark.slow

NAME, REFERENCE = "nnapi-sample", "nnapi-reference"
SIZE = 4
ROW = np.array([[1.0, -2.0, 0.5, 3.0]], dtype=np.float32)
DOUBLED, SAME = 2 * ROW, ROW
NAMED, LACKING = {"nnapi_accelerator": NAME}, {"nnapi_accelerator": "google-edgetpu"}
ORDER = Order(
    protocol=protocol.PROTOCOL, order="", kind="outputs", engine="tflite", model="", accelerator="nnapi", threads=1, options={}, rows=1,
    inputs=(TensorFile("x", "x.bin", ROW.shape, "float32"),), outputs=(TensorFile("y", "y.bin", ROW.shape, "float32"),),
)  # fmt: skip


@pytest.fixture(scope="module")
def phone(built_app: "Built", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """A simulated phone with the app, an accelerator of NNAPI's and, as on every phone, NNAPI's own CPU."""
    yield from with_nnapi(built_app, tmp_path_factory.mktemp("nnapi"), "")


def with_nnapi(built_app: "Built", folder: Path, more: str) -> Iterator[Device]:
    """A phone whose profile has more lines."""
    profile = folder / "npu.toml"
    profile.write_text(f'base = "phone"\nname = "npu"\n{more}[drivers]\nnnapi = "{NAME} {REFERENCE}"\n', encoding="utf-8")
    with far_end.served(folder) as server, far_end.started(server, str(profile)) as far:
        device = pocketbench.devices.find(f"adb:{far.serial}")
        assert isinstance(device, CarriesApp)
        app_phone.bring(device, built_app.path)
        yield device


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dense layer and a sum, which the accelerator has, a running sum, which it has not, and both; and a row."""
    (tmp_path / "all.tflite").write_bytes(tiny_tflite.linear(2 * np.eye(SIZE, dtype=np.float32), np.zeros(SIZE, dtype=np.float32)))
    (tmp_path / "part.tflite").write_bytes(tiny_tflite.linear_then_sum(SIZE))
    (tmp_path / "none.tflite").write_bytes(tiny_tflite.running_sum(SIZE))
    add, last = helper.make_node("Add", ["x", "x"], ["y"]), helper.make_node("Erf", ["a"], ["y"])
    ends = [tiny_onnx.floats("x", *ROW.shape)], [tiny_onnx.floats("y", *ROW.shape)]
    (tmp_path / "all.onnx").write_bytes(tiny_onnx.model([add], *ends, {}).SerializeToString())
    part = [helper.make_node("Add", ["x", "x"], ["a"]), last]
    (tmp_path / "part.onnx").write_bytes(tiny_onnx.model(part, *ends, {}).SerializeToString())
    ROW.tofile(tmp_path / "x.bin")
    return tmp_path


def carried(phone: Device, folder: Path, model: str, options: Mapping[str, str]) -> Report:
    """What the app reports of one row through a model on NNAPI."""
    engine = "onnxruntime" if model.endswith("onnx") else "tflite"
    order = msgspec.structs.replace(ORDER, order=secrets.token_hex(8), engine=engine, model=model, options=dict(options))
    return protocol.read_report(phone.carry(order, folder, 120.0, runner="app").report, order)


@pytest.mark.parametrize(
    ("model", "options", "told", "expected"),
    [
        ("all.tflite", {}, Executed("nnapi", "", "full", 1, 1), DOUBLED),
        ("all.tflite", NAMED, Executed("nnapi", NAME, "full", 1, 1), DOUBLED),
        ("part.tflite", NAMED, Executed("nnapi", NAME, "partial", 1, 2), DOUBLED),
        ("none.tflite", NAMED, Executed("cpu", "", "none", 0), SAME),
        ("all.tflite", {"nnapi_accelerator": REFERENCE}, Executed("cpu", REFERENCE, "none", 0, 1), DOUBLED),
        ("all.onnx", {}, Executed("nnapi", "", "unknown"), DOUBLED),
        ("all.onnx", {"nnapi_cpu": "only"}, Executed("cpu", REFERENCE, "none"), DOUBLED),
        ("part.onnx", {}, Executed("nnapi", "", "partial"), None),
    ],
)
def test_what_nnapi_took_is_told_with_the_accelerator_that_was_asked_for(
    phone: Device, folder: Path, model: str, options: dict[str, str], told: Executed, expected: np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None
) -> None:
    """Without a name nobody says which; ONNX Runtime does not say whether it was more than NNAPI's own CPU, and hands over parts, not operations."""
    report = carried(phone, folder, model, options)

    assert report.end == protocol.Done()
    assert report.executed == told
    if expected is not None:
        np.testing.assert_allclose(np.fromfile(folder / "y.bin", np.float32).reshape(ROW.shape), expected, rtol=1e-5)


def test_an_accelerator_that_the_phone_has_not_is_told_with_those_that_it_has(phone: Device, folder: Path) -> None:
    """In TensorFlow Lite's own words."""
    end = carried(phone, folder, "all.tflite", LACKING).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "accelerator-absent")
    assert f"Could not find the specified NNAPI accelerator: google-edgetpu. Must be one of: {{{NAME},{REFERENCE}}}" in end.message


def test_what_is_no_name_of_an_accelerator_is_refused_by_the_app(phone: Device, folder: Path) -> None:
    """Whoever writes the order."""
    end = carried(phone, folder, "all.tflite", {"nnapi_accelerator": "a b"}).end

    assert isinstance(end, FailedOrder)
    assert end.reason == "protocol"


def test_until_android_10_no_name_is_looked_at_and_nobody_knows_who_computed(
    built_app: "Built", folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """NNAPI's own CPU may have: the delegate cannot keep it out."""
    for old in with_nnapi(built_app, tmp_path_factory.mktemp("old"), 'android = "9"\nsdk = 28\n'):
        any_of_them, named = (carried(old, folder, "all.tflite", options) for options in ({}, NAMED))

    assert any_of_them.executed == Executed("nnapi", "", "unknown", 1, 1)
    assert isinstance(named.end, FailedOrder)
    assert named.end.reason == "device-too-old"

"""Files that no engine can have, in the app on the simulated phone: cut, empty, of another format, of anything; each is a reason, and the app lives on."""

import io
import secrets
import warnings
import zipfile
from collections.abc import Iterator
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
from pocketbench.protocol import Done, FailedOrder, Order, Phase, Report, TensorFile

if TYPE_CHECKING:
    from pocketbench.app_build import Built

pytestmark = pytest.mark.slow

SHAPE = (1, 4)
ENGINES = {"tflite": "model.tflite", "pytorch-lite": "model.ptl", "onnxruntime": "model.onnx"}
ORDER = Order(
    protocol=protocol.PROTOCOL, order="", kind="outputs", engine="", model="", accelerator="cpu", threads=1, options={}, rows=1,
    inputs=(TensorFile("x", "x.bin", SHAPE, "float32"),), outputs=(TensorFile("y", "y.bin", SHAPE, "float32"),),
)  # fmt: skip


@pytest.fixture(scope="module")
def phone(built_app: "Built", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """A simulated phone with the app."""
    with far_end.attached(tmp_path_factory.mktemp("adb"), "phone") as far:
        device = pocketbench.devices.find(f"adb:{far.serial}")
        assert isinstance(device, CarriesApp)
        app_phone.bring(device, built_app.path)
        yield device


@pytest.fixture(scope="module")
def good() -> dict[str, bytes]:
    """A model for each engine that doubles."""
    import torch

    class Doubles(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all of TorchScript is to go
        lite = torch.jit.trace(Doubles().eval(), torch.zeros(SHAPE))._save_to_buffer_for_lite_interpreter()
    add = tiny_onnx.model([helper.make_node("Add", ["x", "x"], ["y"])], [tiny_onnx.floats("x", *SHAPE)], [tiny_onnx.floats("y", *SHAPE)], {})
    dense = tiny_tflite.linear(2 * np.eye(SHAPE[1], dtype=np.float32), np.zeros(SHAPE[1], dtype=np.float32))
    return {"tflite": dense, "pytorch-lite": bytes(lite), "onnxruntime": add.SerializeToString()}


def carried(phone: Device, folder: Path, engine: str, content: bytes, **changed: object) -> Report:
    """What the app reports of one row of ones through a file."""
    (folder / ENGINES[engine]).write_bytes(content)
    np.ones(SHAPE, np.float32).tofile(folder / "x.bin")
    order = msgspec.structs.replace(ORDER, order=secrets.token_hex(8), engine=engine, model=ENGINES[engine], **changed)
    return protocol.read_report(phone.carry(order, folder, 120.0, runner="app").report, order)


def newer(lite: bytes) -> bytes:
    """A ``.ptl`` file as if it were of bytecode 10, one more than PyTorch 1.12.2 reads: the number is its pickle's first."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(lite)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"K\x08", b"K\x0a", 1) if name.endswith("bytecode.pkl") else content)
    return made.getvalue()


def telling(lite: bytes, about: str) -> bytes:
    """A ``.ptl`` file with that for its pocketbench.json."""
    made = io.BytesIO(lite)
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(f"{archive.namelist()[0].partition('/')[0]}/extra/pocketbench.json", about)
    return made.getvalue()


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_a_damaged_file_is_one_that_the_engine_cannot_read_and_the_next_is_carried_out(
    phone: Device, good: dict[str, bytes], tmp_path: Path, engine: str
) -> None:
    """In its words; nothing crashes."""
    whole, other = good[engine], good[next(name for name in good if name != engine)]
    damaged = {"empty": b"", "half": whole[: len(whole) // 2], "other": other, "random": np.random.default_rng(1).bytes(1 << 20)}
    ends = {what: carried(phone, tmp_path, engine, content).end for what, content in damaged.items()}

    assert {what: isinstance(end, FailedOrder) and (end.stage, end.reason, bool(end.message)) for what, end in ends.items()} == dict.fromkeys(
        damaged, ("load", "engine-cannot-read", True)
    )
    assert carried(phone, tmp_path, engine, whole).end == Done()
    assert np.fromfile(tmp_path / "y.bin", np.float32).tolist() == [2.0] * 4


@pytest.mark.parametrize("told", ['{"name": "x"}', '{"name": "x", "shape": 4, "dtype": "float32"}', '{"name": "x", "shape": [1e99], "dtype": "float32"}', "7"])
def test_what_a_file_tells_of_its_tensors_in_another_form_makes_it_one_that_cannot_be_read(
    phone: Device, good: dict[str, bytes], tmp_path: Path, told: str
) -> None:
    """PyTorch's own part of it may be whole."""
    end = carried(phone, tmp_path, "pytorch-lite", telling(good["pytorch-lite"], f'{{"inputs": [{told}]}}')).end

    assert isinstance(end, FailedOrder)
    assert (end.reason, "pocketbench.json" in end.message) == ("engine-cannot-read", True)


def test_an_operation_or_a_version_that_an_engine_does_not_know_is_told_as_that(phone: Device, good: dict[str, bytes], tmp_path: Path) -> None:
    """The harness knows before it pushes; an order by hand is told by the engine."""
    files = {"tflite": tiny_tflite.custom("Frob"), "pytorch-lite": newer(good["pytorch-lite"]), "onnxruntime": tiny_onnx.custom("Frob", "my.own")}
    ends = {engine: carried(phone, tmp_path, engine, content).end for engine, content in files.items()}

    assert {engine: isinstance(end, FailedOrder) and (end.stage, end.reason) for engine, end in ends.items()} == dict.fromkeys(
        files, ("load", "operation-version")
    )


def test_what_reached_the_gpu_is_told_after_a_later_load_too(phone: Device, good: dict[str, bytes], tmp_path: Path) -> None:
    """TensorFlow Lite says it once in a process, of the first; skipped where this computer lends the phone no GPU."""
    options = {"gpu_backend": "any"}
    report = carried(phone, tmp_path, "tflite", good["tflite"], kind="timing", phases=(Phase("load", min_runs=2),), accelerator="gpu", options=options)
    if isinstance(report.end, FailedOrder) and report.end.reason == "accelerator-absent":
        pytest.skip(report.end.message)

    assert report.executed is not None
    assert (report.executed.executed_on, report.executed.execution) == ("gpu", "full")
    assert report.executed.driver.split(" ")[0] in ("opencl", "gles")

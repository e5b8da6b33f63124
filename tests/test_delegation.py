"""What of a model the app's engines hand to an accelerator, on the simulated phone: all, a part, or nothing, told as it was seen.

The models are made for that: two operations of which one, both or none is one that a delegate takes. Numbers must be right in any case.
"""

import json
import secrets
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from pocketbench.protocol import Executed, Order, Report, TensorFile

if TYPE_CHECKING:
    from pocketbench.app_build import Built

pytestmark = pytest.mark.slow
DEADLINE_S = 120.0
SIZE = 4
ROW = np.array([[1.0, -2.0, 0.5, 3.0]], dtype=np.float32)
MATRIX = np.array([[[2.0, 1.0], [3.0, 4.0]]], dtype=np.float32)
IMAGE = np.linspace(-1, 1, 48, dtype=np.float32).reshape(1, 3, 4, 4)


@dataclass(frozen=True)
class Made:
    """A model's file, what goes in, and what must come out."""

    name: str
    row: Any
    expected: Any


@dataclass(frozen=True)
class Case:
    """A model somewhere, and what must be told of it; ``needs`` is a driver that the phone must have."""

    model: str
    engine: str
    accelerator: str
    told: Executed
    options: dict[str, str] = field(default_factory=dict)
    needs: str = ""

    def __str__(self) -> str:
        """As the test is named."""
        return "-".join((self.engine, self.accelerator, *self.options.values(), self.model))


@dataclass(frozen=True)
class Simulated:
    """A phone with the app, and which drivers this computer lends it."""

    device: Device
    drivers: frozenset[str]

    def carried(self, folder: Path, model: Path, made: Made, case: Case) -> Report:
        """What the app reports of one row through a model; skips the test where the driver is not there."""
        if case.needs and case.needs not in self.drivers:
            app_phone.without(case.needs)
        (folder / model.name).write_bytes(model.read_bytes())
        made.row.tofile(folder / "x.bin")
        order = Order(
            protocol=protocol.PROTOCOL, order=secrets.token_hex(8), kind="outputs", engine=case.engine, model=model.name, accelerator=case.accelerator,
            threads=1, options=case.options, rows=1, inputs=(TensorFile("x", "x.bin", made.row.shape, "float32"),),
            outputs=(TensorFile("y", "y.bin", made.expected.shape, "float32"),),
        )  # fmt: skip
        return protocol.read_report(self.device.carry(order, folder, DEADLINE_S, runner="app").report, order)


LIBRARIES = {"gles": "/system/lib64/libEGL.so", "opencl": "/vendor/lib64/libOpenCL.so", "vulkan": "/system/lib64/libvulkan.so"}
GLES, OPENCL = {"gpu_backend": "gles"}, {"gpu_backend": "opencl"}
OFF, ON = {"xnnpack": "off"}, {"xnnpack": "on"}
CASES = (
    Case("all.tflite", "tflite", "cpu", Executed("cpu", "xnnpack", "full", 1, 1)),
    Case("part.tflite", "tflite", "cpu", Executed("cpu", "xnnpack", "full", 1, 2)),
    Case("none.tflite", "tflite", "cpu", Executed("cpu", "", "full")),
    Case("all.tflite", "tflite", "cpu", Executed("cpu", "", "full"), OFF),
    Case("all.tflite", "tflite", "gpu", Executed("gpu", "gles llvmpipe", "full", 1, 1), GLES, "gles"),
    Case("part.tflite", "tflite", "gpu", Executed("gpu", "gles llvmpipe", "partial", 1, 2), GLES, "gles"),
    Case("none.tflite", "tflite", "gpu", Executed("cpu", "", "none", 0), GLES, "gles"),
    Case("part.tflite", "tflite", "gpu", Executed("gpu", "opencl pocl", "partial", 1, 2), OPENCL, "opencl"),
    Case("all.tflite", "tflite", "nnapi", Executed("cpu", "", "none", 0)),
    Case("all.onnx", "onnxruntime", "cpu", Executed("cpu", "CPUExecutionProvider", "full", 2, 2)),
    Case("gemm.onnx", "onnxruntime", "cpu", Executed("cpu", "XnnpackExecutionProvider", "full", 1, 1), ON),
    Case("all.onnx", "onnxruntime", "webgpu", Executed("webgpu", "vulkan SwiftShader", "full", 2, 2), needs="vulkan"),
    Case("part.onnx", "onnxruntime", "webgpu", Executed("webgpu", "vulkan SwiftShader", "partial", 1, 2), needs="vulkan"),
    Case("none.onnx", "onnxruntime", "webgpu", Executed("cpu", "CPUExecutionProvider", "none", 0, 1), needs="vulkan"),
    Case("constant.onnx", "onnxruntime", "webgpu", Executed("webgpu", "", "unknown"), needs="vulkan"),
    Case("all.onnx", "onnxruntime", "nnapi", Executed("cpu", "CPUExecutionProvider", "none", 0, 2)),
    Case("all.ptl", "pytorch-lite", "cpu", Executed("cpu", "", "full")),
    Case("all.ptl", "pytorch-lite", "vulkan", Executed("vulkan", "vulkan SwiftShader", "full"), needs="vulkan"),
    Case("plain.ptl", "pytorch-lite", "vulkan", Executed("vulkan", "vulkan SwiftShader", "unknown"), needs="vulkan"),
    Case("moved.ptl", "pytorch-lite", "vulkan", Executed("vulkan", "vulkan SwiftShader", "unknown"), needs="vulkan"),
    Case("copied.ptl", "pytorch-lite", "vulkan", Executed("vulkan", "vulkan SwiftShader", "unknown"), needs="vulkan"),
    Case("all.ptl", "pytorch-lite", "nnapi", Executed("cpu", "", "none")),
)


@pytest.fixture(scope="module")
def phone(built_app: "Built", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """A simulated phone with the app, where this computer can have one that runs apps."""
    with far_end.attached(tmp_path_factory.mktemp("adb"), "phone") as far:
        device = pocketbench.devices.find(f"adb:{far.serial}")
        assert isinstance(device, CarriesApp)
        app_phone.bring(device, built_app.path)
        drivers = (name for name, library in LIBRARIES.items() if far.phone.shell(f"ls {library}", deadline_s=20).exit_code == 0)
        yield Simulated(device, frozenset(drivers))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Made]]:
    """Every model by its name."""
    folder = tmp_path_factory.mktemp("models")
    _tflite(folder)
    _onnx(folder)
    _torchscript(folder)
    made = (
        *(Made(name, ROW, 2 * ROW) for name in ("all.tflite", "part.tflite")), Made("none.tflite", ROW, ROW),
        Made("all.onnx", MATRIX, np.maximum(2 * MATRIX, 0)), Made("part.onnx", MATRIX, np.array([20.0], dtype=np.float32)),
        Made("none.onnx", MATRIX, np.array([5.0], dtype=np.float32)), Made("constant.onnx", MATRIX, np.array([7.0], dtype=np.float32)),
        Made("gemm.onnx", ROW, ROW @ np.eye(SIZE, dtype=np.float32)[::-1]),
        *(Made(name, IMAGE, np.maximum(2 * IMAGE - 1, 0)) for name in ("all.ptl", "plain.ptl", "moved.ptl", "copied.ptl")), Made("unfused.ptl", IMAGE, IMAGE),
    )  # fmt: skip
    return {one.name: (folder / one.name, one) for one in made}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_took_part_is_told_as_it_was_seen(phone: Simulated, models: dict[str, tuple[Path, Made]], tmp_path: Path, case: Case) -> None:
    """In the engine's own words: nothing that was only asked for; and what came out is right, whoever computed it."""
    path, made = models[case.model]
    report = phone.carried(tmp_path, path, made, case)

    assert report.executed == case.told
    np.testing.assert_allclose(np.fromfile(tmp_path / "y.bin", np.float32).reshape(made.expected.shape), made.expected, rtol=1e-5, atol=1e-5)


def test_an_operation_that_pytorchs_vulkan_lacks_ends_the_run_in_its_words(phone: Simulated, models: dict[str, tuple[Path, Made]], tmp_path: Path) -> None:
    """There is nothing in between: a module is on Vulkan as a whole or not at all."""
    path, made = models["unfused.ptl"]
    end = phone.carried(tmp_path, path, made, Case("unfused.ptl", "pytorch-lite", "vulkan", Executed(""), needs="vulkan")).end

    assert isinstance(end, protocol.FailedOrder)
    assert (end.stage, end.reason) == ("outputs", "engine-error")
    assert "'aten::native_batch_norm' with arguments from the 'Vulkan' backend" in end.message


def _tflite(folder: Path) -> None:
    """A dense layer, which every delegate takes, a recurrent one, which few do, and both."""
    (folder / "all.tflite").write_bytes(tiny_tflite.linear(2 * np.eye(SIZE, dtype=np.float32), np.zeros(SIZE, dtype=np.float32)))
    (folder / "part.tflite").write_bytes(tiny_tflite.linear_then_sum(SIZE))
    (folder / "none.tflite").write_bytes(tiny_tflite.running_sum(SIZE))


def _onnx(folder: Path) -> None:
    """Sums and rectifiers, which WebGPU has, a determinant, which it has not, both, nothing to compute, and a product of matrices, which XNNPACK has."""
    x, y = tiny_onnx.floats("x", *MATRIX.shape), tiny_onnx.floats("y", 1)
    add = helper.make_node("Add", ["x", "x"], ["a"])
    graphs = {
        "all": ([add, helper.make_node("Relu", ["a"], ["y"])], [x], [tiny_onnx.floats("y", *MATRIX.shape)], {}),
        "part": ([add, helper.make_node("Det", ["a"], ["y"])], [x], [y], {}),
        "none": ([helper.make_node("Det", ["x"], ["y"])], [x], [y], {}),
        "constant": ([helper.make_node("Constant", [], ["y"], value_floats=[7.0])], [x], [y], {}),
        "gemm": (
            [helper.make_node("Gemm", ["x", "w"], ["y"])], [tiny_onnx.floats("x", 1, SIZE)], [tiny_onnx.floats("y", 1, SIZE)],
            {"w": np.ascontiguousarray(np.eye(SIZE, dtype=np.float32)[::-1])},
        ),
    }  # fmt: skip
    for name, (nodes, inputs, outputs, constants) in graphs.items():
        (folder / f"{name}.onnx").write_bytes(tiny_onnx.model(nodes, inputs, outputs, constants).SerializeToString())


def _torchscript(folder: Path) -> None:
    """Sums and rectifiers, which Vulkan has: in a file made for it and in one that was not, some after a move to the processor; a normalisation."""
    import torch

    class Sums(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(x + x - 1.0)

    class Moved(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu((x + x).cpu() - 1.0)

    class Copied(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            own = torch.empty([1, 3, 4, 4])
            return torch.relu(own.copy_(x + x) - 1.0)

    tensors = {"inputs": [_described("x")], "outputs": [_described("y")]}
    for name, module in {"all": Sums(), "plain": Sums(), "moved": Moved(), "copied": Copied(), "unfused": torch.nn.BatchNorm2d(3)}.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # all of TorchScript is to go
            # A trace has every move as aten::to, a script has it as it was written.
            made = torch.jit.script(module) if name == "moved" else torch.jit.trace(module.eval(), torch.from_numpy(IMAGE))
            about = json.dumps({**tensors, **({"facts": {"made_for": "vulkan"}} if name != "plain" else {})})
            made._save_for_lite_interpreter(str(folder / f"{name}.ptl"), _extra_files={"pocketbench.json": about})


def _described(name: str) -> dict[str, Any]:
    """A tensor as files that Pocketbench makes tell of theirs."""
    return {"name": name, "shape": list(IMAGE.shape), "dtype": "float32"}

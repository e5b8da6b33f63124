"""The runner's LiteRT engine on the GPU: what is proven, what the runtime's log is read for, and right outputs through a driver in software."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

import tiny_tflite
from linear_model import BIAS, WEIGHTS
from pocketbench.parts import swiftshader
from pocketbench.protocol import Done, Executed, FailedOrder, Order

# What ai-edge-litert 2.3.0 prints, and what drivers of other names would make of it.
SELECTED = (
    "I0000 00:00:1795594658.671873   32200 environment.cc:532] Selected adapter: SwiftShader Device (Subzero), arch=swiftshader, vendor=google, "
    "backend=Vulkan, adapterType=CPU / Software"
)
NOT_TAKEN = """\
ERROR: Following operations are not supported by GPU delegate:
CONV_2D: Tensor type(INT16) is not supported. first/Relu;first/add
CONV_2D: Tensor type(INT16) is not supported. second
DEQUANTIZE: Unsupported dequantization type.
1 operations will run on the GPU, and the remaining 3 operations will run on the CPU.
I0000 00:00:1795599234.876895    6848 delegate_kernel.cc:984] Initializing WebGPU-based API from graph.""".splitlines()
RAISED = "ERROR: [./litert/cc/litert_compiled_model.h:1961]\n└ Some ops are not accelerated. Add kLiteRtHwAcceleratorCpu to the set."

# In a process of its own: the tests' process may hold another framework.
ALONE = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
import litert_gpu
engine = litert_gpu.Engine(sys.argv[2], {})
engine.close()
engine.load()
AGAIN
engine.set([np.ones((1, 4), np.float32)])
engine.invoke()
engine.set([np.zeros((1, 4), np.float32)])
engine._inputs, engine._outputs = {}, {}
np.save(sys.argv[3], engine.read()[0])
engine.close()
"""


@pytest.fixture
def gpu(project: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The engine's part for the GPU as a module."""
    monkeypatch.syspath_prepend(str(project / "device_scripts"))
    return importlib.import_module("litert_gpu")


@pytest.fixture
def on_gpu(order: Order) -> Order:
    """The outputs order, on the GPU."""
    return msgspec.structs.replace(order, accelerator="gpu", options={"xnnpack": "on"})


@pytest.fixture
def shader(monkeypatch: pytest.MonkeyPatch) -> None:
    """SwiftShader as the only driver, as the host would have it."""
    monkeypatch.setenv("VK_ICD_FILENAMES", str(swiftshader.driver()))


def adapter(name: str, kind: str) -> str:
    """The log's line about another adapter."""
    return SELECTED.replace("SwiftShader Device (Subzero)", name).replace("CPU / Software", kind)


@pytest.mark.parametrize(
    ("line", "driver"),
    [
        (SELECTED, "vulkan SwiftShader"),
        (adapter("NVIDIA H100 80GB HBM3", "discrete GPU"), "vulkan NVIDIA H100 80GB HBM3"),
        (adapter("AMD Radeon RX 6800 (RADV NAVI21)", "discrete GPU"), "vulkan AMD Radeon RX 6800"),
        (adapter("llvmpipe (LLVM 15.0.6, 256 bits)", "CPU / Software"), "vulkan llvmpipe"),
        (adapter("Newcomer", "CPU / Software"), "vulkan Newcomer (software)"),
        (adapter("Intel, of a kind", "integrated GPU"), "vulkan Intel, of a kind"),
    ],
)
def test_the_driver_is_the_adapter_that_the_runtime_says_it_selected(gpu: ModuleType, line: str, driver: str) -> None:
    """Its name without the maker's additions; that one is in software is always in it."""
    assert gpu.driver(["INFO: something", line, "INFO: more"]) == driver


@pytest.mark.parametrize("lines", [[], ["INFO: Created a WebGPU environment."], [SELECTED, "E0000 environment.cc:105] Validation error: Error while parsing"]])
def test_nothing_is_proven_without_an_adapter_or_with_an_invalid_shader(gpu: ModuleType, lines: list[str]) -> None:
    """Then the driver is not named, and execution is unknown."""
    assert gpu.driver(lines) == ""


def test_operations_that_are_not_taken_are_told_in_the_runtimes_own_words(gpu: ModuleType) -> None:
    """Each kind once, without the names of tensors and places in source code."""
    error = gpu.refused(RAISED, [SELECTED, *NOT_TAKEN])

    assert error.reason == "engine-cannot-read"
    assert str(error) == (
        "Some ops are not accelerated. Add kLiteRtHwAcceleratorCpu to the set; Following operations are not supported by GPU delegate; "
        "CONV_2D: Tensor type(INT16) is not supported; DEQUANTIZE: Unsupported dequantization type; "
        "1 operations will run on the GPU, and the remaining 3 operations will run on the CPU"
    )


def test_an_option_of_no_such_value_is_refused_on_the_gpu_too(folder: Path, on_gpu: Order, carry) -> None:  # noqa: ANN001
    """As on the CPU, before a driver is looked for."""
    end = carry(folder, msgspec.structs.replace(on_gpu, options={"xnnpack": "maybe"})).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, "xnnpack=maybe" in end.message) == ("open", True)


@pytest.mark.slow
def test_without_a_driver_the_accelerator_is_absent(folder: Path, on_gpu: Order, carry, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN001
    """Nothing falls back to the CPU."""
    monkeypatch.setenv("VK_ICD_FILENAMES", "/nonexistent")
    end = carry(folder, on_gpu).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "accelerator-absent")
    assert "ulkan" in end.message


@pytest.mark.slow
@pytest.mark.needs_part("vulkan-loader", "swiftshader")
@pytest.mark.usefixtures("shader")
class TestInSoftware:
    """Through SwiftShader."""

    def test_every_rows_outputs_are_its_own(self, folder: Path, on_gpu: Order, carry, rows: Any) -> None:  # noqa: ANN001
        """Each row's answer is there when the next row is set; the driver is named, execution proven, operations not counted."""
        report = carry(folder, on_gpu)
        found = np.fromfile(folder / "output0.bin", "<f4").reshape(len(rows), 1, 3)

        assert report.executed == Executed("gpu", "vulkan SwiftShader", "full", None, None)
        np.testing.assert_allclose(found, rows @ WEIGHTS + BIAS, rtol=1e-5, atol=1e-5)

    def test_a_free_number_of_rows_is_one(self, folder: Path, on_gpu: Order, carry, rows: Any) -> None:  # noqa: ANN001
        """The only size that it is compiled for; an order for another is refused before anything runs."""
        (folder / "model.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, BIAS, free_rows=True))
        assert isinstance(carry(folder, on_gpu).end, Done)
        np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "<f4").reshape(len(rows), 1, 3), rows @ WEIGHTS + BIAS, rtol=1e-5, atol=1e-5)

        np.zeros((5, 2, 4), "<f4").tofile(folder / "input0.bin")
        two = [msgspec.structs.replace(tensor, shape=(2, tensor.shape[1])) for tensor in (*on_gpu.inputs, *on_gpu.outputs)]
        end = carry(folder, msgspec.structs.replace(on_gpu, inputs=(two[0],), outputs=(two[1],))).end
        assert isinstance(end, FailedOrder)
        assert (end.stage, end.reason) == ("check", "shape-mismatch")

    def test_timing_and_memory_orders_are_carried_out(self, folder: Path, timing: Order, carry) -> None:  # noqa: ANN001
        """Loading twice in one process works too: a load phase may have several runs."""
        twice = msgspec.structs.replace(timing.phases[0], min_runs=2)
        report = carry(folder, msgspec.structs.replace(timing, accelerator="gpu", phases=(twice, *timing.phases[1:])))
        assert [len(line.ns) for line in report.samples] == [2, 1, 2, 5]
        assert carry(folder, msgspec.structs.replace(timing, kind="memory", phases=(), accelerator="gpu")).memory is not None

    def test_a_variable_tensor_is_refused_in_the_runtimes_own_words(self, folder: Path, on_gpu: Order, carry) -> None:  # noqa: ANN001
        """They are on standard error and not in the exception."""
        (folder / "model.tflite").write_bytes(tiny_tflite.running_sum(4))
        output = msgspec.structs.replace(on_gpu.outputs[0], shape=(1, 4))
        end = carry(folder, msgspec.structs.replace(on_gpu, outputs=(output,))).end

        assert isinstance(end, FailedOrder)
        assert (end.reason, end.message) == ("engine-cannot-read", "Failed to load model from file; Variable tensors not yet supported")

    @pytest.mark.parametrize("again", ["", "engine.close(); engine.close(); engine.load()", "engine.reset()"])
    def test_an_inference_ends_when_its_outputs_are_here(self, folder: Path, project: Path, again: str) -> None:
        """They were read back within it: without any buffer left they are told, for the row that it ran; also after it was loaded anew."""
        program = ALONE.replace("AGAIN", again)
        words = [str(project / "device_scripts"), str(folder / "model.tflite"), str(folder / "read.npy")]
        subprocess.run([sys.executable, "-c", program, *words], capture_output=True, check=True)
        np.testing.assert_allclose(np.load(folder / "read.npy"), WEIGHTS.sum(axis=0, keepdims=True) + BIAS, rtol=1e-5)

"""The runner's ncnn engine: outputs of each row on the CPU and through Vulkan in software, halves, and folders that it cannot read."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

import tiny_ncnn
from linear_model import BIAS, WEIGHTS
from pocketbench.parts import swiftshader
from pocketbench.protocol import Executed, FailedOrder, Order


@pytest.fixture
def ordered(order: Order, folder: Path) -> Order:
    """An order for a linear model, and the model."""
    tiny_ncnn.linear(folder, WEIGHTS, BIAS)
    return msgspec.structs.replace(order, engine="ncnn", model="model.ncnn")


@pytest.fixture
def engine(project: Path, runner: ModuleType) -> ModuleType:
    """The engine's file as a module."""
    spec = importlib.util.spec_from_file_location("ncnn_engine", project / "device_scripts" / "engines" / "ncnn.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_rows_outputs_are_its_own(folder: Path, ordered: Order, carry, rows: Any) -> None:  # noqa: ANN001
    """On the CPU everything runs there."""
    assert carry(folder, ordered).executed == Executed("cpu", "", "full", None, 1)
    np.testing.assert_allclose(_read(folder, rows), rows @ WEIGHTS + BIAS, rtol=1e-5, atol=1e-5)


def test_halves_are_read_as_what_they_are(folder: Path, ordered: Order, carry, rows: Any) -> None:  # noqa: ANN001
    """Weights of 16 bits give the same answers but for their rounding."""
    tiny_ncnn.linear(folder, WEIGHTS, BIAS, halves=True)
    carry(folder, ordered)
    np.testing.assert_allclose(_read(folder, rows), rows @ WEIGHTS + BIAS, rtol=2e-2, atol=2e-2)


def test_timing_and_memory_orders_are_carried_out(folder: Path, ordered: Order, timing: Order, carry) -> None:  # noqa: ANN001
    """Loading more than once in a process works too."""
    phases = (msgspec.structs.replace(timing.phases[0], min_runs=2), *timing.phases[1:])
    report = carry(folder, msgspec.structs.replace(ordered, kind="timing", phases=phases))
    assert [len(line.ns) for line in report.samples] == [2, 1, 2, 5]
    assert carry(folder, msgspec.structs.replace(ordered, kind="memory")).memory is not None


@pytest.mark.parametrize(
    ("lines", "content", "named"),
    [
        (["Frobnicate f 1 1 in0 out0"], b"", "Frobnicate"),
        (["InnerProduct dense 1 1 in0 out0 0=3 1=1 2=12"], bytes(20), "dense"),
    ],
)
def test_a_folder_that_it_cannot_read_is_told_in_its_own_words(folder: Path, ordered: Order, carry, lines: list[str], content: bytes, named: str) -> None:  # noqa: ANN001
    """A layer that it does not know, and weights that end early."""
    tiny_ncnn.model(folder, lines, content)
    end = carry(folder, ordered).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "engine-cannot-read")
    assert named in end.message or "read" in end.message


def test_an_option_of_no_such_value_is_refused(folder: Path, ordered: Order, carry) -> None:  # noqa: ANN001
    """The message names the option and what is known."""
    end = carry(folder, msgspec.structs.replace(ordered, options={"fp16": "maybe"})).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, "fp16=maybe" in end.message) == ("open", True)


def test_closing_twice_and_before_loading_does_nothing(engine: ModuleType, folder: Path, ordered: Order) -> None:
    """An engine can be closed at any time, and loaded again after it."""
    ready = engine.Engine(str(folder / ordered.model), {"options": {}, "threads": 1})
    for _ in range(2):
        ready.close()
        ready.close()
        ready.load()
        assert ready.inputs() == [("x", (1, 4), "float32")]


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("SwiftShader Device (Subzero)", 3, "vulkan SwiftShader"),
        ("llvmpipe (LLVM 15.0.6, 256 bits)", 3, "vulkan llvmpipe"),
        ("Some Processor", 3, "vulkan Some Processor (software)"),
        ("Adreno (TM) 730", 1, "vulkan Adreno (TM) 730"),
        ("NVIDIA H100 PCIe", 0, "vulkan NVIDIA H100 PCIe"),
    ],
)
def test_a_driver_in_software_is_known_by_its_name_or_its_type(engine: ModuleType, name: str, kind: int, said: str) -> None:
    """The harness marks its rows by the name."""
    assert engine.driver(name, kind) == said


@pytest.mark.slow
def test_without_a_driver_the_accelerator_is_absent(folder: Path, ordered: Order, carry, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN001
    """Nothing falls back to the CPU."""
    monkeypatch.setenv("VK_ICD_FILENAMES", "/nonexistent")
    end = carry(folder, msgspec.structs.replace(ordered, accelerator="vulkan")).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "accelerator-absent")


@pytest.mark.slow
@pytest.mark.needs_part("vulkan-loader", "swiftshader")
class TestInSoftware:
    """Through SwiftShader."""

    @pytest.fixture
    def on_vulkan(self, ordered: Order, monkeypatch: pytest.MonkeyPatch) -> Order:
        """The order for Vulkan, with SwiftShader as the only driver."""
        monkeypatch.setenv("VK_ICD_FILENAMES", str(swiftshader.driver()))
        return msgspec.structs.replace(ordered, accelerator="vulkan")

    def test_every_rows_outputs_are_its_own(self, folder: Path, on_vulkan: Order, carry, rows: Any) -> None:  # noqa: ANN001
        """The driver is named, and every layer has a shader."""
        assert carry(folder, on_vulkan).executed == Executed("vulkan", "vulkan SwiftShader", "full", 1, 1)
        np.testing.assert_allclose(_read(folder, rows), rows @ WEIGHTS + BIAS, rtol=1e-4, atol=1e-4)

    def test_layers_without_a_shader_are_told(self, folder: Path, on_vulkan: Order, carry, rows: Any) -> None:  # noqa: ANN001
        """Sums of all numbers before each run on the CPU, behind a layer that does not."""
        content = bytes(4) + WEIGHTS.T.astype("<f4").tobytes() + BIAS.astype("<f4").tobytes()
        tiny_ncnn.model(folder, ["InnerProduct dense 1 1 in0 h 0=3 1=1 2=12", "CumulativeSum sum 1 1 h out0 0=0"], content)
        assert carry(folder, on_vulkan).executed == Executed("vulkan", "vulkan SwiftShader", "partial", 1, 2)
        np.testing.assert_allclose(_read(folder, rows), np.cumsum(rows @ WEIGHTS + BIAS, -1), rtol=1e-4, atol=1e-4)


def _read(folder: Path, rows: Any) -> Any:
    """What the runner wrote."""
    return np.fromfile(folder / "output0.bin", "<f4").reshape(len(rows), 1, 3)

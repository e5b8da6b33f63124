"""The runner's ONNX Runtime engine: outputs of each row, options, which provider has how many operations, and files that it cannot read."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest
from onnx import TensorProto, helper

import tiny_onnx
from linear_model import BIAS, WEIGHTS
from pocketbench.protocol import Done, Executed, FailedOrder, Order

ALL_CPU = Executed("cpu", "CPUExecutionProvider", "full", 1, 1)


@pytest.fixture
def ordered(order: Order, folder: Path) -> Order:
    """An order for a linear model, and the model."""
    (folder / "model.onnx").write_bytes(tiny_onnx.linear(WEIGHTS, BIAS))
    return msgspec.structs.replace(order, engine="onnxruntime", model="model.onnx")


@pytest.fixture
def engine(project: Path, runner: ModuleType) -> ModuleType:
    """The engine's file as a module."""
    spec = importlib.util.spec_from_file_location("onnxruntime_engine", project / "device_scripts" / "engines" / "onnxruntime.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_rows_outputs_are_its_own(folder: Path, ordered: Order, carry, rows: Any) -> None:  # noqa: ANN001
    """Each row is what the runtime reads when it is set; its provider is told with the operations that it has."""
    report = carry(folder, ordered)
    assert report.executed == ALL_CPU
    np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "<f4").reshape(len(rows), 1, 3), rows @ WEIGHTS + BIAS, rtol=1e-5, atol=1e-5)


def test_an_open_number_of_rows_is_the_orders(folder: Path, ordered: Order, carry) -> None:  # noqa: ANN001
    """Sizes that the file leaves open are those of the order."""
    (folder / "model.onnx").write_bytes(tiny_onnx.linear(WEIGHTS, BIAS, rows="batch"))
    assert isinstance(carry(folder, ordered).end, Done)


def test_timing_and_memory_orders_are_carried_out(folder: Path, ordered: Order, timing: Order, carry) -> None:  # noqa: ANN001
    """Loading more than once in a process works too."""
    phases = (msgspec.structs.replace(timing.phases[0], min_runs=2), *timing.phases[1:])
    report = carry(folder, msgspec.structs.replace(ordered, kind="timing", phases=phases))
    assert [len(line.ns) for line in report.samples] == [2, 1, 2, 5]
    assert carry(folder, msgspec.structs.replace(ordered, kind="memory")).memory is not None


def test_a_processor_without_vnni_is_asked_for_exact_sums(engine: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only an x86 one, and only unless the order says otherwise."""
    monkeypatch.setattr(engine.platform, "machine", lambda: "x86_64")
    for flags, wanted in (("fpu avx2 avx512f", True), ("fpu avx512_vnni", False), ("fpu avx_vnni", False)):
        (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags\t\t: {flags}\n")
        monkeypatch.setattr(engine, "Path", lambda _: tmp_path / "cpuinfo")
        assert (engine.exact("auto"), engine.exact("on"), engine.exact("off")) == (wanted, True, False)
    monkeypatch.setattr(engine.platform, "machine", lambda: "aarch64")
    assert not engine.exact("auto")


def test_weights_that_operations_share_are_told_where_exact_sums_cannot_be_had(folder: Path, ordered: Order, carry) -> None:  # noqa: ANN001
    """The runtime rewrites a weight twice and fails; the message says what loads the file."""
    nodes = [helper.make_node("MatMulInteger", ["x", "w"], [name]) for name in ("y", "z")]
    outputs = [helper.make_tensor_value_info(name, TensorProto.INT32, [1, 32]) for name in ("y", "z")]
    inputs = [helper.make_tensor_value_info("x", TensorProto.UINT8, [1, 64])]
    (folder / "model.onnx").write_bytes(tiny_onnx.model(nodes, inputs, outputs, {"w": np.full((64, 32), 127, np.int8)}).SerializeToString())
    end = carry(folder, msgspec.structs.replace(ordered, options={"exact_int8": "on"})).end
    assert isinstance(end, FailedOrder)
    assert (end.reason, "exact_int8 = off loads the file" in end.message) == ("engine-cannot-read", True)


@pytest.mark.parametrize(
    ("content", "named"), [(tiny_onnx.custom("Frob", "my.own"), "Frob"), (b"nothing", "rotobuf"), (tiny_onnx.linear(WEIGHTS, BIAS)[:100], "rotobuf")]
)
def test_a_file_that_it_cannot_read_is_told_in_its_own_words(folder: Path, ordered: Order, carry, content: bytes, named: str) -> None:  # noqa: ANN001
    """A foreign operation, what is no ONNX file, one that was cut short."""
    (folder / "model.onnx").write_bytes(content)
    end = carry(folder, ordered).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "engine-cannot-read")
    assert named in end.message


def test_an_option_of_no_such_value_is_refused(folder: Path, ordered: Order, carry) -> None:  # noqa: ANN001
    """The message names the option and what is known."""
    end = carry(folder, msgspec.structs.replace(ordered, options={"exact_int8": "maybe"})).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, "exact_int8=maybe" in end.message) == ("open", True)


def test_closing_twice_and_before_loading_does_nothing(engine: ModuleType, folder: Path, ordered: Order) -> None:
    """An engine can be closed at any time, and loaded again after it."""
    ready = engine.Engine(str(folder / ordered.model), {"options": {}, "threads": 1})
    for _ in range(2):
        ready.close()
        ready.close()
        ready.load()
        assert ready.inputs() == [("x", (1, 4), "float32")]

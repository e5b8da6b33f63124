"""The runner's LiteRT engine: options, and proof of what XNNPACK took over."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

import msgspec
import numpy as np
import pytest

import tiny_tflite
from linear_model import BIAS, WEIGHTS
from pocketbench.protocol import Executed, FailedOrder, Order


@pytest.fixture
def interpreter(runner: ModuleType) -> ModuleType:
    """What the engine shares with tflite-runtime."""
    return importlib.import_module("tflite_interpreter")


@pytest.fixture
def litert(project: Path, runner: ModuleType) -> ModuleType:
    """The engine's file as a module."""
    spec = importlib.util.spec_from_file_location("litert_engine", project / "device_scripts" / "engines" / "litert.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def operation(index: int, name: str, inputs: list[int], outputs: list[int]) -> dict[str, object]:
    """One entry of the interpreter's list."""
    return {"index": index, "op_name": name, "inputs": np.array(inputs, np.int32), "outputs": np.array(outputs, np.int32)}


# What ai-edge-litert 2.3.0 lists for relu(x @ w), cumsum, relu(… @ w), and of that the reverse and a sum.
PARTLY = [
    operation(0, "FULLY_CONNECTED", [0, 3, -1], [4]),
    operation(1, "CUMSUM", [4, 2], [5]),
    operation(2, "FULLY_CONNECTED", [5, 3, -1], [6]),
    operation(3, "REVERSE_V2", [6, 1], [7]),
    operation(4, "ADD", [6, 4], [8]),
    operation(5, "DELEGATE", [0, 3], [4]),
    operation(6, "DELEGATE", [3, 4, 5], [6, 8]),
]


@pytest.mark.parametrize(("xnnpack", "executed"), [("on", Executed("cpu", "xnnpack", "full", 1, 1)), ("off", Executed("cpu", "", "full", 0, 1))])
def test_xnnpack_is_named_only_where_it_took_an_operation(folder, order, carry, xnnpack, executed) -> None:  # noqa: ANN001
    """On, the one operation is XNNPACK's; off, it is the runtime's own."""
    assert carry(folder, msgspec.structs.replace(order, options={"xnnpack": xnnpack})).executed == executed


def test_xnnpack_is_not_named_where_it_was_on_and_took_nothing(folder, order, carry) -> None:  # noqa: ANN001
    """XNNPACK has no RNN: nothing delegated, no driver."""
    (folder / "model.tflite").write_bytes(tiny_tflite.running_sum(4))
    output = msgspec.structs.replace(order.outputs[0], shape=(1, 4))
    assert carry(folder, msgspec.structs.replace(order, outputs=(output,))).executed == Executed("cpu", "", "full", 0, 1)


def test_an_option_of_no_such_value_is_refused(folder: Path, order: Order, carry) -> None:  # noqa: ANN001
    """The message names the option and what is known."""
    end = carry(folder, msgspec.structs.replace(order, options={"xnnpack": "maybe"})).end
    assert isinstance(end, FailedOrder)
    assert end.stage == "open"
    assert "xnnpack=maybe" in end.message


def test_a_custom_operation_without_a_kernel_cannot_be_read(folder: Path, order: Order, carry) -> None:  # noqa: ANN001
    """The runtime's own words reach the report."""
    (folder / "model.tflite").write_bytes(tiny_tflite.custom("Frobnicate"))
    end = carry(folder, order).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "engine-cannot-read")
    assert "Frobnicate" in end.message


def test_operations_taken_over_are_counted_behind_each_delegate(interpreter: ModuleType) -> None:
    """Two groups took three of five operations: the cumulative sum and the reversal stayed."""
    assert interpreter._delegated(PARTLY, {7, 8}) == {"delegated": 3, "operations": 5}


def test_an_operation_whose_result_nobody_reads_makes_the_number_unknown(interpreter: ModuleType) -> None:
    """It cannot be seen whether a delegate took it."""
    assert interpreter._delegated(PARTLY, {8}) == {"delegated": None, "operations": 5}


def test_closing_twice_and_before_loading_does_nothing(litert: ModuleType, tmp_path: Path) -> None:
    """An engine can be closed at any time, and loaded again after it."""
    (tmp_path / "model.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, BIAS))
    engine = litert.Engine(str(tmp_path / "model.tflite"), {"options": {}, "threads": 1, "inputs": []})
    for _ in range(2):
        engine.close()
        engine.close()
        engine.load()
        assert engine.inputs() == [("x", (1, 4), "float32")]

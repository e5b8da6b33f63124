"""The runner's tflite-runtime engine, in its environment."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

import tiny_tflite
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import protocol
from pocketbench.devices.host import Host
from pocketbench.protocol import Done, Executed, FailedOrder, Order, Report

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("tflite_runtime")]


@pytest.fixture
def old(order: Order) -> Order:
    """The order, for the older runtime."""
    return msgspec.structs.replace(order, engine="tflite-runtime")


def carried(order: Order, folder: Path) -> Report:
    """The report of an order that the host carries out in the environment."""
    return protocol.read_report(Host().carry(order, folder, 120, environment="tflite-runtime").report, order)


@pytest.mark.parametrize(("xnnpack", "driver", "delegated"), [("on", "xnnpack", 1), ("off", "", 0)])
def test_it_computes_the_model_with_xnnpack_or_without(folder: Path, old: Order, rows: np.ndarray, xnnpack: str, driver: str, delegated: int) -> None:  # type: ignore[type-arg]
    """The outputs are the model's, the version is the package's, and what XNNPACK took is told."""
    report = carried(msgspec.structs.replace(old, options={"xnnpack": xnnpack}), folder)

    assert isinstance(report.end, Done)
    assert (report.hello.engine, report.hello.engine_version) == ("tflite-runtime", "2.14.0")
    assert report.executed == Executed("cpu", driver, "full", delegated, 1)
    np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 3), rows[:, 0] @ WEIGHTS + BIAS, rtol=1e-5)


def test_it_is_timed_phase_by_phase(folder: Path, timing: Order) -> None:
    """As every engine of the runner."""
    report = carried(msgspec.structs.replace(timing, engine="tflite-runtime"), folder)

    assert [samples.phase for samples in report.samples] == ["load", "first", "warmup", "steady"]


def test_a_state_is_brought_back_to_its_beginning(folder: Path, old: Order, rows: np.ndarray) -> None:  # type: ignore[type-arg]
    """A running sum that is reset before each row gives the rows."""
    (folder / "model.tflite").write_bytes(tiny_tflite.running_sum(4))
    output = msgspec.structs.replace(old.outputs[0], shape=(1, 4))
    positive = np.abs(rows)
    positive.tofile(folder / "input0.bin")
    carried(msgspec.structs.replace(old, outputs=(output,), stateful=True), folder)

    np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 4), positive[:, 0])


def test_an_option_of_no_such_value_is_refused(folder: Path, old: Order) -> None:
    """The message names the option and the engine."""
    end = carried(msgspec.structs.replace(old, options={"xnnpack": "maybe"}), folder).end

    assert isinstance(end, FailedOrder)
    assert "tflite-runtime has no option xnnpack=maybe" in end.message


def test_python_paths_of_the_harness_do_not_reach_the_environment(folder: Path, old: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """A numpy that was built for another Python or another runtime would be taken first."""
    (folder / "numpy.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))

    assert isinstance(carried(old, folder).end, Done)


def test_in_the_harness_own_python_the_package_is_missing(folder: Path, old: Order) -> None:
    """The runner says which."""
    report = protocol.read_report(Host().carry(old, folder, 120).report, old)

    assert isinstance(report.end, FailedOrder)
    assert (report.end.stage, report.end.reason) == ("open", "toolchain-missing")
    assert "tflite_runtime" in report.end.message

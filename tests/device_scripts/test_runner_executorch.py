"""The runner's ExecuTorch engine, on recorded programs of the linear model; see ``test_pte.py``."""

import importlib
import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench.protocol import Done, Executed, FailedOrder, Order, Report

Carry = Callable[..., Report]
Lay = Callable[..., Order]

pytestmark = pytest.mark.slow


@pytest.fixture
def lay(project: Path, folder: Path, order: Order) -> Lay:
    """Lay a recorded program beside the rows, and order it run."""

    def laid(name: str, **changes: Any) -> Order:
        shutil.copyfile(project / "tests" / "recorded" / "pte" / f"{name}.pte", folder / "model.pte")
        return msgspec.structs.replace(order, engine="executorch", model="model.pte", **changes)

    return laid


@pytest.fixture
def engine_module(project: Path, runner: ModuleType) -> ModuleType:
    """The engine's file as a module."""
    spec = importlib.util.spec_from_file_location("executorch_engine", project / "device_scripts" / "engines" / "executorch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "executed", "most"),
    [
        ("linear", Executed("cpu", "xnnpack", "full", 1, 1), 1e-6),
        ("linear-portable-int8", Executed("cpu", "", "full", 0, 7), 0.5),
    ],
)
def test_rows_come_out_as_the_model_computes_them(folder: Path, rows, lay: Lay, carry: Carry, name: str, executed: Executed, most: float) -> None:  # noqa: ANN001
    """XNNPACK took the one operation of the one file and none of the other's seven, whose calibrated range cuts one row off."""
    report = carry(folder, lay(name))

    assert isinstance(report.end, Done), report.end
    assert report.executed == executed
    found = np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 1, 3)
    np.testing.assert_allclose(found, rows @ WEIGHTS + BIAS, atol=most)


def test_a_timing_order_is_timed_with_the_threads_that_it_asks_for(folder: Path, timing: Order, lay: Lay, carry: Carry) -> None:
    """The runtime's version is in the hello, and every phase has its samples."""
    report = carry(folder, lay("linear-int8", kind="timing", phases=timing.phases, threads=2))

    assert isinstance(report.end, Done), report.end
    assert report.hello.engine_version == "1.3.1"
    assert [each.phase for each in report.samples] == [each.phase for each in timing.phases]


def test_a_back_end_that_is_not_there_is_named(folder: Path, lay: Lay, carry: Carry) -> None:
    """A program for Vulkan cannot be read here, in the runtime's own words, which it gives on standard error alone."""
    end = carry(folder, lay("linear-vulkan")).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "engine-cannot-read")
    assert "Backend VulkanBackend is not registered" in end.message


def test_a_program_cut_short_cannot_be_read(folder: Path, lay: Lay, carry: Carry) -> None:
    """The message says how long it should be."""
    ordered = lay("linear")
    whole = (folder / "model.pte").read_bytes()
    (folder / "model.pte").write_bytes(whole[: len(whole) // 2])
    end = carry(folder, ordered).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "engine-cannot-read")
    assert f"{len(whole) // 2}" in end.message


def test_an_option_is_refused(folder: Path, lay: Lay, carry: Carry) -> None:
    """There are none."""
    end = carry(folder, lay("linear", options={"xnnpack": "off"})).end

    assert isinstance(end, FailedOrder)
    assert end.stage == "open"
    assert "executorch has no options" in end.message


def test_one_engine_loads_runs_and_closes_again_and_again(engine_module: ModuleType, project: Path) -> None:
    """Runs after the first need no new row, a reset keeps it, and closing twice does nothing."""
    order = {"options": {}, "threads": 1, "inputs": [{"name": "x"}], "outputs": [{"name": "y"}]}
    engine = engine_module.Engine(str(project / "tests" / "recorded" / "pte" / "linear.pte"), order)
    row = np.array([[1, -2, 3, 0.5]], np.float32)
    for _ in range(2):
        engine.close()
        engine.close()
        engine.load()
        assert (engine.inputs(), engine.outputs()) == ([("x", (1, 4), "float32")], [("y", (1, 3), "float32")])
        engine.set([row])
        for again in (engine.invoke, engine.invoke, engine.reset):
            again()
        engine.invoke()
        np.testing.assert_allclose(engine.read()[0], row @ WEIGHTS + BIAS, rtol=1e-6)

"""Node.js as a runner: the page's own modules where there is no browser. What they do with orders is tested in the browser; here, what is Node's own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import tiny_tfjs
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import protocol
from pocketbench.devices.host import Host
from pocketbench.protocol import FailedOrder, Order, Phase, Report, TensorFile

pytestmark = pytest.mark.slow
EXAMPLES = ("timing", "outputs", "memory", "failed")
Array = np.ndarray[Any, Any]
Carry = Callable[..., Report]


@pytest.fixture
def order() -> Order:
    """An outputs order for the folder ``model``: x (1, 4) to y (1, 3), float32, five rows, on wasm."""
    return Order(
        protocol=protocol.PROTOCOL, order="0123", kind="outputs", engine="tfjs", model="model", accelerator="wasm", threads=1, options={}, rows=ROWS,
        inputs=(TensorFile("x", "input0.bin", (1, 4), "float32"),), outputs=(TensorFile("y", "output0.bin", (1, 3), "float32"),),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, rows: Array) -> Path:
    """A folder with a linear graph model and the rows."""
    tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(WEIGHTS, BIAS))
    rows.tofile(tmp_path / "input0.bin")
    return tmp_path


@pytest.fixture
def carry() -> Carry:
    """Carry an order out as the host does, and read its report."""
    return lambda folder, order: protocol.read_report(Host().carry(order, folder, 120, runner="node").report, order)


def changed(order: Order, **fields: Any) -> Order:
    """The order with some fields changed."""
    return msgspec.structs.replace(order, **fields)


@pytest.mark.parametrize(("accelerator", "driver"), [("cpu", "javascript"), ("wasm", "wasm simd")])
def test_outputs_are_what_numpy_computes_on_both_back_ends(folder: Path, order: Order, rows: Array, carry: Carry, accelerator: str, driver: str) -> None:
    """And all of it is seen to have run there."""
    report = carry(folder, changed(order, accelerator=accelerator))

    np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 1, 3), rows @ WEIGHTS + BIAS, rtol=0, atol=2e-6)
    assert report.executed is not None
    assert (report.hello.runner, report.executed.executed_on, report.executed.driver, report.executed.execution) == ("node", accelerator, driver, "full")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_golden_orders_are_carried_out_as_the_golden_reports_say(project: Path, tmp_path: Path, carry: Carry, name: str) -> None:
    """The same lines in the same order with the same fields, memory too; a failure word for word."""
    examples = project / "android_app" / "protocol" / "examples"
    order = msgspec.json.decode((examples / f"{name}.order.json").read_bytes(), type=Order)
    tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(WEIGHTS, BIAS))
    np.zeros((order.rows, *order.inputs[0].shape), dtype="<f4").tofile(tmp_path / "input0.bin")
    carry(tmp_path, changed(order, engine="tfjs", model="model", options={}))

    golden, found = ([json.loads(line) for line in path.read_text().splitlines()] for path in (examples / f"{name}.report.jsonl", tmp_path / "report.jsonl"))
    assert [(line["event"], line.get("phase"), sorted(line)) for line in found] == [(line["event"], line.get("phase"), sorted(line)) for line in golden]
    assert [line for line in found if line["event"] == "failed"] == [line for line in golden if line["event"] == "failed"]


def test_memory_is_a_mark_before_load_and_a_higher_one_after(folder: Path, order: Order, carry: Carry) -> None:
    """A model with 32 MiB of weights raises the high-water mark by no less."""
    weights = np.ones((2048, 4096), dtype=np.float32)
    tiny_tfjs.write(folder / "model", *tiny_tfjs.linear(weights, np.zeros(4096, dtype=np.float32)))
    np.zeros((ROWS, 1, 2048), dtype="<f4").tofile(folder / "input0.bin")
    wide = changed(
        order, kind="memory", inputs=(TensorFile("x", "input0.bin", (1, 2048), "float32"),), outputs=(TensorFile("y", "o.bin", (1, 4096), "float32"),)
    )

    memory = carry(folder, wide).memory
    assert memory is not None
    assert weights.nbytes * 0.9 < memory.peak_bytes - memory.before_load_bytes < weights.nbytes * 8


def test_threads_that_it_does_not_make_are_told(folder: Path, order: Order, carry: Carry) -> None:
    """By the words of the driver."""
    executed = carry(folder, changed(order, threads=2)).executed

    assert executed is not None
    assert executed.driver == "wasm simd, 1 of 2 threads: TensorFlow.js makes none in Node.js"


@pytest.mark.parametrize("accelerator", ["webgl", "webgpu"])
def test_a_browsers_gpu_is_absent(folder: Path, order: Order, carry: Carry, accelerator: str) -> None:
    """There is none in Node.js."""
    end = carry(folder, changed(order, accelerator=accelerator)).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("open", "accelerator-absent")


def test_an_order_after_another_begins_its_files_anew(folder: Path, order: Order, carry: Carry) -> None:
    """Neither report nor outputs are appended to what was there."""
    first = carry(folder, order).end
    again = carry(folder, order).end

    assert first == again
    assert (folder / "output0.bin").stat().st_size == ROWS * 3 * 4


def test_links_out_of_the_folder_are_not_followed(folder: Path, order: Order, carry: Carry, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What one leads to is not there to be read, and is not written."""
    outside = tmp_path_factory.mktemp("outside") / "file.bin"
    (folder / "output0.bin").symlink_to(outside)
    assert isinstance(carry(folder, order).end, FailedOrder)
    assert not outside.exists()
    (folder / "output0.bin").unlink()
    (folder / "input0.bin").rename(outside)
    (folder / "input0.bin").symlink_to(outside)
    end = carry(folder, order).end
    assert isinstance(end, FailedOrder)
    assert end.reason == "shape-mismatch"


def test_a_batch_of_samples_is_of_the_orders_size(folder: Path, order: Order, carry: Carry) -> None:
    """Warm-up and steady samples are sums over the batch."""
    phases = (Phase("load"), Phase("first"), Phase("warmup", min_runs=2), Phase("steady", min_runs=3, max_runs=5))
    report = carry(folder, changed(order, kind="timing", phases=phases, batch=4))

    assert [(line.phase, line.batch, len(line.ns)) for line in report.samples] == [("load", 1, 1), ("first", 1, 1), ("warmup", 4, 2), ("steady", 4, 5)]

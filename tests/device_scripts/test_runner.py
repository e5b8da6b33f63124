"""The Python runner: what it does with orders, good and bad, in a process of its own."""

import gc
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

import tiny_tflite
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench.protocol import Done, FailedOrder, Order, Phase, Report, TensorFile
from pocketbench.reasons import REASONS

EXAMPLES = ("timing", "outputs", "memory", "failed")
Array = np.ndarray[Any, Any]
Carry = Callable[..., Report]


def changed(order: Order, **fields: Any) -> Order:
    """The order with some fields changed."""
    return msgspec.structs.replace(order, **fields)


def failure(carry: Carry, folder: Path, order: Order, **how: Any) -> tuple[str, str]:
    """Carry out an order that must fail; the stage and the reason."""
    end = carry(folder, order, **how).end
    assert isinstance(end, FailedOrder)
    return end.stage, end.reason


def test_outputs_are_what_numpy_computes_row_by_row(folder: Path, order: Order, rows: Array, carry: Carry) -> None:
    """Each row's output stands in the file at its place, in float32."""
    report = carry(folder, order)
    found = np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 1, 3)
    np.testing.assert_allclose(found, rows @ WEIGHTS + BIAS, rtol=0, atol=2e-6)
    assert report.outputs is not None
    assert report.outputs.rows == ROWS


def test_the_hello_names_the_order_the_engine_and_the_clock(folder: Path, order: Order, carry: Carry) -> None:
    """The first line says who speaks and how fine its clock is."""
    hello = carry(folder, order).hello
    assert (hello.order, hello.runner, hello.engine) == ("0123", "python", "litert")
    assert hello.engine_version[0].isdigit()
    assert hello.pid != os.getpid()
    assert 0 < hello.clock_step_ns < 1_000_000


def test_phases_keep_their_bounds(folder: Path, timing: Order, carry: Carry) -> None:
    """A phase without bounds ends at its minima, one with max_runs goes on to it, one with min_ns goes on past min_runs."""
    phases = (Phase("load", min_runs=2), Phase("first"), Phase("warmup", min_runs=2, min_ns=20_000_000), Phase("steady", min_runs=3, max_runs=9))
    samples = {line.phase: line for line in carry(folder, changed(timing, phases=phases)).samples}
    assert {phase: len(line.ns) for phase, line in samples.items() if phase != "warmup"} == {"load": 2, "first": 1, "steady": 9}
    assert len(samples["warmup"].ns) > 2
    assert all(one > 0 for line in samples.values() for one in line.ns)


def test_a_batch_is_told_with_its_samples_and_never_given_to_load_or_first(folder: Path, timing: Order, carry: Carry) -> None:
    """Warm-up and steady samples are sums over the batch; a load and a first inference are single."""
    report = carry(folder, changed(timing, batch=16))
    assert {line.phase: line.batch for line in report.samples} == {"load": 1, "first": 1, "warmup": 16, "steady": 16}


def test_a_stateful_order_resets_the_model_before_each_row(folder: Path, order: Order, carry: Carry) -> None:
    """With ``stateful`` each row's sum is the row itself; without, the state carries over."""
    ones = np.ones((ROWS, 1, 4), dtype="<f4")
    (folder / "model.tflite").write_bytes(tiny_tflite.running_sum(4))
    ones.tofile(folder / "input0.bin")
    summing = changed(order, outputs=(TensorFile("y", "output0.bin", (1, 4), "float32"),))
    carry(folder, summing)
    assert np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 4)[:, 0].tolist() == [1, 2, 3, 4, 5]
    carry(folder, changed(summing, stateful=True))
    assert np.fromfile(folder / "output0.bin", "<f4").tolist() == ones.ravel().tolist()


def test_memory_is_a_mark_before_load_and_a_higher_one_after(folder: Path, order: Order, carry: Carry) -> None:
    """A model with 32 MiB of weights raises the high-water mark by about as much, and not by what the starting process holds."""
    weights = np.ones((2048, 4096), dtype=np.float32)
    (folder / "model.tflite").write_bytes(tiny_tflite.linear(weights, np.zeros(4096, dtype=np.float32)))
    np.zeros((ROWS, 1, 2048), dtype="<f4").tofile(folder / "input0.bin")
    wide = changed(
        order, kind="memory", inputs=(TensorFile("x", "input0.bin", (1, 2048), "float32"),), outputs=(TensorFile("y", "o.bin", (1, 4096), "float32"),)
    )
    memory = carry(folder, wide).memory
    assert memory is not None
    assert memory.before_load_bytes > 8 * 1024 * 1024  # an interpreter with numpy and the engine
    assert weights.nbytes * 0.9 < memory.peak_bytes - memory.before_load_bytes < weights.nbytes * 4


def test_a_free_dimension_takes_the_orders_size(folder: Path, order: Order, carry: Carry) -> None:
    """A model with -1 rows runs at the order's two rows at a time."""
    (folder / "model.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, BIAS, free_rows=True))
    x = np.arange(16, dtype="<f4").reshape(2, 2, 4)
    x.tofile(folder / "input0.bin")
    tensors = {"inputs": (TensorFile("x", "input0.bin", (2, 4), "float32"),), "outputs": (TensorFile("y", "output0.bin", (2, 3), "float32"),)}
    carry(folder, changed(order, rows=2, **tensors))
    np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "<f4").reshape(2, 2, 3), x @ WEIGHTS + BIAS, rtol=1e-6)


@pytest.mark.parametrize(
    "tensor",
    [TensorFile("x", "input0.bin", (1, 5), "float32"), TensorFile("x", "input0.bin", (1, 4), "int32"), TensorFile("z", "input0.bin", (1, 4), "float32")],
)
def test_an_input_that_is_not_the_models_is_refused_before_the_first_run(folder: Path, order: Order, carry: Carry, tensor: TensorFile) -> None:
    """Another static shape, another dtype and another name are each a shape-mismatch in the check."""
    (folder / "input0.bin").write_bytes(bytes(ROWS * 4 * tensor.shape[1]))
    assert failure(carry, folder, changed(order, inputs=(tensor,))) == ("check", "shape-mismatch")
    assert not (folder / "output0.bin").exists()


def test_an_input_file_of_another_size_is_refused(folder: Path, order: Order, carry: Carry) -> None:
    """Fewer bytes than the rows need are a shape-mismatch."""
    (folder / "input0.bin").write_bytes(b"\0" * 12)
    assert failure(carry, folder, order) == ("open", "shape-mismatch")


@pytest.mark.parametrize("content", [b"", b"TFL3", b"not a model at all", "truncated"])
def test_a_file_that_is_no_whole_model_cannot_be_read(folder: Path, order: Order, carry: Carry, content: bytes | str) -> None:
    """Empty, foreign and truncated files are said to be unreadable, in the load."""
    whole = (folder / "model.tflite").read_bytes()
    (folder / "model.tflite").write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)
    assert failure(carry, folder, order) == ("load", "engine-cannot-read")


@pytest.mark.parametrize("name", ["../model.tflite", "/etc/passwd", "a/../../model.tflite", "", ".", "order.json", "report.jsonl", "input0.bin", "y\0.bin"])
def test_a_file_outside_the_folder_or_of_two_purposes_is_refused(folder: Path, order: Order, carry: Carry, name: str) -> None:
    """Neither a model nor an output may be named so."""
    assert failure(carry, folder, changed(order, model=name)) == ("open", "protocol")
    before = (folder / "input0.bin").read_bytes()
    assert failure(carry, folder, changed(order, outputs=(TensorFile("y", name, (1, 3), "float32"),))) == ("open", "protocol")
    assert (folder / "input0.bin").read_bytes() == before


def test_a_link_out_of_the_folder_is_refused(folder: Path, order: Order, carry: Carry, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A symbolic link is followed before it is judged."""
    outside = tmp_path_factory.mktemp("outside") / "y.bin"
    (folder / "output0.bin").symlink_to(outside)
    assert failure(carry, folder, order) == ("open", "protocol")
    assert not outside.exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("protocol", 2),
        ("rows", 0),
        ("rows", "5"),
        ("batch", 0),
        ("kind", "dance"),
        ("threads", True),
        ("inputs", [3]),
        ("outputs", None),
        ("phases", [{"phase": "load"}]),
    ],
)
def test_an_order_that_is_not_of_the_protocol_is_refused(folder: Path, order: Order, carry: Carry, key: str, value: Any) -> None:
    """Another protocol number, other types and other kinds are refused while opening, after the hello."""
    said = json.dumps({**msgspec.to_builtins(order), key: value}).encode()
    assert failure(carry, folder, order, said=said) == ("open", "protocol")


@pytest.mark.parametrize(
    "phases",
    [
        (),
        (Phase("first"),),
        (Phase("load"), Phase("load")),
        (Phase("load"), Phase("idle")),
        (Phase("load", min_runs=0),),
        (Phase("load", max_ns=-1),),
        (Phase("load", min_runs=1_000_001),),
    ],
)
def test_phases_that_cannot_be_kept_are_refused(folder: Path, timing: Order, carry: Carry, phases: tuple[Phase, ...]) -> None:
    """Timing begins with load, names known phases once, and keeps its samples in memory."""
    assert failure(carry, folder, changed(timing, phases=phases)) == ("open", "protocol")


@pytest.mark.parametrize("engine", ["tflit", "../order", "Litert", "a" * 99])
def test_an_engine_that_the_runner_does_not_carry_is_refused(folder: Path, order: Order, carry: Carry, engine: str) -> None:
    """Unknown names and names that are paths are refused; the message lists what is there."""
    end = carry(folder, changed(order, engine=engine)).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("open", "toolchain-missing")
    assert "it has executorch, keras, litert" in end.message


def test_an_accelerator_that_the_engine_has_not_is_absent(folder: Path, order: Order, carry: Carry) -> None:
    """LiteRT from Python runs on the CPU and the GPU."""
    assert failure(carry, folder, changed(order, accelerator="nnapi")) == ("open", "accelerator-absent")


def test_an_exception_closes_the_engine_and_names_the_phase(
    folder: Path, timing: Order, carry: Carry, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The third inference raises in the warm-up: the report says so, and the engine was closed."""
    scripts = tmp_path_factory.mktemp("device") / "device_scripts"
    shutil.copytree(project / "device_scripts", scripts)
    shutil.copy(Path(__file__).parent / "engines" / "breaks.py", scripts / "engines" / "breaks.py")
    breaking = changed(timing, engine="breaks", phases=(Phase("load"), Phase("first"), Phase("warmup", min_runs=5)))
    end = carry(folder, breaking, scripts=scripts).end
    assert end == FailedOrder("warmup", "engine-error", "RuntimeError: the third inference is one too many")
    assert (folder / "closed").exists()


def test_an_engine_whose_package_is_missing_says_which(
    folder: Path, order: Order, carry: Carry, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An import that fails while opening is a missing toolchain, with the package's name."""
    scripts = tmp_path_factory.mktemp("device") / "device_scripts"
    shutil.copytree(project / "device_scripts", scripts)
    (scripts / "engines" / "absent.py").write_text("import no_such_runtime\n", encoding="utf-8")
    end = carry(folder, changed(order, engine="absent"), scripts=scripts).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("open", "toolchain-missing")
    assert "no_such_runtime" in end.message


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_golden_orders_are_carried_out_as_the_golden_reports_say(project: Path, tmp_path: Path, carry: Carry, name: str) -> None:
    """The same lines in the same order with the same fields; a failure word for word."""
    examples = project / "android_app" / "protocol" / "examples"
    order = msgspec.json.decode((examples / f"{name}.order.json").read_bytes(), type=Order)
    (tmp_path / "model.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, BIAS))
    np.zeros((order.rows, *order.inputs[0].shape), dtype="<f4").tofile(tmp_path / "input0.bin")
    carry(tmp_path, order)
    golden, found = ([json.loads(line) for line in path.read_text().splitlines()] for path in (examples / f"{name}.report.jsonl", tmp_path / "report.jsonl"))
    assert [(line["event"], line.get("phase"), sorted(line)) for line in found] == [(line["event"], line.get("phase"), sorted(line)) for line in golden]
    assert [line for line in found if line["event"] == "failed"] == [line for line in golden if line["event"] == "failed"]


def test_the_runners_reasons_are_in_the_closed_list(runner: ModuleType) -> None:
    """Every stage's reason for a foreign error is one that the harness knows."""
    reasons = {runner.reason_of(error, stage) for error in (ImportError(), ValueError()) for stage in ("open", "load", "check", "first", "outputs", "memory")}
    assert reasons <= set(REASONS)


@pytest.mark.parametrize(
    ("bounds", "runs"),
    [
        ({}, 1),
        ({"min_runs": 4}, 4),
        ({"min_ns": 100}, 5),
        ({"min_runs": 7, "min_ns": 100}, 7),
        ({"max_runs": 9}, 9),
        ({"max_ns": 100}, 5),
        ({"max_runs": 3, "max_ns": 100}, 3),
        ({"min_runs": 8, "max_ns": 100}, 8),
        ({"min_runs": 6, "max_runs": 2}, 6),
        ({"min_ns": 500, "max_runs": 4}, 4),
    ],
)
def test_a_phase_ends_by_its_rule(runner: ModuleType, bounds: dict[str, int], runs: int) -> None:
    """On a clock that goes on by 10 ns a reading, the number of samples follows from the bounds alone."""
    clock = itertools.count(0, 10)
    phase = {"min_runs": 1, "min_ns": 0, "max_runs": 0, "max_ns": 0, **bounds}
    samples = runner.timed(lambda: None, phase, clock=lambda: next(clock))
    assert samples.tolist() == [10] * runs


def test_a_sample_holds_as_many_calls_as_the_batch(runner: ModuleType) -> None:
    """Three samples in batches of four are twelve calls, with garbage collection off in each and on again after."""
    calls: list[bool] = []
    runner.timed(lambda: calls.append(gc.isenabled()), {"min_runs": 3, "min_ns": 0, "max_runs": 0, "max_ns": 0}, 4)
    assert calls == [False] * 12
    assert gc.isenabled()


def test_what_goes_before_a_sample_is_not_timed(runner: ModuleType) -> None:
    """Nanoseconds that pass in ``before`` are in no sample."""
    clock = itertools.count(0, 10)
    samples = runner.timed(
        lambda: None, {"min_runs": 2, "min_ns": 0, "max_runs": 0, "max_ns": 0}, before=lambda: [next(clock) for _ in range(50)], clock=lambda: next(clock)
    )
    assert samples.tolist() == [10, 10]


def test_tensors_are_found_by_name_when_the_model_has_them_in_another_order(runner: ModuleType) -> None:
    """The place is the model's index of each ordered tensor."""
    ordered = [{"name": "b", "shape": [1, 2], "dtype": "float32"}, {"name": "a", "shape": [1, 2], "dtype": "float32"}]
    assert runner.places(ordered, [("a", (1, 2), "float32"), ("b", (-1, 2), "float32")], "inputs") == [1, 0]


@pytest.mark.slow
def test_the_runner_starts_where_only_numpy_and_the_engine_are_installed(
    folder: Path, timing: Order, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A bare environment, no Pocketbench in it, carries out a timing order to its end."""
    from uv import find_uv_bin

    from pocketbench import protocol

    bare = tmp_path_factory.mktemp("bare") / "venv"
    python, surroundings = bare / "bin" / "python", {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    subprocess.run([find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(bare)], check=True)
    subprocess.run([find_uv_bin(), "pip", "install", "--quiet", "--python", str(python), "numpy==2.4.6", "ai-edge-litert==2.3.0"], check=True)
    missing = subprocess.run([str(python), "-c", "import pocketbench"], env=surroundings, cwd=folder, capture_output=True, text=True, check=False)
    assert "No module named 'pocketbench'" in missing.stderr
    protocol.write_order(timing, folder)
    subprocess.run([str(python), str(project / "device_scripts" / "runner.py"), str(folder)], env=surroundings, cwd=folder, check=True)
    assert protocol.read_report((folder / protocol.REPORT).read_bytes(), timing).end == Done()

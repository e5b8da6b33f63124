"""The page as a runner: what it does with orders, good and bad. As test_runner.py has it of the Python runner."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import pytest

import tiny_tfjs
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench.protocol import FailedOrder, Order, Phase, Report, TensorFile
from pocketbench.reasons import REASONS
from tiny_tfjs import info, node, placeholder

pytestmark = [pytest.mark.slow, pytest.mark.needs_part("chromium")]
EXAMPLES = ("timing", "outputs", "memory", "failed")
EYE = np.eye(4, dtype=np.float32)
Array = np.ndarray[Any, Any]
Carry = Callable[..., Report]
# A layer that adds each row to the sum of those before it.
SUM = {"units": 4, "activation": "linear", "use_bias": False, "stateful": True, "return_sequences": True, "batch_input_shape": [1, 1, 4], "dtype": "float32"}


def listed(model: dict[str, Any]) -> dict[str, Any]:
    """The group of shards of a model, and their weights."""
    return cast("dict[str, Any]", model["weightsManifest"][0])


DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another format": lambda model: model.update(format="tfdf"),
    "no topology": lambda model: model.pop("modelTopology"),
    "topology of nothing": lambda model: model.update(modelTopology=None),
    "nodes that are none": lambda model: model["modelTopology"].update(node="nodes"),
    "weights that are larger": lambda model: listed(model)["weights"][0].update(shape=[400, 300]),
    "weights of no size": lambda model: listed(model)["weights"][0].update(shape=[-4, 3]),
    "weights of no dtype": lambda model: listed(model)["weights"][0].update(dtype="float8"),
    "a shard elsewhere": lambda model: listed(model).update(paths=["../input0.bin"]),
    "a shard that is missing": lambda model: listed(model).update(paths=["group1-shard2of2.bin"]),
    "a manifest of words": lambda model: model.update(weightsManifest="none"),
    "an output that is nowhere": lambda model: model["signature"]["outputs"]["y"].update(name="nowhere:0"),
}


def changed(order: Order, **fields: Any) -> Order:
    """The order with some fields changed."""
    return msgspec.structs.replace(order, **fields)


def failure(carry: Carry, folder: Path, order: Order, **how: Any) -> tuple[str, str]:
    """Carry out an order that must fail; the stage and the reason, which is one of the closed list."""
    end = carry(folder, order, **how).end
    assert isinstance(end, FailedOrder)
    assert end.reason in REASONS
    return end.stage, end.reason


def test_outputs_of_a_graph_are_what_numpy_computes_row_by_row(folder: Path, order: Order, rows: Array, carry: Carry) -> None:
    """Each row's output stands in the file at its place, in float32."""
    report = carry(folder, order)
    found = np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 1, 3)
    np.testing.assert_allclose(found, rows @ WEIGHTS + BIAS, rtol=0, atol=2e-6)
    assert report.outputs is not None
    assert report.outputs.rows == ROWS


def test_outputs_of_layers_are_what_numpy_computes(folder: Path, order: Order, rows: Array, carry: Carry) -> None:
    """A layers model's inputs and outputs are called as its layers are; its free batch takes the order's size."""
    tiny_tfjs.write(folder / "model", *tiny_tfjs.dense(WEIGHTS, BIAS))
    named = {"inputs": (TensorFile("dense_input", "input0.bin", (1, 4), "float32"),), "outputs": (TensorFile("dense", "output0.bin", (1, 3), "float32"),)}
    carry(folder, changed(order, **named))
    np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 1, 3), rows @ WEIGHTS + BIAS, rtol=0, atol=2e-6)


def test_layers_are_called_as_their_signature_does(folder: Path, order: Order, carry: Carry) -> None:
    """Where a converter left a signature beside the layers, the order may use its names."""
    signature = {"inputs": {"x": info("x:0", 1, 4)}, "outputs": {"y": info("y:0", 1, 3)}}
    tiny_tfjs.write(folder / "model", *tiny_tfjs.dense(WEIGHTS, BIAS, signature=signature))
    assert carry(folder, order).outputs is not None


def test_the_hello_names_the_order_the_engine_and_the_clock(folder: Path, order: Order, carry: Carry) -> None:
    """The first line says who speaks and how fine its clock is: 5 µs in a page that is cross-origin isolated."""
    hello = carry(folder, order).hello
    assert (hello.order, hello.runner, hello.engine, hello.engine_version, hello.pid) == ("0123", "web", "tfjs", "4.22.0", 0)
    assert 0 < hello.clock_step_ns <= 100_000


def test_phases_keep_their_bounds(folder: Path, timing: Order, carry: Carry) -> None:
    """A phase without bounds ends at its minima, one with max_runs goes on to it, one with min_ns goes on past min_runs."""
    phases = (Phase("load", min_runs=2), Phase("first"), Phase("warmup", min_runs=2, min_ns=20_000_000), Phase("steady", min_runs=3, max_runs=9))
    samples = {line.phase: line for line in carry(folder, changed(timing, phases=phases)).samples}
    assert {phase: len(line.ns) for phase, line in samples.items() if phase != "warmup"} == {"load": 2, "first": 1, "steady": 9}
    assert len(samples["warmup"].ns) > 2
    assert samples["load"].ns[0] > 0


def test_a_batch_is_told_with_its_samples_and_never_given_to_load_or_first(folder: Path, timing: Order, carry: Carry) -> None:
    """Warm-up and steady samples are sums over the batch, however long it is; a load and a first inference are single."""
    report = carry(folder, changed(timing, batch=1500))
    assert {line.phase: line.batch for line in report.samples} == {"load": 1, "first": 1, "warmup": 1500, "steady": 1500}


def test_a_stateful_order_resets_the_model_before_each_row(folder: Path, order: Order, carry: Carry) -> None:
    """With ``stateful`` each row's sum is the row itself; without, the state carries over."""
    layers = [tiny_tfjs.layer("SimpleRNN", "sum", **SUM)]
    config = {"class_name": "Sequential", "config": {"name": "summing", "layers": layers}}
    tiny_tfjs.write(folder / "model", *tiny_tfjs.layers(config, {"sum/simple_rnn_cell/kernel": EYE, "sum/simple_rnn_cell/recurrent_kernel": EYE}))
    np.ones((ROWS, 1, 1, 4), dtype="<f4").tofile(folder / "input0.bin")
    tensors = {"inputs": (TensorFile("sum_input", "input0.bin", (1, 1, 4), "float32"),), "outputs": (TensorFile("sum", "output0.bin", (1, 1, 4), "float32"),)}
    carry(folder, changed(order, **tensors))
    assert np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 4)[:, 0].tolist() == [1, 2, 3, 4, 5]
    carry(folder, changed(order, **tensors, stateful=True))
    assert np.fromfile(folder / "output0.bin", "<f4").tolist() == [1] * ROWS * 4


def test_a_memory_order_runs_and_gives_no_number(folder: Path, order: Order, carry: Carry) -> None:
    """A page is shown no high-water mark, so the line is not there; what executed is said."""
    report = carry(folder, changed(order, kind="memory"))
    assert report.memory is None
    assert report.executed is not None


def test_a_free_dimension_takes_the_orders_size(folder: Path, order: Order, carry: Carry) -> None:
    """A graph with -1 rows runs at the order's two rows at a time."""
    tiny_tfjs.write(folder / "model", *tiny_tfjs.linear(WEIGHTS, BIAS, rows=-1))
    x = np.arange(16, dtype="<f4").reshape(2, 2, 4)
    x.tofile(folder / "input0.bin")
    tensors = {"inputs": (TensorFile("x", "input0.bin", (2, 4), "float32"),), "outputs": (TensorFile("y", "output0.bin", (2, 3), "float32"),)}
    carry(folder, changed(order, rows=2, **tensors))
    np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "<f4").reshape(2, 2, 3), x @ WEIGHTS + BIAS, rtol=1e-6)


def test_integers_and_truths_go_in_and_come_out_as_they_are(folder: Path, order: Order, carry: Carry) -> None:
    """int32 and bool, several inputs and outputs, found by name in another order than the model's."""
    nodes = [
        placeholder("n", 1, 4, dtype="int32"), placeholder("t", 1, 4, dtype="bool"),
        node("twice", "AddV2", "n", "n", T={"type": "DT_INT32"}), node("not", "LogicalNot", "t"),
    ]  # fmt: skip
    graph = tiny_tfjs.graph(
        nodes, {"n": info("n:0", 1, 4, dtype="int32"), "t": info("t:0", 1, 4, dtype="bool")},
        {"twice": info("twice:0", 1, 4, dtype="int32"), "not": info("not:0", 1, 4, dtype="bool")}, {},
    )  # fmt: skip
    tiny_tfjs.write(folder / "model", *graph)
    numbers, truths = np.array([[1, -2, 3, 2**30 - 1]], dtype="<i4"), np.array([[True, False, True, True]])
    numbers.tofile(folder / "n.bin")
    truths.tofile(folder / "t.bin")
    inputs = (TensorFile("t", "t.bin", (1, 4), "bool"), TensorFile("n", "n.bin", (1, 4), "int32"))
    outputs = (TensorFile("not", "not.bin", (1, 4), "bool"), TensorFile("twice", "twice.bin", (1, 4), "int32"))
    carry(folder, changed(order, rows=1, inputs=inputs, outputs=outputs))
    assert np.fromfile(folder / "twice.bin", "<i4").tolist() == (numbers * 2).ravel().tolist()
    assert np.fromfile(folder / "not.bin", "?").tolist() == [False, True, False, False]


def test_outputs_larger_than_one_message_arrive_whole(folder: Path, order: Order, carry: Carry) -> None:
    """Three rows of 1.6 MB each are what went in, negated."""
    size = 400_000
    graph = tiny_tfjs.graph([placeholder("x", 1, size), node("y", "Neg", "x")], {"x": info("x:0", 1, size)}, {"y": info("y:0", 1, size)}, {})
    tiny_tfjs.write(folder / "model", *graph)
    x = np.random.default_rng(3).normal(size=(3, 1, size)).astype("<f4")
    x.tofile(folder / "input0.bin")
    tensors = {"inputs": (TensorFile("x", "input0.bin", (1, size), "float32"),), "outputs": (TensorFile("y", "output0.bin", (1, size), "float32"),)}
    carry(folder, changed(order, rows=3, **tensors))
    np.testing.assert_array_equal(np.fromfile(folder / "output0.bin", "<f4").reshape(x.shape), -x)


def test_a_graph_whose_shapes_only_running_shows_runs_in_promises(folder: Path, order: Order, timing: Order, carry: Carry) -> None:
    """TensorFlow.js executes ``Where`` in its asynchronous way alone."""
    nodes = [placeholder("x", 1, 4, dtype="bool"), node("y", "Where", "x")]
    graph = tiny_tfjs.graph(nodes, {"x": info("x:0", 1, 4, dtype="bool")}, {"y": info("y:0", -1, 2, dtype="int32")}, {})
    tiny_tfjs.write(folder / "model", *graph)
    np.array([[True, False, False, True]]).tofile(folder / "input0.bin")
    tensors = {"inputs": (TensorFile("x", "input0.bin", (1, 4), "bool"),), "outputs": (TensorFile("y", "output0.bin", (2, 2), "int32"),)}
    carry(folder, changed(order, rows=1, **tensors))
    assert np.fromfile(folder / "output0.bin", "<i4").reshape(2, 2).tolist() == [[0, 0], [0, 3]]
    assert {line.phase for line in carry(folder, changed(timing, rows=1, **tensors)).samples} == {"load", "first", "warmup", "steady"}


@pytest.mark.parametrize(
    "tensor",
    [TensorFile("x", "input0.bin", (1, 5), "float32"), TensorFile("x", "input0.bin", (1, 4), "int32"), TensorFile("z", "input0.bin", (1, 4), "float32")],
)
def test_an_input_that_is_not_the_models_is_refused_before_the_first_run(folder: Path, order: Order, carry: Carry, tensor: TensorFile) -> None:
    """Another static shape, another dtype and another name are each a shape-mismatch in the check."""
    (folder / "input0.bin").write_bytes(bytes(ROWS * 4 * tensor.shape[1]))
    assert failure(carry, folder, changed(order, inputs=(tensor,))) == ("check", "shape-mismatch")
    assert not (folder / "output0.bin").exists()


def test_an_output_of_another_shape_than_the_model_said_is_refused(folder: Path, order: Order, carry: Carry) -> None:
    """A signature may say anything: what came out is held against the order too."""
    model, content = tiny_tfjs.linear(WEIGHTS, BIAS)
    model["signature"]["outputs"]["y"] = info("Identity:0", 1, 2)
    tiny_tfjs.write(folder / "model", model, content)
    assert failure(carry, folder, changed(order, outputs=(TensorFile("y", "output0.bin", (1, 2), "float32"),))) == ("outputs", "shape-mismatch")


def test_an_input_file_of_another_size_is_refused(folder: Path, order: Order, carry: Carry) -> None:
    """Fewer bytes than the rows need, and no file at all, are a shape-mismatch."""
    (folder / "input0.bin").write_bytes(b"\0" * 12)
    assert failure(carry, folder, order) == ("open", "shape-mismatch")
    (folder / "input0.bin").unlink()
    assert failure(carry, folder, order) == ("open", "shape-mismatch")


@pytest.mark.parametrize("how", [*DAMAGES, "no JSON", "nothing"])
def test_a_model_that_is_not_what_it_says_cannot_be_read(folder: Path, order: Order, carry: Carry, how: str) -> None:
    """A model.json that is damaged or lies about its shards is said to be unreadable, in the load."""
    model, _ = tiny_tfjs.linear(WEIGHTS, BIAS)
    if how in DAMAGES:
        DAMAGES[how](model)
    text = {"no JSON": json.dumps(model)[:100], "nothing": ""}.get(how, json.dumps(model))
    (folder / "model" / "model.json").write_text(text, encoding="utf-8")
    assert failure(carry, folder, order) == ("load", "engine-cannot-read")


def test_a_model_without_its_json_or_with_a_shard_that_is_cut_cannot_be_read(folder: Path, order: Order, carry: Carry) -> None:
    """The same of files that are missing or shorter."""
    shard = folder / "model" / tiny_tfjs.SHARD
    shard.write_bytes(shard.read_bytes()[:-4])
    assert failure(carry, folder, order) == ("load", "engine-cannot-read")
    (folder / "model" / "model.json").unlink()
    assert failure(carry, folder, order) == ("load", "engine-cannot-read")


def test_operations_that_tensorflow_js_lacks_are_named_before_anything_runs(folder: Path, order: Order, carry: Carry) -> None:
    """A graph's in the load, with its name; so is a class of layers."""
    graph = tiny_tfjs.graph([placeholder("x", 1, 4), node("y", "Betainc", "x")], {"x": info("x:0", 1, 4)}, {"y": info("y:0", 1, 3)}, {})
    tiny_tfjs.write(folder / "model", *graph)
    end = carry(folder, order).end
    assert end == FailedOrder("load", "unsupported-operation", "TensorFlow.js has no operation Betainc")
    layers = [tiny_tfjs.layer("Lambda", "mine", batch_input_shape=[1, 4])]
    tiny_tfjs.write(folder / "model", *tiny_tfjs.layers({"class_name": "Sequential", "config": {"name": "m", "layers": layers}}, {}))
    assert failure(carry, folder, order) == ("load", "unsupported-operation")


def test_a_kernel_that_a_back_end_lacks_is_named_when_it_is_reached(folder: Path, order: Order, carry: Carry) -> None:
    """TensorFlow.js has Einsum, its wasm back end has no kernel for it; its cpu back end has one."""
    nodes = [placeholder("x", 1, 4), node("y", "Einsum", "x", N={"i": "1"}, equation={"s": base64.b64encode(b"ij->ji").decode()})]
    tiny_tfjs.write(folder / "model", *tiny_tfjs.graph(nodes, {"x": info("x:0", 1, 4)}, {"y": info("y:0", 4, 1)}, {}))
    asked = changed(order, outputs=(TensorFile("y", "output0.bin", (4, 1), "float32"),))
    assert carry(folder, asked).end == FailedOrder("outputs", "unsupported-operation", "TensorFlow.js has no kernel Einsum for wasm")
    assert carry(folder, changed(asked, accelerator="cpu")).outputs is not None


def test_an_order_that_is_refused_is_answered_all_the_same(folder: Path, order: Order, carry: Carry) -> None:
    """The hello is said, then that the order is not of the protocol; nothing of it was opened."""
    said = json.dumps({**msgspec.to_builtins(order), "model": "../model"}).encode()
    assert failure(carry, folder, order, said=said) == ("open", "protocol")


@pytest.mark.parametrize("engine", ["tfj", "../order", "constructor"])
def test_an_engine_that_the_page_does_not_carry_is_refused(folder: Path, order: Order, carry: Carry, engine: str) -> None:
    """Unknown names and names of other things are refused; the message lists what is there."""
    end = carry(folder, changed(order, engine=engine)).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("open", "toolchain-missing")
    assert "it has tfjs" in end.message


def test_an_accelerator_or_an_option_that_the_engine_has_not_is_refused(folder: Path, order: Order, carry: Carry) -> None:
    """TensorFlow.js runs on four back ends; its options are named."""
    assert failure(carry, folder, changed(order, accelerator="nnapi")) == ("open", "accelerator-absent")
    end = carry(folder, changed(order, options={"xnnpack": "on"})).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("open", "engine-error")
    assert "cpu_forward=on|off" in end.message


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_golden_orders_are_carried_out_as_the_golden_reports_say(project: Path, tmp_path: Path, carry: Carry, name: str) -> None:
    """The same lines in the same order with the same fields, but for the memory that a page cannot know; a failure word for word."""
    examples = project / "android_app" / "protocol" / "examples"
    order = msgspec.json.decode((examples / f"{name}.order.json").read_bytes(), type=Order)
    tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(WEIGHTS, BIAS))
    np.zeros((order.rows, *order.inputs[0].shape), dtype="<f4").tofile(tmp_path / "input0.bin")
    carry(tmp_path, changed(order, engine="tfjs", model="model", options={}))
    golden, found = ([json.loads(line) for line in path.read_text().splitlines()] for path in (examples / f"{name}.report.jsonl", tmp_path / "report.jsonl"))
    golden = [line for line in golden if line["event"] != "memory"]
    assert [(line["event"], line.get("phase"), sorted(line)) for line in found] == [(line["event"], line.get("phase"), sorted(line)) for line in golden]
    assert [line for line in found if line["event"] == "failed"] == [line for line in golden if line["event"] == "failed"]

"""The page's back ends: what they compute, what they say carried it, and what becomes of one that is not there or is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Page, Route

import tiny_tfjs
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import trust
from pocketbench.protocol import Executed, FailedOrder, Order, Report, TensorFile
from tiny_tfjs import info, node, placeholder

pytestmark = [pytest.mark.slow, pytest.mark.needs_part("chromium")]
BACK_ENDS = ("cpu", "wasm", "webgl", "webgpu")
Array = np.ndarray[Any, Any]
Carry = Callable[..., Report]

# Keeps what the page opens where a test can reach it.
REMEMBERS = """
window.opened = [];
for (const canvas of [HTMLCanvasElement, OffscreenCanvas]) {
  const own = canvas.prototype.getContext;
  canvas.prototype.getContext = function (...given) { const made = own.apply(this, given); window.opened.push(made); return made; };
}
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...given) { const made = await request.apply(this, given); window.opened.push(made); return made; };
"""
LOSES = """({ carryOut }, { behindThePage }) => carryOut({ ...behindThePage(), stage: async (name) => {
  if (name !== "%s") return;
  for (const one of window.opened) one?.getExtension?.("WEBGL_lose_context")?.loseContext() ?? one?.destroy?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
} })"""


def changed(order: Order, **fields: Any) -> Order:
    """The order with some fields changed."""
    return msgspec.structs.replace(order, **fields)


def executed(report: Report) -> Executed:
    """What a report that is whole says of where it ran."""
    assert report.executed is not None, report.end
    return report.executed


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_a_back_end_computes_what_numpy_does_and_says_what_carried_it(folder: Path, order: Order, rows: Array, carry: Carry, back_end: str) -> None:
    """All three kernels of the linear model ran on it; a driver in software is one that the harness marks."""
    said = executed(carry(folder, changed(order, accelerator=back_end)))
    found = np.fromfile(folder / "output0.bin", "<f4").reshape(ROWS, 1, 3)
    np.testing.assert_allclose(found, rows @ WEIGHTS + BIAS, rtol=0, atol=2e-6)
    assert (said.executed_on, said.execution, said.delegated, said.operations) == (back_end, "full", 3, 3)
    assert said.driver.startswith({"cpu": "javascript", "wasm": "wasm simd"}.get(back_end, back_end))
    assert trust.emulated(said.driver) == (("EMULATED",) if back_end in ("webgl", "webgpu") else ())


@pytest.mark.parametrize(
    ("fields", "driver"),
    [({"threads": 2}, "wasm threaded-simd 2"), ({"threads": 3}, "wasm threaded-simd 3"), ({"options": {"simd": "off"}}, "wasm"), ({}, "wasm simd")],
)
def test_wasm_says_which_binary_was_loaded_and_its_threads(folder: Path, order: Order, carry: Carry, fields: dict[str, Any], driver: str) -> None:
    """The threads that are asked for are had, on however few cores."""
    assert executed(carry(folder, changed(order, **fields))).driver == driver


def test_a_page_that_is_not_isolated_says_that_it_has_no_threads_and_a_coarse_clock(folder: Path, order: Order, carry: Carry, own_tab: Page) -> None:
    """Without its headers there is no shared memory: one thread of two, and a clock in steps of 0.1 ms."""

    def bare(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={name: value for name, value in answer.headers.items() if not name.startswith("cross-origin")})

    own_tab.route("**/index.html", bare)
    report = carry(folder, changed(order, threads=2), where=own_tab)
    assert executed(report).driver == "wasm simd, 1 of 2 threads: the page is not cross-origin isolated"
    assert report.hello.clock_step_ns >= 50_000


@pytest.mark.parametrize("back_end", ["webgl", "webgpu"])
def test_small_tensors_that_a_gpus_back_end_computes_in_javascript_are_counted(folder: Path, order: Order, carry: Carry, back_end: str) -> None:
    """The sum before the product is forwarded to the CPU: partial; with forwarding switched off all of it runs on the GPU."""
    nodes = [placeholder("x", 1, 4), node("sum", "AddV2", "x", "c"), node("y", "MatMul", "sum", "w", transpose_a={"b": False}, transpose_b={"b": False})]
    weights = {"c": np.ones((1, 4), np.float32), "w": WEIGHTS.astype(np.float32)}
    tiny_tfjs.write(folder / "model", *tiny_tfjs.graph(nodes, {"x": info("x:0", 1, 4)}, {"y": info("y:0", 1, 3)}, weights))
    asked = changed(order, accelerator=back_end)
    said = executed(carry(folder, asked))
    assert (said.executed_on, said.execution, said.delegated, said.operations) == (back_end, "partial", 1, 2)
    said = executed(carry(folder, changed(asked, options={"cpu_forward": "off"})))
    assert (said.executed_on, said.execution, said.delegated, said.operations) == (back_end, "full", 2, 2)


def test_a_model_of_which_no_kernel_ran_on_the_gpu_is_said_to_have_run_on_the_cpu(folder: Path, order: Order, carry: Carry) -> None:
    """A sum of four numbers, asked for on webgl."""
    nodes = [placeholder("x", 1, 4), node("y", "AddV2", "x", "c")]
    graph = tiny_tfjs.graph(nodes, {"x": info("x:0", 1, 4)}, {"y": info("y:0", 1, 4)}, {"c": np.ones((1, 4), np.float32)})
    tiny_tfjs.write(folder / "model", *graph)
    said = executed(carry(folder, changed(order, accelerator="webgl", outputs=(TensorFile("y", "output0.bin", (1, 4), "float32"),))))
    assert (said.executed_on, said.execution, said.delegated, said.operations) == ("cpu", "none", 0, 1)


@pytest.mark.parametrize("back_end", ["webgl", "webgpu"])
def test_a_shape_that_lies_in_the_file_is_no_operand_that_is_read_back(folder: Path, order: Order, carry: Carry, back_end: str) -> None:
    """``Reshape`` takes its sizes from a constant, which is where it is read already."""
    nodes = [placeholder("x", 1, 4), node("n", "Neg", "x"), node("y", "Reshape", "n", "sizes", Tshape={"type": "DT_INT32"})]
    graph = tiny_tfjs.graph(nodes, {"x": info("x:0", 1, 4)}, {"y": info("y:0", 2, 2)}, {"sizes": np.array([2, 2], np.int32)})
    tiny_tfjs.write(folder / "model", *graph)
    asked = changed(order, accelerator=back_end, options={"cpu_forward": "off"}, outputs=(TensorFile("y", "output0.bin", (2, 2), "float32"),))
    said = executed(carry(folder, asked))
    assert (said.execution, said.delegated, said.operations) == ("full", 2, 2)


def test_a_kernel_without_a_shader_is_seen_to_read_its_operands_back(folder: Path, order: Order, carry: Carry) -> None:
    """``Where`` of webgl computes in JavaScript."""
    nodes = [placeholder("x", 1, 400), node("n", "Neg", "x"), node("t", "Greater", "n", "z"), node("y", "Where", "t")]
    graph = tiny_tfjs.graph(nodes, {"x": info("x:0", 1, 400)}, {"y": info("y:0", -1, 2, dtype="int32")}, {"z": np.zeros((1,), np.float32)})
    tiny_tfjs.write(folder / "model", *graph)
    x = np.ones((1, 400), "<f4")
    x[0, 7] = -1
    x.tofile(folder / "input0.bin")
    tensors = {"inputs": (TensorFile("x", "input0.bin", (1, 400), "float32"),), "outputs": (TensorFile("y", "output0.bin", (1, 2), "int32"),)}
    said = executed(carry(folder, changed(order, accelerator="webgl", rows=1, **tensors)))
    assert np.fromfile(folder / "output0.bin", "<i4").tolist() == [0, 7]
    assert said.execution == "partial"


@pytest.mark.parametrize(
    ("back_end", "takes_away"),
    [
        ("webgl", "HTMLCanvasElement.prototype.getContext = OffscreenCanvas.prototype.getContext = () => null;"),
        ("webgpu", "delete Navigator.prototype.gpu;"),
        ("webgpu", "GPU.prototype.requestAdapter = async () => null;"),
    ],
)
def test_a_back_end_that_the_browser_has_not_is_absent(folder: Path, order: Order, carry: Carry, own_tab: Page, back_end: str, takes_away: str) -> None:
    """No WebGL, no WebGPU, no adapter: while opening, and no other back end takes its place."""
    own_tab.add_init_script(takes_away)
    end = carry(folder, changed(order, accelerator=back_end), where=own_tab).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("open", "accelerator-absent")
    assert back_end in end.message


@pytest.mark.parametrize(("status", "body"), [(404, "gone"), (200, "no binary at all")])
def test_a_binary_that_does_not_arrive_leaves_no_wasm(folder: Path, order: Order, carry: Carry, own_tab: Page, status: int, body: str) -> None:
    """The same of a wasm back end whose binary is not there, or is something else."""
    own_tab.route("**/*.wasm", lambda route: route.fulfill(status=status, body=body))
    end = carry(folder, order, where=own_tab).end
    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("open", "accelerator-absent")
    assert "tfjs-backend-wasm-simd.wasm" in end.message


@pytest.mark.parametrize("stage", ["steady", "outputs"])
@pytest.mark.parametrize(("back_end", "words"), [("webgl", "the WebGL context was lost"), ("webgpu", "the WebGPU device was lost")])
def test_an_accelerator_that_is_lost_fails_the_order(
    folder: Path, order: Order, timing: Order, carry: Carry, own_tab: Page, back_end: str, words: str, stage: str
) -> None:
    """What comes out afterwards is worth nothing, and is not reported; the message says what was lost."""
    own_tab.add_init_script(REMEMBERS)
    asked = changed(timing if stage == "steady" else order, accelerator=back_end)
    report = carry(folder, asked, where=own_tab, by=LOSES % stage)
    assert isinstance(report.end, FailedOrder)
    assert (report.end.stage, report.end.reason) == (stage, "engine-error")
    assert report.end.message.startswith(words)
    assert report.samples == []
    assert report.outputs is None


KEEPS = """async (order) => {
  const { open, held } = await import("./engines/tfjs.js");
  const { behindThePage } = await import("./harness.js");
  const engine = await open(order, behindThePage());
  await engine.fetch();
  const before = held();
  const seen = new Set();
  for (let load = 0; load < 2; load += 1) {
    await engine.load();
    for (let run = 0; run < 12; run += 1) {
      engine.set([{ bytes: new Uint8Array(16), shape: [1, 4] }]);
      await engine.invoke();
      engine.settle();
      seen.add(held());
    }
    await engine.executed();
    seen.add(held());
    engine.close();
  }
  return [before, seen.size, held()];
}"""


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("kind", ["graph", "layers"])
def test_inferences_leave_no_tensors_behind(folder: Path, order: Order, look: Callable[..., Any], back_end: str, kind: str) -> None:
    """As many after each inference as after the first; after the end as many as before the beginning."""
    tiny_tfjs.write(folder / "model", *(tiny_tfjs.linear(WEIGHTS, BIAS) if kind == "graph" else tiny_tfjs.dense(WEIGHTS, BIAS)))
    asked = changed(order, accelerator=back_end)
    with look(folder, asked) as page:
        assert page.evaluate(KEEPS, msgspec.to_builtins(asked)) == [0, 1, 0]

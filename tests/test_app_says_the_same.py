"""The app's outputs held against this computer's for the same file: each engine, accelerator and form, on the simulated phone, over rows of real data.

Floats may be apart by 1e-4 of the largest output, on TensorFlow Lite's GPU delegate by 5e-4: the app allows it no loss of precision
(``setPrecisionLossAllowed(false)``), so that it computes in float32. Integers may be apart by a step: of the output, where both compute with XNNPACK or
with ONNX Runtime; else of the dense layer before the softmax, which can be several of the output. Kernels of one runtime are so far
apart, too: on this file LiteRT 2.3 with XNNPACK is up to four steps of the output from itself without, in 11 of 450 rows.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import app_phone
import far_end
from pocketbench import convert, devices, engines, events, opened, orders, suite
from pocketbench.devices import Device
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.host import Host
from pocketbench.engines import ENGINES
from pocketbench.errors import Refused, ToolchainMissing
from pocketbench.formats import FORMATS
from pocketbench.model import Artifact, Job, Variant
from pocketbench.opened import Opened
from pocketbench.protocol import Executed
from pocketbench.simulator.inside import webview
from pocketbench.worker import Workers

if TYPE_CHECKING:
    from pocketbench.app_build import Built

pytestmark = pytest.mark.slow

Array = np.ndarray[Any, Any]
DEADLINE_S = 240.0
ROWS = 32
SUITE = f"""
[suite]
name = "same"

[[model]]
name = "digits-cnn"
source = "zoo:digits-cnn"
frameworks = ["keras", "torch"]
data = {{ source = "zoo:digits", calibration = 200, scoring = {ROWS}, score = "accuracy" }}
"""
# Of an artifact and of what this computer answers, how far each element may be from it.
Limit = Callable[[Artifact, Array], Any]
# Who reads a format on this computer; a page's engine in Node.js.
HERE = {"tflite": ("python", "litert"), "torchscript": ("python", "pytorch-lite"), "onnx": ("python", "onnxruntime"), "tfjs": ("node", "tfjs")}
LIBRARIES = {"gles": "/system/lib64/libEGL.so", "opencl": "/vendor/lib64/libOpenCL.so", "vulkan": "/system/lib64/libvulkan.so"}
ON, OFF = {"xnnpack": "on"}, {"xnnpack": "off"}
GLES, OPENCL = {"gpu_backend": "gles"}, {"gpu_backend": "opencl"}


def share(most: float) -> Limit:
    """A share of the largest output."""
    return lambda _, here: most * np.abs(here).max()


def a_step(file: Artifact, here: Array) -> Any:
    """One step of the output. Outputs that the file makes real itself are whole numbers of steps all the same."""
    step = _steps(file)[1] if file.variant.format == "tflite" else float(np.diff(np.unique(here)).min())
    assert here / step == pytest.approx(np.rint(here / step), abs=1e-3)
    return 1.001 * step


def a_step_of_the_dense_layer(file: Artifact, here: Array) -> Any:
    """What a softmax makes of one step of each class before it, and a step of the output."""
    return _after_softmax(here, _steps(file)[0]) + a_step(file, here)


def _steps(file: Artifact) -> tuple[float, float]:
    """The steps of what goes into a TensorFlow Lite file's softmax, and of what comes out."""
    graph = schema.ModelT.InitFromPackedBuf(Path(file.path).read_bytes(), 0)
    codes = [code.builtinCode for code in graph.operatorCodes]
    softmax = next(node for node in graph.subgraphs[0].operators if codes[node.opcodeIndex] == schema.BuiltinOperator.SOFTMAX)
    before, after = (float(graph.subgraphs[0].tensors[ends[0]].quantization.scale[0]) for ends in (softmax.inputs, softmax.outputs))
    return before, after


def digits(binary: int, steps: int) -> Limit:
    """What a softmax makes of so many steps of numbers of so many binary digits between 8 and 16, as the classes have before it, and one step of its own."""
    return lambda _, here: _after_softmax(here, steps * 2.0 ** (4 - binary)) + here * 2.0 ** (1 - binary)


def _after_softmax(here: Array, before: float) -> Array:
    """How far probabilities p are moved at most when what they are the softmax of is moved by as much: to p·exp(±2d) / (1 + p·(exp(±2d) - 1))."""
    up, down = (here * factor / (1 + here * (factor - 1)) for factor in (np.exp(2 * before), np.exp(-2 * before)))
    furthest: Array = np.maximum(up - here, here - down)
    return furthest


FLOAT, GPU = share(1e-4), share(5e-4)
# Activations are made integers as they come, each layer by its own range: one that lies between two is rounded to either, as the processor's arithmetic is.
DYNAMIC = share(2e-3)
# ONNX Runtime 1.29.0, the app's, rounds to half floats between layers, and 1.31.1 does not; 1.29.0 for Linux gives the app's numbers to the last bit.
HALF = digits(11, 2)
# PyTorch 1.12.2 rounds elsewhere in bfloat16 than torch 2.12: it is twice as far from the model in floats.
BFLOAT16 = digits(8, 4)


@dataclass(frozen=True)
class Case:
    """An artifact (``framework/format/technique[:form]``) in an engine of the app; ``needs`` is a driver that the phone must have.

    ``told`` is where it must have executed, by what driver, how much of it; ``limit`` how far the app may be from this computer.
    """

    artifact: str
    engine: str
    accelerator: str
    told: tuple[str, str, str]
    options: dict[str, str] = field(default_factory=dict)
    limit: Limit = FLOAT
    needs: str = ""

    def __str__(self) -> str:
        """As the test is named."""
        return "-".join((self.artifact.replace("/", "-"), self.accelerator, *self.options.values()))


CPU, XNNPACK = ("cpu", "", "full"), ("cpu", "xnnpack", "full")
ON_GLES, ON_OPENCL = ("gpu", "gles llvmpipe", "full"), ("gpu", "opencl pocl", "full")
ON_VULKAN, ON_WEBGPU = ("vulkan", "vulkan SwiftShader", "full"), ("webgpu", "vulkan SwiftShader", "full")


def tflite(technique: str, xnnpack: Limit = FLOAT, kernels: Limit = FLOAT, gpu: Limit = GPU) -> Iterator[Case]:
    """A file of TensorFlow Lite's on its processor and its GPUs."""
    file = f"keras/tflite/{technique}"
    yield Case(file, "tflite", "cpu", XNNPACK, ON, xnnpack)
    yield Case(file, "tflite", "cpu", CPU, OFF, kernels)
    yield Case(file, "tflite", "gpu", ON_GLES, GLES, gpu, "gles")
    yield Case(file, "tflite", "gpu", ON_OPENCL, OPENCL, gpu, "opencl")


def tfjs(technique: str, **driver: str) -> Iterator[Case]:
    """A file of TensorFlow.js in the WebView; the driver is a part of what is told."""
    for accelerator, words in driver.items():
        yield Case(f"keras/tfjs/{technique}", "tfjs", accelerator, (accelerator, words, "full"))


ORT, ORT_XNNPACK = ("cpu", "CPUExecutionProvider", "full"), ("cpu", "XnnpackExecutionProvider", "full")
CASES = (
    *tflite("float32"), *tflite("float16"), *tflite("int8", a_step, a_step_of_the_dense_layer, a_step_of_the_dense_layer),
    Case("keras/tflite/dynamic_int8", "tflite", "cpu", XNNPACK, ON, DYNAMIC), Case("keras/tflite/dynamic_int8", "tflite", "cpu", CPU, OFF, DYNAMIC),
    *(Case("keras/tflite/int16x8", "tflite", "cpu", CPU, options, a_step_of_the_dense_layer) for options in (ON, OFF)),
    Case("torch/torchscript/float32", "pytorch-lite", "cpu", CPU), Case("torch/torchscript/float32:vulkan", "pytorch-lite", "cpu", CPU),
    Case("torch/torchscript/float32:vulkan", "pytorch-lite", "vulkan", ON_VULKAN, needs="vulkan"),
    Case("torch/torchscript/bfloat16", "pytorch-lite", "cpu", CPU, limit=BFLOAT16),
    Case("torch/torchscript/int8", "pytorch-lite", "cpu", CPU), Case("torch/torchscript/dynamic_int8", "pytorch-lite", "cpu", CPU, limit=DYNAMIC),
    Case("torch/onnx/float32", "onnxruntime", "cpu", ORT, OFF), Case("torch/onnx/float32", "onnxruntime", "cpu", ORT_XNNPACK, ON),
    Case("torch/onnx/float32", "onnxruntime", "webgpu", ON_WEBGPU, needs="vulkan"),
    Case("torch/onnx/float16", "onnxruntime", "cpu", ORT, OFF, HALF), Case("torch/onnx/int8", "onnxruntime", "cpu", ORT, OFF, a_step),
    Case("torch/onnx/int8", "onnxruntime", "webgpu", ("webgpu", "vulkan SwiftShader", "partial"), {}, a_step, "vulkan"),
    *tfjs("float32", cpu="javascript", wasm="wasm simd", webgl="SwiftShader", webgpu="swiftshader"),
    *tfjs("float16", wasm="wasm simd"), *tfjs("weights_uint8", wasm="wasm simd", webgl="SwiftShader"),
)  # fmt: skip


class Bench:
    """A phone with the app beside this computer, the models, and what was made and computed so far: each file and each answer of this computer once."""

    def __init__(self, phone: Device, drivers: frozenset[str], workers: Workers) -> None:
        self._phone, self.drivers, self._workers = phone, drivers, workers
        self._models: dict[str, Opened] = {}
        self._files: dict[str, Artifact] = {}
        self._answers: dict[tuple[str, str], Array] = {}

    def file(self, name: str) -> Artifact:
        """An artifact by its name. Skips the test where its converter cannot be had."""
        if name not in self._files:
            framework, kept, technique = name.split("/")
            technique, _, form = technique.partition(":")
            variant = Variant("digits-cnn", framework, kept, technique, form, route=FORMATS.get(kept).routes(framework)[0])
            try:
                self._files[name], _ = convert.convert(variant, self._opened(variant), self._workers)
            except ToolchainMissing as error:
                pytest.skip(error.message)
        return self._files[name]

    def here(self, case: Case) -> Array:
        """What this computer computes of a case's file, with the same options as far as its engine has them: real numbers of shape (rows, classes)."""
        file = self.file(case.artifact)
        runner, engine = HERE[file.variant.format]
        has = engines.options(ENGINES.get(engine), runner)
        chosen = {name: value for name, value in case.options.items() if name in has}
        key = case.artifact, str(chosen)
        if key not in self._answers:
            self._answers[key], _ = self._carried(file, Job(file.variant, runner, engine, "cpu", 1, "host", _defaults(engine, runner) | chosen), Host())
        return self._answers[key]

    def in_app(self, case: Case) -> tuple[Array, Executed]:
        """What the app computes, and where by its own words."""
        file = self.file(case.artifact)
        chosen = _defaults(case.engine, "app") | case.options
        return self._carried(file, Job(file.variant, "app", case.engine, case.accelerator, 1, self._phone.name, chosen), self._phone)

    def _opened(self, variant: Variant) -> Opened:
        """The model in a framework."""
        if variant.framework not in self._models:
            wished = suite.parse(SUITE, file="same.toml", base=Path.cwd())
            self._models[variant.framework] = opened.open_models(wished, [variant], self._workers, events.unheard)["digits-cnn", variant.framework]
        return self._models[variant.framework]

    def _carried(self, file: Artifact, job: Job, device: Device) -> tuple[Array, Executed]:
        """Carry out one order over all rows."""
        model = self._opened(file.variant)
        bench = orders.Bench(job, Path(file.path), file.anatomy, model.source, model.rows, device, DEADLINE_S)
        with orders.laid_out(bench) as folder:
            arrays, report = orders.outputs(bench, folder)
        assert report.executed is not None
        return arrays[0], report.executed


@pytest.fixture(scope="module")
def bench(built_app: "Built", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A simulated phone with the app on it, beside this computer."""
    with ExitStack() as kept:
        server = kept.enter_context(far_end.served(tmp_path_factory.mktemp("adb")))
        far = kept.enter_context(far_end.started(server, "phone", "--serial", "SAME-1"))
        device = devices.find("adb:SAME-1")
        assert isinstance(device, AdbDevice)
        kept.enter_context(device.held(events.unheard))
        app_phone.bring(device, built_app.path, keep=True)
        drivers = (name for name, library in LIBRARIES.items() if far.phone.shell(f"ls {library}", deadline_s=20).exit_code == 0)
        logs = kept.enter_context(tempfile.TemporaryDirectory())
        yield Bench(device, frozenset(drivers), kept.enter_context(Workers(Path(logs))))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_app_computes_what_this_computer_does(bench: Bench, case: Case) -> None:
    """The same rows in the same order: those of another row are further away than what is allowed."""
    if case.needs and case.needs not in bench.drivers:
        app_phone.without(case.needs)
    if case.engine == "tfjs" and webview.find() is None:
        pytest.skip("no Chromium that a phone sees: apt-get install chromium")
    here = bench.here(case)
    app, executed = bench.in_app(case)
    most = case.limit(bench.file(case.artifact), here)

    assert app.shape == here.shape == (ROWS, 10)
    assert np.isfinite(app).all()
    assert (np.abs(app - here) <= most).all()
    assert (np.abs(np.roll(app, 1, axis=0) - here) > most).any()
    where, driver, execution = case.told
    assert (executed.executed_on, executed.execution) == (where, execution)
    assert driver in executed.driver if case.engine == "tfjs" else driver == executed.driver


def test_half_floats_on_a_gpu_that_has_none_are_told_as_its_lack(bench: Bench) -> None:
    """SwiftShader is such a GPU; nothing is wrong with the file."""
    case = Case("torch/onnx/float16", "onnxruntime", "webgpu", ON_WEBGPU)
    if "vulkan" not in bench.drivers:
        app_phone.without("vulkan")
    with pytest.raises(Refused, match="requires f16") as refused:
        bench.in_app(case)

    assert refused.value.reason == "accelerator-absent"


def _defaults(engine: str, runner: str) -> dict[str, str]:
    """The options of an engine as they are where nothing is chosen."""
    return {name: values[0] for name, values in engines.options(ENGINES.get(engine), runner).items()}

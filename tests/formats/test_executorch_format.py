"""The ExecuTorch adapter: small models converted in one worker as a run does it, run again by ExecuTorch's runtime and held against their own numbers."""

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from executorch_models import CNN_KERNELS, LSTM_KERNELS

from pocketbench import trust
from pocketbench.engines import ENGINES
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS
from pocketbench.model import DEPTHWISE, Anatomy, Rows, Source, Tensor
from pocketbench.techniques import control, parse
from pocketbench.worker import Workers

if TYPE_CHECKING:
    from conftest import Kept

Array = np.ndarray[Any, Any]
EXECUTORCH = FORMATS.get("executorch")
ROWS = 24
KERAS_KERNELS = 144 + 2304 + 4608 + 320
TECHNIQUES = ("float32", "float16", "dynamic_int8", "int8")
# The largest relative error, about twice what was seen.
ERROR = {"float32": 1e-5, "float16": 3e-3, "dynamic_int8": 2e-2, "int8": 5e-2, "qat_int8": 5e-2}
NONE = Rows("", "", 0, 0, 0, labelled=False)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
slow = pytest.mark.slow


@dataclass(frozen=True)
class Opened:
    """A model that was opened, its rows, and its own answers: one array an output."""

    source: Source
    rows: Rows
    inputs: list[Array]
    answers: list[Array]


@dataclass(frozen=True)
class Made:
    """A file, what the worker said of it."""

    path: Path
    anatomy: Anatomy


class Bench:
    """One worker that opens and converts, and a runtime that runs."""

    def __init__(self, workers: Workers, folder: Path) -> None:
        self.workers, self.folder, self.count = workers, folder, 0
        self.sources: dict[str, Opened] = {}
        self.files: dict[tuple[str, str, str], Made] = {}

    def opened(self, name: str) -> Opened:
        """A model of ``executorch_models``, opened once."""
        if name not in self.sources:
            asked = {"source": f"python:executorch_models:{name}", "base": str(Path(__file__).parent), "folder": str(self._folder())}
            source = msgspec.convert(self._call("pocketbench.sources:open_source", asked), Source)
            inputs, rows = self._rows(source.inputs)
            given = {"source": msgspec.to_builtins(source), "rows": msgspec.to_builtins(rows), "folder": str(self._folder())}
            self._call("pocketbench.sources:reference", given)
            answers = [np.load(Path(given["folder"]) / f"reference-y{index}.npy") for index in range(len(source.outputs))]
            self.sources[name] = Opened(source, rows, inputs, answers)
        return self.sources[name]

    def made(self, name: str, technique: str = "float32", form: str = "", *, again: bool = False) -> Made:
        """A file of a model, made once; ``again`` makes it anew."""
        key = (name, technique, form)
        if key not in self.files or again:
            model = self.sources.get(name) or self.opened(name)
            folder = self._folder()
            given = {
                "format": "executorch", "source": msgspec.to_builtins(model.source), "rows": msgspec.to_builtins(model.rows), "technique": technique,
                "form": form, "folder": str(folder),
            }  # fmt: skip
            told = self._call("pocketbench.formats:make", given)
            self.files[key] = Made(folder / told["path"], msgspec.convert(told["anatomy"], Anatomy))
        return self.files[key]

    def error(self, name: str, technique: str = "float32", form: str = "") -> float:
        """The largest relative error of any output of a file over all rows."""
        model = self.opened(name) if name not in self.sources else self.sources[name]
        found = _run(self.made(name, technique, form), model.inputs)
        return max(float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)) for ours, theirs in zip(found, model.answers, strict=True))

    def _rows(self, inputs: tuple[Tensor, ...]) -> tuple[list[Array], Rows]:
        """Random rows to score and to calibrate with: normal numbers, whole ones under 7."""
        folder, numbers = self._folder(), np.random.default_rng(3)
        arrays = [
            (numbers.normal(size=(ROWS, *each.shape[1:])) if each.dtype == "float32" else numbers.integers(0, 7, (ROWS, *each.shape[1:]))).astype("float32")
            for each in inputs
        ]
        for index, array in enumerate(arrays):
            for part in ("scoring", "calibration", "training"):
                np.save(folder / f"{part}-x{index}.npy", array)
        return arrays, Rows("0" * 64, str(folder), ROWS, ROWS, ROWS, labelled=False)

    def _call(self, function: str, arguments: dict[str, Any]) -> Any:
        """Let the worker do something."""
        return self.workers.call("torch", function, arguments, deadline_s=300)

    def _folder(self) -> Path:
        """A new folder."""
        self.count += 1
        path = self.folder / str(self.count)
        path.mkdir()
        return path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One worker for all tests of this file."""
    folder = tmp_path_factory.mktemp("executorch")
    with Workers(folder) as workers:
        yield Bench(workers, folder)


def test_the_adapter_lists_its_forms_and_every_control() -> None:
    """XNNPACK is the usual form; what retrains has beside it what trained as long and is otherwise the same."""
    controls = {control(parse(technique)) for technique in EXECUTORCH.techniques("torch")} - {""}

    assert EXECUTORCH.techniques("torch")[:4] == TECHNIQUES
    assert (EXECUTORCH.usual_forms, set(EXECUTORCH.forms)) == (("",), {"", "portable", "vulkan", "coreml"})
    assert controls <= set(EXECUTORCH.techniques("torch"))
    assert [EXECUTORCH.routes(name) for name in ("torch", "keras", "tflite")] == [("torch>executorch",), ("keras>torch>executorch",), ()]


@slow
@pytest.mark.parametrize("form", ["", "portable"])
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_every_technique_computes_what_the_model_computes(bench: Bench, technique: str, form: str) -> None:
    """ExecuTorch's outputs of each file are torch's, within what the technique may lose."""
    assert bench.error("cnn", technique, form) < ERROR[technique]


@slow
@pytest.mark.parametrize(
    ("technique", "form", "by_dtype"),
    [
        ("float32", "", {"float32": CNN_KERNELS}),
        ("float32", "portable", {"float32": CNN_KERNELS}),
        # XNNPACK's convolutions keep float32 weights (backends/xnnpack/operators/op_conv2d.py: force_fp32=True).
        ("float16", "", {"float32": CNN_KERNELS - 160, "float16": 160}),
        ("float16", "portable", {"float16": CNN_KERNELS}),
        # With ranges measured as it runs, linear layers and convolutions that no ReLU and no other group follows are quantised.
        ("dynamic_int8", "", {"float32": 72 + 128, "int8": 288 + 160}),
        ("int8", "", {"int8": CNN_KERNELS}),
        ("int8", "portable", {"int8": CNN_KERNELS}),
    ],
)
def test_weights_are_counted_in_the_dtype_that_they_have(bench: Bench, technique: str, form: str, by_dtype: dict[str, int]) -> None:
    """No weight is lost, invented or said to be what it is not; floats go in and come out."""
    seen = bench.made("cnn", technique, form).anatomy

    assert seen.parameters_by_dtype == by_dtype
    assert {(each.shape, each.dtype) for each in (*seen.inputs, *seen.outputs)} == {((1, 4, 12, 12), "float32"), ((1, 10), "float32")}


@slow
def test_all_of_a_convolutional_model_is_left_to_xnnpack(bench: Bench) -> None:
    """Batch normalisation is folded, the mean is a pooling, and nothing stays behind; without a back end everything is ExecuTorch's own."""
    delegated, own = bench.made("cnn").anatomy.operations, bench.made("cnn", form="portable").anatomy.operations

    assert {name.partition(" ")[0] for name in delegated} == {"XnnpackBackend"}
    assert delegated["XnnpackBackend GlobalAvgPooling2d"] == 1
    assert own["aten::convolution.out"] == 3
    assert not any("norm" in name for name in own)
    assert [kernel.kind for kernel in bench.made("cnn").anatomy.kernels].count(DEPTHWISE) == 1


@slow
@pytest.mark.parametrize(("name", "technique", "form"), [("cnn", "int8", ""), ("line", "float32", "coreml")])
def test_the_same_model_gives_the_same_bytes(bench: Bench, name: str, technique: str, form: str) -> None:
    """Converting again, after others, changes no byte; CoreML's random identifiers are made of the content."""
    before = bench.made(name, technique, form).path

    assert bench.made(name, technique, form, again=True).path.read_bytes() == before.read_bytes()


@slow
def test_a_recurrent_layer_is_quantised_with_its_weights(bench: Bench) -> None:
    """An LSTM becomes linear layers that the quantiser knows: all of its weights have 8 bits."""
    assert bench.error("lstm", "int8") < ERROR["int8"]
    assert bench.made("lstm", "int8").anatomy.parameters_by_dtype == {"int8": LSTM_KERNELS}


@slow
def test_several_inputs_and_outputs_keep_their_order_and_dtypes(bench: Bench) -> None:
    """Whole numbers stay whole, also where floats are halved; an input that is given back is an output too."""
    seen = bench.made("mixed", "float16").anatomy

    assert bench.error("mixed", "float16") < ERROR["float16"]
    assert [each.dtype for each in seen.inputs] == ["int64", "float32"]
    assert [each.dtype for each in seen.outputs] == ["float32", "int64", "float32", "float32"]


@slow
def test_weights_trained_under_rounding_are_calibrated_with_their_training_rows(bench: Bench) -> None:
    """What is left of qat_int8 for the converter is int8; without training rows there are no ranges."""
    assert bench.error("line", "qat_int8") < ERROR["qat_int8"]
    with pytest.raises(Refused) as caught:
        EXECUTORCH.convert(bench.opened("line").source, NONE, "qat_int8", "", bench.folder)
    assert caught.value.reason == "needs-calibration-data"


@slow
@pytest.mark.parametrize(
    ("form", "technique", "backend"), [("vulkan", "float32", "VulkanBackend"), ("coreml", "float32", "CoreMLBackend"), ("coreml", "float16", "CoreMLBackend")]
)
def test_files_for_other_chips_are_exported_and_say_that_nothing_here_runs_them(bench: Bench, form: str, technique: str, backend: str) -> None:
    """Their weights are counted; the engine refuses them by the back end's name."""
    seen = bench.made("line", technique, form).anatomy
    refused = ENGINES.get("executorch").refuses(seen, "cpu", {})

    assert seen.parameters_by_dtype == {technique: 12}
    assert refused is not None
    assert (refused.reason, backend in refused.message) == ("export-only", True)


@slow
@pytest.mark.parametrize(
    ("name", "technique", "named", "reason"),
    [
        ("bessel", "float32", "bessel_j0", "unsupported-operation"),
        ("branching", "float32", "branches by what it computes", "technique-not-for-model"),
        ("pooled", "int8", "no average pooling of integers", "unsupported-operation"),
    ],
)
def test_what_cannot_be_lowered_is_refused_by_its_reason(bench: Bench, name: str, technique: str, named: str, reason: str) -> None:
    """An operation without a kernel, a branch that depends on data, a pooling that XNNPACK takes and does not load."""
    with pytest.raises(Refused, match=named) as caught:
        bench.made(name, technique)
    assert caught.value.reason == reason
    assert len(caught.value.message) <= 300


@slow
@pytest.mark.parametrize(("technique", "form"), [("float32", ""), ("int8", "")])
def test_a_keras_model_is_lowered_as_well_as_a_torch_one(bench: Bench, cnn: "Kept", technique: str, form: str) -> None:
    """Channels last outside, one permutation inside: its layers, normalisations and products are folded as torch's own are, and all its weights quantised."""
    inputs = [np.asarray(each) for each in cnn.inputs]
    bench.sources["keras"] = Opened(cnn.source, cnn.rows, inputs, [np.asarray(each) for each in cnn.answers])
    seen = bench.made("keras", technique, form).anatomy

    assert bench.error("keras", technique, form) < 2 * ERROR[technique]
    assert (seen.inputs[0].shape, seen.parameters) == ((1, 12, 12, 1), KERAS_KERNELS)
    assert seen.parameters_quantized == (KERAS_KERNELS if technique == "int8" else 0)
    assert {name.partition(" ")[0] for name in seen.operations} == {"XnnpackBackend"}


@slow
def test_a_label_that_is_not_true_of_a_file_is_flagged(bench: Bench) -> None:
    """Ranges measured as it runs leave a convolutional model's kernels as they are: PARTLY-QUANTIZED."""
    promises = sum((step.promises for step in parse("dynamic_int8")), trust.Promises())
    seen = bench.made("cnn", "dynamic_int8").anatomy
    flaws = trust.artifact_flaws(promises=promises, integer=True, anatomy=seen, source_parameters=CNN_KERNELS, check=None, random_input=False)

    assert flaws == ("PARTLY-QUANTIZED",)


@pytest.mark.parametrize(
    ("path", "technique", "form", "reason"),
    [
        ("saved_model", "float32", "", "technique-not-for-model"),
        ("model.keras", "qat_int8", "", "technique-not-for-model"),
        ("model.keras", "int8", "coreml", "technique-not-for-format"),
    ],
)
def test_what_can_never_work_is_refused_before_anything_is_done(path: str, technique: str, form: str, reason: str) -> None:
    """A graph of TensorFlow, Keras's training under rounding, integers for CoreML."""
    source = Source("", "keras", path, (), (), 0)
    refused = EXECUTORCH.unfit(source, technique, form)  # type: ignore[attr-defined]

    assert refused is not None
    assert refused.reason == reason
    assert EXECUTORCH.unfit(source, "float32", "") is None or path == "saved_model"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("technique", "form", "reason"),
    [("int8", "", "needs-calibration-data"), ("uint8", "", "technique-not-for-format"), ("float32", "traced", "technique-not-for-format")],
)
def test_what_cannot_be_had_is_refused_with_its_reason(technique: str, form: str, reason: str, tmp_path: Path) -> None:
    """Techniques and forms that there are not, and a technique without its rows, before torch is loaded."""
    source = Source("", "torch", str(tmp_path / "torch"), (), (), 0)
    with pytest.raises(Refused) as caught:
        EXECUTORCH.convert(source, NONE, technique, form, tmp_path)
    assert caught.value.reason == reason


def _run(made: Made, inputs: list[Array]) -> list[Array]:
    """Run a file row by row with the runner's own engine; outputs of shape (rows, …)."""
    order = {"options": {}, "threads": 1} | {
        what: [{"name": each.name} for each in getattr(made.anatomy, what)] for what in ("inputs", "outputs")
    }  # fmt: skip
    engine = _engine()(str(made.path), order)
    engine.load()
    assert engine.inputs() == [(each.name, each.shape, each.dtype) for each in made.anatomy.inputs]
    assert engine.outputs() == [(each.name, each.shape, each.dtype) for each in made.anatomy.outputs]
    columns = []
    for row in zip(*inputs, strict=True):
        engine.set([value[np.newaxis].astype(tensor.dtype) for value, tensor in zip(row, made.anatomy.inputs, strict=True)])
        engine.invoke()
        columns.append(engine.read())
    engine.close()
    return [np.concatenate(column).astype(np.float32) for column in zip(*columns, strict=True)]


def _engine() -> Any:
    """The runner's engine class."""
    scripts = Path(__file__).parents[2] / "device_scripts"
    sys.path.insert(0, str(scripts))
    try:
        spec = importlib.util.spec_from_file_location("executorch_engine", scripts / "engines" / "executorch.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(scripts))
    return module.Engine

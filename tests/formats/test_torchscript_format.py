"""The TorchScript adapter: small models converted, run again by the lite interpreter and in full, and held against their own numbers."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from pocketbench import torch_kept, torch_model, trust
from pocketbench.engines import ENGINES
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS
from pocketbench.model import Anatomy, Rows, Source, Tensor
from pocketbench.sources import open_source
from pocketbench.techniques import control, parse
from pocketbench.worker import Workers

if TYPE_CHECKING:
    from conftest import Kept

Array = np.ndarray[Any, Any]
TORCHSCRIPT = FORMATS.get("torchscript")
ROWS = 24
CNN_KERNELS = 8 * 4 * 9 + 8 * 9 + 16 * 8 + 24 * 16 + 10 * 24
LSTM_KERNELS = 4 * 8 * (5 + 8) + 3 * 8
KERAS_KERNELS = 144 + 2304 + 4608 + 320
OWN = ("float32", "float16", "bfloat16", "dynamic_int8", "int8")
# The largest relative error, about twice what was seen.
ERROR = {"float32": 1e-5, "float16": 5e-3, "bfloat16": 3e-2, "dynamic_int8": 3e-2, "int8": 5e-2, "qat_int8": 5e-2}
NONE = Rows("", "", 0, 0, 0, labelled=False)
slow = pytest.mark.slow

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")


@dataclass(frozen=True)
class Opened:
    """A model that was opened, its rows, and its own answers to them, one array an output."""

    source: Source
    rows: Rows
    inputs: list[Array]
    answers: list[Array]


class Bench:
    """Opens each model once, and makes each file once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        self.models: dict[str, Opened] = {}
        self.files: dict[tuple[str, str, str], Path] = {}

    def model(self, name: str) -> Opened:
        """A model of ``torchscript_models``."""
        if name not in self.models:
            asked = {"source": f"python:torchscript_models:{name}", "base": str(Path(__file__).parent), "folder": str(self.new()), "framework": "torch"}
            self.models[name] = self.opened(msgspec.convert(open_source(**asked), Source))
        return self.models[name]

    def opened(self, source: Source) -> Opened:
        """A source with random rows and its own answers to them."""
        import torch

        folder, numbers = self.new(), np.random.default_rng(3)
        arrays = [_random(numbers, each) for each in source.inputs]
        for index, array in enumerate(arrays):
            for part in ("calibration", "training"):
                np.save(folder / f"{part}-x{index}.npy", array)
        inputs = [array.astype(each.dtype) for array, each in zip(arrays, source.inputs, strict=True)]
        with torch.no_grad(), torch_kept.deprecations_unheard():
            answers = _answers(torch_model.module(source), inputs)
        return Opened(source, Rows("0" * 64, str(folder), 0, ROWS, ROWS, labelled=False), inputs, answers)

    def made(self, name: str, technique: str = "float32", form: str = "") -> Path:
        """A file of a model."""
        key = (name, technique, form)
        if key not in self.files:
            self.files[key] = self.again(name, technique, form)
        return self.files[key]

    def again(self, name: str, technique: str, form: str) -> Path:
        """A file of a model, made anew."""
        model = self.model(name)
        return TORCHSCRIPT.convert(model.source, model.rows, technique, form, self.new())

    def error(self, name: str, technique: str = "float32", form: str = "", *, full: bool = False) -> float:
        """The largest relative error of any output of a file over all rows."""
        model = self.model(name)
        found = _run(self.made(name, technique, form), model.inputs, full=full)
        return max(float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)) for ours, theirs in zip(found, model.answers, strict=True))

    def new(self) -> Path:
        """A new folder."""
        self.count += 1
        path = self.folder / str(self.count)
        path.mkdir()
        return path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Shared by all tests of this file."""
    return Bench(tmp_path_factory.mktemp("torchscript"))


def test_the_adapter_lists_its_own_techniques_and_every_control() -> None:
    """What retrains has beside it what trained as long and is otherwise the same; torch and Keras models lead here."""
    controls = {control(parse(technique)) for technique in TORCHSCRIPT.techniques("torch")} - {""}

    assert TORCHSCRIPT.techniques("torch")[:5] == OWN
    assert controls <= set(TORCHSCRIPT.techniques("torch"))
    assert TORCHSCRIPT.usual_forms == ("",)
    assert [TORCHSCRIPT.routes(name) for name in ("torch", "keras", "tflite")] == [("torch>torchscript",), ("keras>torch>torchscript",), ()]


@slow
@pytest.mark.parametrize("technique", OWN)
def test_every_technique_computes_what_the_model_computes(bench: Bench, technique: str) -> None:
    """In the lite interpreter and in torch's full runtime, within what the technique may lose."""
    assert max(bench.error("cnn", technique, full=full) for full in (False, True)) < ERROR[technique]


@slow
@pytest.mark.parametrize("form", ["scripted", "frozen", "scripted+frozen", "fused", "optimized", "vulkan"])
def test_every_form_computes_what_the_model_computes(bench: Bench, form: str) -> None:
    """Also optimised, where torch by itself loses the shift of a normalisation behind a convolution without bias."""
    assert bench.error("cnn", "float32", form) < ERROR["float32"]


@slow
@pytest.mark.parametrize("form", ["", "per_tensor", "x86", "x86+per_tensor", "optimized"])
def test_integers_with_a_relu6_are_right_in_every_form(bench: Bench, form: str) -> None:
    """QNNPACK's clamp gives wrong numbers for tensors that are channels last, as its convolutions leave them."""
    assert bench.error("cnn", "int8", form) < ERROR["int8"]


@slow
@pytest.mark.parametrize("technique", OWN)
def test_an_lstm_keeps_its_numbers(bench: Bench, technique: str) -> None:
    """Recurrent layers have integer weights in both integer techniques."""
    seen = _anatomy(bench.made("lstm", technique))

    assert bench.error("lstm", technique) < ERROR[technique]
    assert seen.parameters == LSTM_KERNELS
    assert seen.parameters_quantized == (LSTM_KERNELS if "int8" in technique else 0)


@slow
@pytest.mark.parametrize(
    ("technique", "form", "by_dtype"),
    [
        ("float32", "", {"float32": CNN_KERNELS}),
        ("float32", "frozen", {"float32": CNN_KERNELS}),
        ("float32", "optimized", {"float32": CNN_KERNELS}),
        ("float16", "", {"float16": CNN_KERNELS}),
        ("bfloat16", "", {"bfloat16": CNN_KERNELS}),
        ("dynamic_int8", "", {"float32": CNN_KERNELS - 24 * 16 - 10 * 24, "int8": 24 * 16 + 10 * 24}),
        ("int8", "", {"int8": CNN_KERNELS}),
        ("int8", "optimized", {"int8": CNN_KERNELS}),
    ],
)
def test_weights_have_the_dtype_of_the_technique(bench: Bench, technique: str, form: str, by_dtype: dict[str, int]) -> None:
    """No technique loses or invents a weight; dynamic_int8 leaves convolutions alone."""
    assert _anatomy(bench.made("cnn", technique, form)).parameters_by_dtype == by_dtype


@slow
def test_a_dynamic_file_of_a_convolutional_model_is_flagged(bench: Bench) -> None:
    """Fewer than nine tenths of its weights are integers."""
    seen = _anatomy(bench.made("cnn", "dynamic_int8"))
    found = trust.artifact_flaws(
        promises=parse("dynamic_int8")[0].promises, integer=True, anatomy=seen, source_parameters=CNN_KERNELS, check=None, random_input=False
    )
    assert found == ("PARTLY-QUANTIZED",)


@slow
def test_fusing_takes_the_normalisation_away(bench: Bench) -> None:
    """Traced, there is one; fused or frozen there is none; integers have the ReLU in the layer before, too."""
    plain, fused, frozen, integer = (_anatomy(bench.made("cnn", *each)) for each in (("float32",), ("float32", "fused"), ("float32", "frozen"), ("int8",)))

    assert plain.operations["aten::batch_norm"] == 1
    assert "aten::batch_norm" not in fused.operations | frozen.operations | integer.operations
    assert sum(fused.operations.values()) == sum(plain.operations.values()) - 1
    assert fused.about["fused"] == "1 ConvReLU2d, 1 LinearReLU, 1 BatchNorm2d folded"
    assert (integer.operations["quantized::linear_relu"], integer.operations["quantized::conv2d_relu"]) == (1, 1)


@slow
def test_integer_weights_have_a_scale_a_channel_unless_the_form_says_otherwise(bench: Bench) -> None:
    """The dense layer of 24 outputs has 24 scales, or one; the file says which engine its kernels are for."""
    scales = {form: {each.elements: each.scales for each in _anatomy(bench.made("cnn", "int8", form)).kernels}[24 * 16] for form in ("", "per_tensor", "x86")}

    assert scales == {"": 24, "per_tensor": 1, "x86": 24}
    assert [_anatomy(bench.made("cnn", "int8", form)).about["quantized_engine"] for form in ("", "x86")] == ["qnnpack", "x86"]


@slow
def test_optimised_layers_are_xnnpacks(bench: Bench) -> None:
    """Convolutions and linear layers are prepacked, and the bytecode's version is recorded."""
    seen = _anatomy(bench.made("cnn", "float32", "optimized"))

    assert (seen.operations["prepacked::conv2d_clamp_run"], seen.operations["prepacked::linear_clamp_run"]) == (3, 2)
    assert seen.about["bytecode"] == "8"


@slow
@pytest.mark.parametrize(
    ("name", "technique", "form"),
    [("branching", "float32", ""), ("gated", "float32", "frozen"), ("gated", "dynamic_int8", ""), ("branching", "float32", "nnapi")],
)
def test_tracing_a_branch_that_depends_on_data_is_caught(bench: Bench, name: str, technique: str, form: str) -> None:
    """A traced file would take one way for every row: it is refused, with torch's warning and the form that keeps both."""
    with pytest.raises(Refused, match=r"tracing keeps one way through the model: on .* Python boolean") as caught:
        bench.again(name, technique, form)
    assert (caught.value.reason, "scripted" in caught.value.hint) == ("technique-not-for-model", True)


@slow
@pytest.mark.parametrize(
    ("name", "technique", "form"),
    [
        ("branching", "float32", "scripted"), ("gated", "float32", "scripted"), ("gated", "float32", "mixed"), ("gated", "float32", "mixed+frozen"),
        ("gated", "bfloat16", "mixed"), ("gated", "float16", "scripted"), ("gated", "dynamic_int8", "mixed"),
    ],
)  # fmt: skip
def test_scripting_keeps_both_ways(bench: Bench, name: str, technique: str, form: str) -> None:
    """Rows of either sign have the model's answers, and the graph a branch."""
    assert bench.error(name, technique, form) < ERROR[technique]
    assert _anatomy(bench.made(name, technique, form)).operations["prim::If"] >= 1


@slow
@pytest.mark.parametrize(
    ("name", "technique", "form", "reason", "words"),
    [
        ("branching", "float32", "mixed", "technique-not-for-model", "nothing in the model can be scripted"),
        ("branching", "int8", "", "technique-not-for-model", "torch.fx cannot follow the model .* control flow"),
        ("branching", "float32", "fused", "technique-not-for-model", "torch.fx cannot follow the model"),
        ("softmax_of_relu6", "float32", "fused", "technique-not-for-model", "nothing to fuse"),
        ("distances", "float16", "", "unsupported-operation", "not implemented for 'Half'"),
        ("lstm", "float32", "nnapi", "technique-not-for-model", "torch cannot write the model for NNAPI: .*lstm|Unsupported node"),
        ("cnn", "prune80", "", "technique-not-for-format", "no technique 'prune80'"),
        ("cnn", "float32", "portable", "technique-not-for-format", "no form 'portable'"),
        ("cnn", "float32", "x86", "technique-not-for-format", "which integer kernels"),
        ("cnn", "int8", "fused", "technique-not-for-format", "always fuses"),
        ("cnn", "float16", "optimized", "technique-not-for-format", "32-bit floats"),
    ],
)
def test_what_cannot_be_had_is_refused_with_its_reason(bench: Bench, name: str, technique: str, form: str, reason: str, words: str) -> None:
    """In torch's words where it is torch that refuses."""
    with pytest.raises(Refused, match=words) as caught:
        bench.again(name, technique, form)
    assert caught.value.reason == reason
    assert len(caught.value.message) <= 300


@slow
def test_static_int8_needs_calibration_rows(bench: Bench) -> None:
    """Without any it is refused."""
    with pytest.raises(Refused) as caught:
        TORCHSCRIPT.convert(bench.model("cnn").source, NONE, "int8", "", bench.new())
    assert caught.value.reason == "needs-calibration-data"


@slow
def test_a_model_trained_under_rounding_takes_its_ranges_from_the_training_rows(bench: Bench) -> None:
    """It becomes a file as int8 does."""
    assert bench.error("cnn", "qat_int8") < ERROR["qat_int8"]
    assert _anatomy(bench.made("cnn", "qat_int8")).parameters_quantized == CNN_KERNELS


@slow
def test_several_inputs_and_outputs_keep_the_order_of_the_source(bench: Bench) -> None:
    """Whole numbers stay whole, and the tables are 8 bits where everything is."""
    float32, int8 = (_anatomy(bench.made("two", technique)) for technique in ("float32", "int8"))

    assert bench.error("two") < ERROR["float32"]
    assert bench.error("two", "int8") < ERROR["int8"]
    assert float32.inputs == (Tensor("words", (1, 5), "int64"), Tensor("image", (1, 2, 3), "float32"))
    assert [each.shape for each in float32.outputs] == [(1, 4), (1, 6)]
    assert int8.parameters_by_dtype == {"uint8": 7 * 4, "int8": 4 * 6}


@slow
@pytest.mark.parametrize(
    ("name", "technique", "form"),
    [
        ("cnn", "float32", ""),
        ("cnn", "float32", "scripted"),
        ("cnn", "int8", ""),
        ("gated", "float32", "mixed"),
        ("cnn", "float32", "optimized"),
        ("larger", "float32", "scripted"),
    ],
)
def test_the_same_model_gives_the_same_bytes_whatever_was_converted_before(bench: Bench, name: str, technique: str, form: str) -> None:
    """Classes are numbered in the file, not in the process."""
    first = bench.made(name, technique, form)
    bench.again("lstm", "float32", "scripted")

    assert _sha256(bench.again(name, technique, form)) == _sha256(first)


@slow
def test_a_file_says_nothing_of_the_computer_it_was_made_on(bench: Bench) -> None:
    """No folder of the sources, and no row that was traced, is in any record."""
    with zipfile.ZipFile(bench.made("cnn")) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())

    assert b".py:" not in whole
    assert str(Path(__file__).parent).encode() not in whole
    assert not [name for name in archive.namelist() if "debug" in name or "traced_inputs" in name]


@slow
def test_a_model_for_nnapi_is_written_and_cannot_run_here(bench: Bench) -> None:
    """Its weights are counted, and both engines say that the accelerator is Android's."""
    seen = _anatomy(bench.made("line", "float32", "nnapi"))
    refusals = [ENGINES.get(name).refuses(seen, "cpu", {}) for name in ("pytorch-lite", "torchscript")]

    assert seen.parameters == 4 * 3
    assert [(each.stage, each.reason) for each in refusals if each] == [("admit", "accelerator-absent")] * 2


@slow
def test_a_truncated_file_cannot_be_read(bench: Bench, tmp_path: Path) -> None:
    """What the runtime would refuse is refused when it is looked into."""
    for size in (0, 100, -100):
        (tmp_path / "model.ptl").write_bytes(bench.made("cnn").read_bytes()[:size])
        with pytest.raises(Refused) as caught:
            TORCHSCRIPT.anatomy(tmp_path / "model.ptl")
        assert caught.value.reason == "engine-cannot-read"


@slow
def test_a_model_that_came_as_torchscript_is_written_again(bench: Bench) -> None:
    """As it is, or frozen; its layers cannot be replaced."""
    import torch

    with torch_kept.deprecations_unheard():
        torch.jit.script(torch_model.eager(bench.model("gated").source)).save(bench.folder / "given.pt")
    asked = {"source": "given.pt", "base": str(bench.folder), "folder": str(bench.new()), "asked": {"shapes": ["1x4"]}}
    source = msgspec.convert(open_source(**asked), Source)
    bench.models["given"] = bench.opened(source)

    assert max(bench.error("given"), bench.error("given", form="frozen")) < ERROR["float32"]
    assert [getattr(TORCHSCRIPT.unfit(source, *each), "reason", "") for each in (("int8", ""), ("float32", "fused"), ("float32", "scripted"))] == [
        "technique-not-for-model"
    ] * 3


@slow
def test_a_model_that_came_as_an_exported_program_gets_its_layers_back(bench: Bench) -> None:
    """So that it can be fused and quantised; scripting has no code to read."""
    import torch

    model = bench.model("cnn")
    with torch_kept.deprecations_unheard():
        torch.export.save(torch.export.export(torch_model.eager(model.source), torch_model.example(model.source)), bench.folder / "given.pt2")
    source = msgspec.convert(open_source(source="given.pt2", base=str(bench.folder), folder=str(bench.new())), Source)
    bench.models["program"] = bench.opened(source)

    for technique in ("float32", "bfloat16", "int8"):
        assert bench.error("program", technique) < ERROR[technique]
    assert _anatomy(bench.made("program", "int8")).parameters_quantized == CNN_KERNELS
    assert getattr(TORCHSCRIPT.unfit(source, "float32", "scripted"), "reason", "") == "technique-not-for-model"


@slow
def test_a_keras_model_goes_through_every_technique(bench: Bench, cnn: "Kept", tmp_path: Path) -> None:
    """Its images are channels last and stay so; its layers become torch's where that is needed."""
    inputs, answers = ([np.asarray(each) for each in those] for those in (cnn.inputs, cnn.answers))
    bench.models["keras"] = Opened(cnn.source, cnn.rows, inputs, answers)
    given = {"format": "torchscript", "source": msgspec.to_builtins(cnn.source), "rows": msgspec.to_builtins(cnn.rows)}
    with Workers(tmp_path) as workers:
        for technique, form in (("float32", ""), ("float32", "fused"), ("float16", ""), ("dynamic_int8", ""), ("int8", "")):
            folder = bench.new()
            told = workers.call("torch", "pocketbench.formats:make", {**given, "technique": technique, "form": form, "folder": str(folder)}, deadline_s=300)
            bench.files["keras", technique, form] = folder / told["path"]

            assert bench.error("keras", technique, form) < ERROR[technique]
            seen = _anatomy(bench.made("keras", technique, form))
            assert (seen.inputs[0].name, seen.inputs[0].shape, seen.parameters) == ("pixels", (1, 12, 12, 1), KERAS_KERNELS)
            assert seen.parameters_quantized == {"int8": KERAS_KERNELS, "dynamic_int8": 320}.get(technique, 0)


def test_what_keras_models_cannot_have_is_known_beforehand() -> None:
    """Scripting, rounding while training, and TensorFlow graphs."""
    source = Source("", "keras", "model.keras", (), (), 0)
    graph = msgspec.structs.replace(source, path="saved_model")

    for each, technique, form in ((source, "float32", "scripted"), (source, "qat_int8", ""), (graph, "float32", "")):
        refusal = TORCHSCRIPT.unfit(each, technique, form)
        assert refusal is not None
        assert (refusal.reason, bool(refusal.hint)) == ("technique-not-for-model", True)
    assert all(TORCHSCRIPT.unfit(source, technique, "") is None for technique in OWN)


def _random(numbers: np.random.Generator, tensor: Tensor) -> Array:
    """Rows for an input: normal numbers, or whole ones under 7; float32, as data comes."""
    shape = (ROWS, *tensor.shape[1:])
    return (numbers.normal(size=shape) if tensor.dtype == "float32" else numbers.integers(0, 7, shape)).astype("float32")


def _answers(module: Callable[..., Any], inputs: list[Array]) -> list[Array]:
    """What a module gives row by row, one array an output."""
    import torch

    rows = [torch_model.flat(module(*(torch.from_numpy(each[None]) for each in row))) for row in zip(*inputs, strict=True)]
    return [np.concatenate([each.numpy() for each in column]) for column in zip(*rows, strict=True)]


def _run(path: Path, inputs: list[Array], *, full: bool) -> list[Array]:
    """Run a file row by row, with the quantised engine that it names."""
    import torch
    from torch.jit.mobile import _load_for_lite_interpreter

    with _engine(_anatomy(path).about.get("quantized_engine", "qnnpack")), torch.no_grad(), torch_kept.deprecations_unheard():
        loaded = torch.jit.load(str(path)) if full else _load_for_lite_interpreter(str(path))
        return _answers(loaded, inputs)


@contextmanager
def _engine(name: str) -> Iterator[None]:
    """Set the quantised engine for a while."""
    import torch

    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = name
    try:
        yield
    finally:
        torch.backends.quantized.engine = before


def _anatomy(path: Path) -> Anatomy:
    """Look inside a file."""
    return TORCHSCRIPT.anatomy(path)


def _sha256(path: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

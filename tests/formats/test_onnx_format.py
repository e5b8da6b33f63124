"""The ONNX adapter, on small torch and Keras models whose files are run by ONNX Runtime and held against the source's own numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx_models
import pytest

from pocketbench import sources, trust
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS, make
from pocketbench.formats.onnx import Onnx
from pocketbench.model import Anatomy, Rows, Source, Tensor
from pocketbench.techniques import control, parse

Array = np.ndarray[Any, Any]
ONNX = Onnx()
FOLDER = Path(__file__).parent
ROWS = 24
# The largest relative error of random weights, about twice what was seen.
ERROR = {"float32": 1e-5, "float16": 2e-3, "dynamic_int8": 3e-2, "int8": 6e-2}
EMPTY = Rows("", "", 1, 0, 0, labelled=False)

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.:DeprecationWarning")


@dataclass(frozen=True)
class Opened:
    """A torch model that was opened, rows to calibrate with, and what it answers to them."""

    source: Source
    rows: Rows
    inputs: list[Array]
    answers: list[Array]


Open = Callable[[str], Opened]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Open:
    """A function that opens one of the models beside this file, once."""
    kept: dict[str, Opened] = {}

    def open_once(name: str) -> Opened:
        return kept.setdefault(name, kept[name] if name in kept else _opened(name, tmp_path_factory.mktemp(name)))

    return open_once


@pytest.fixture(scope="module")
def made(opened: Open, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that converts one of the models, each way once."""
    kept: dict[tuple[str, str, str], Path] = {}

    def convert(name: str, technique: str = "float32", form: str = "") -> Path:
        key = name, technique, form
        if key not in kept:
            kept[key] = ONNX.convert(opened(name).source, opened(name).rows, technique, form, tmp_path_factory.mktemp(technique))
        return kept[key]

    return convert


def test_every_technique_that_retrains_has_its_control_in_the_list() -> None:
    """What trained as long and is otherwise the same stands beside it; techniques after training come first."""
    listed = FORMATS.get("onnx").techniques("torch")
    assert listed[:4] == ("float32", "float16", "dynamic_int8", "int8")
    assert {control(parse(technique)) for technique in listed} - {""} <= set(listed)


def test_torch_and_keras_models_and_ready_made_files_have_a_route() -> None:
    """Ready-made files need neither torch nor Keras."""
    assert [ONNX.routes(name) for name in ("torch", "keras", "onnx", "tflite")] == [("torch>onnx",), ("keras>torch>onnx",), ("onnx",), ()]
    assert [ONNX.toolchain(name) for name in ("torch", "keras", "onnx")] == ["torch-onnx", "torch-onnx", "onnx"]
    assert ("keras" in ONNX.packages("keras"), "keras" in ONNX.packages("torch"), ONNX.packages("onnx")) == (True, False, ("onnx",))


@pytest.mark.parametrize(
    ("framework", "path", "technique", "form", "reason"),
    [
        ("keras", "saved_model", "float32", "", "technique-not-for-model"),
        ("keras", "model.keras", "qat_int8", "", "technique-not-for-model"),
        ("torch", "torch", "float16", "classic+per_tensor", "technique-not-for-format"),
        ("torch", "torch", "dynamic_int8", "per_tensor", ""),
        ("torch", "torch", "qat_int8", "", ""),
        ("keras", "model.keras", "int8", "classic", ""),
    ],
)
def test_what_does_not_go_together_is_told_beforehand(framework: str, path: str, technique: str, form: str, reason: str) -> None:
    """Before anything is trained or converted."""
    refusal = ONNX.unfit(Source("", framework, path, (), (), 0), technique, form)
    assert (refusal.reason if refusal else "") == reason


@pytest.mark.parametrize(
    ("path", "technique", "form", "reason"),
    [
        ("given.onnx", "int8", "", "technique-not-for-model"),
        ("torch", "prune80", "", "technique-not-for-format"),
        ("torch", "float32", "scripted", "technique-not-for-format"),
        ("torch", "int8", "", "needs-calibration-data"),
        ("torch", "qat_int8", "", "needs-calibration-data"),
    ],
)
def test_what_cannot_be_had_is_refused_with_its_reason(path: str, technique: str, form: str, reason: str, tmp_path: Path) -> None:
    """Before anything is loaded."""
    with pytest.raises(Refused) as caught:
        ONNX.convert(Source("", "torch", str(tmp_path / path), (), (), 0), EMPTY, technique, form, tmp_path)
    assert caught.value.reason == reason


@pytest.mark.slow
@pytest.mark.parametrize("model", ["cnn", "lstm", "mixed"])
@pytest.mark.parametrize("technique", ERROR)
def test_every_technique_computes_what_torch_computes(opened: Open, made: Callable[..., Path], model: str, technique: str) -> None:
    """Outputs in the order of the source; inputs too, of whole numbers as well, and one that nothing reads."""
    outputs = _run(made(model, technique), opened(model))
    for ours, theirs in zip(outputs, opened(model).answers, strict=True):
        assert np.linalg.norm(ours - theirs) / np.linalg.norm(theirs) < ERROR[technique]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["cnn", "lstm", "mixed"])
def test_the_older_exporter_computes_the_same(opened: Open, made: Callable[..., Path], model: str) -> None:
    """Other operations, the same weights, and the input that it leaves out is there again."""
    for ours, theirs in zip(_run(made(model, form="classic"), opened(model)), opened(model).answers, strict=True):
        assert np.linalg.norm(ours - theirs) / np.linalg.norm(theirs) < ERROR["float32"]
    usual, classic = ONNX.anatomy(made(model)), ONNX.anatomy(made(model, form="classic"))
    assert (classic.parameters, classic.inputs) == (usual.parameters, usual.inputs)
    assert made(model).read_bytes() != made(model, form="classic").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "technique", "by_dtype"),
    [
        ("cnn", "float32", {"float32": onnx_models.KERNELS}),
        ("cnn", "float16", {"float16": onnx_models.KERNELS}),
        ("cnn", "dynamic_int8", {"int8": onnx_models.KERNELS}),
        ("cnn", "int8", {"int8": onnx_models.KERNELS}),
        ("lstm", "dynamic_int8", {"int8": 4 * 8 * (5 + 8) + 8 * 3}),
        ("lstm", "int8", {"float32": 4 * 8 * (5 + 8), "int8": 8 * 3}),
        ("mixed", "int8", {"uint8": 28, "int8": 12}),
    ],
)
def test_weights_have_the_dtype_of_the_technique(made: Callable[..., Path], model: str, technique: str, by_dtype: dict[str, int]) -> None:
    """No technique loses or invents a weight, counted by hand; the static quantiser leaves LSTMs alone."""
    assert ONNX.anatomy(made(model, technique)).parameters_by_dtype == by_dtype


@pytest.mark.slow
def test_an_lstm_that_stayed_floats_is_flagged(opened: Open, made: Callable[..., Path]) -> None:
    """int8 of which most is float is never shown as int8 alone."""
    promises = sum((step.promises for step in parse("int8")), trust.Promises())
    for technique, flaws in (("int8", ("PARTLY-QUANTIZED",)), ("dynamic_int8", ())):
        seen, parameters = ONNX.anatomy(made("lstm", technique)), opened("lstm").source.parameters
        assert trust.artifact_flaws(promises=promises, integer=True, anatomy=seen, source_parameters=parameters, check=None, random_input=False) == flaws


@pytest.mark.slow
def test_scales_are_those_of_channels_or_of_the_tensor(made: Callable[..., Path]) -> None:
    """The form per_tensor has one scale a weight, the usual one a scale a channel."""
    for form, scales in (("", [8, 8, 16, 10]), ("per_tensor", [1, 1, 1, 1])):
        kernels = ONNX.anatomy(made("cnn", "int8", form)).kernels
        assert sorted(kernel.scales for kernel in kernels) == sorted(scales)
        assert {kernel.kind for kernel in kernels} == {"kernel", "depthwise"}


@pytest.mark.slow
def test_files_are_of_one_row_of_floats_and_of_one_opset(made: Callable[..., Path]) -> None:
    """Inputs and outputs are floats in every technique; nothing names a file of the computer that they were made on."""
    import onnx

    for technique in ERROR:
        seen, whole = ONNX.anatomy(made("cnn", technique)), onnx.load_model(made("cnn", technique))
        assert (seen.inputs, seen.outputs) == ((Tensor("input", (1, 1, 12, 12), "float32"),), (Tensor("output_0", (1, 10), "float32"),))
        assert {each.domain: each.version for each in whole.opset_import}[""] == 20
        assert b"onnx_models" not in made("cnn", technique).read_bytes()
        onnx.checker.check_model(whole)


@pytest.mark.slow
def test_the_same_model_gives_the_same_bytes(opened: Open, made: Callable[..., Path], tmp_path: Path) -> None:
    """Converting again, between other models, changes no byte."""
    for technique, form in (("int8", ""), ("float16", ""), ("float32", "classic")):
        folder = tmp_path / f"{technique}{form}"
        folder.mkdir()
        first = made("cnn", technique, form).read_bytes()
        assert ONNX.convert(opened("cnn").source, opened("cnn").rows, technique, form, folder).read_bytes() == first
        assert [each.name for each in folder.iterdir()] == ["model.onnx"]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["", "classic"])
def test_an_operation_that_no_exporter_has_is_refused_by_its_name(opened: Open, form: str, tmp_path: Path) -> None:
    """In the exporter's own words."""
    with pytest.raises(Refused, match="bessel_j0") as caught:
        ONNX.convert(opened("bessel").source, EMPTY, "float32", form, tmp_path)
    assert caught.value.reason == "unsupported-operation"


@pytest.mark.slow
def test_a_branch_that_tracing_would_lose_is_kept_by_torchscript(tmp_path: Path) -> None:
    """TorchScript through the older exporter has both branches; the newer one refuses it."""
    import torch

    torch.jit.script(onnx_models.branching()).save(tmp_path / "given.pt")
    asked, kept = {"shapes": ["1x3"]}, tmp_path / "kept"
    kept.mkdir()
    source = msgspec.convert(sources.open_source(source="given.pt", base=str(tmp_path), folder=str(kept), asked=asked), Source)
    path = ONNX.convert(source, EMPTY, "float32", "classic", tmp_path)
    assert "If v19" in ONNX.anatomy(path).operations
    with pytest.raises(Refused) as caught:
        ONNX.convert(source, EMPTY, "float32", "", tmp_path)
    assert caught.value.reason == "unsupported-operation"


@pytest.mark.slow
def test_a_file_is_made_and_described_for_the_cache(opened: Open, tmp_path: Path) -> None:
    """As a worker is asked for it."""
    given = msgspec.to_builtins(opened("mixed").source)
    said = make(format="onnx", source=given, rows=msgspec.to_builtins(EMPTY), technique="float32", form="", folder=str(tmp_path))
    assert msgspec.convert(said["anatomy"], Anatomy).parameters == 40


def _opened(name: str, folder: Path) -> Opened:
    """Open a model, and run it over seeded rows."""
    import torch

    from pocketbench import torch_model

    source = msgspec.convert(sources.open_source(source=f"python:onnx_models:{name}", base=str(FOLDER), folder=str(folder)), Source)
    random = np.random.default_rng(3)
    sizes = [(ROWS, *each.shape[1:]) for each in source.inputs]
    whole = [each.dtype == "int64" for each in source.inputs]
    inputs = [random.integers(0, 7, size) if integers else random.normal(size=size).astype("f4") for size, integers in zip(sizes, whole, strict=True)]
    for place, array in enumerate(inputs):
        np.save(folder / f"calibration-x{place}.npy", array.astype("f4"))
    with torch.no_grad():
        answers = torch_model.flat(torch_model.module(source)(*map(torch.from_numpy, inputs)))
    return Opened(source, Rows("", str(folder), 0, ROWS, 0, labelled=False), inputs, [answer.numpy() for answer in answers])


def _run(path: Path, of: Opened) -> list[Array]:
    """Run a file row by row, its tensors by their place."""
    import onnxruntime

    ready = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [each.name for each in ready.get_inputs()]
    rows = [ready.run(None, dict(zip(names, (value[np.newaxis] for value in row), strict=True))) for row in zip(*of.inputs, strict=True)]
    return [np.concatenate(column) for column in zip(*rows, strict=True)]

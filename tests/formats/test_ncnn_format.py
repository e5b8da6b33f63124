"""The ncnn adapter, on small torch models whose folders are run by ncnn and held against the source's own numbers."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx_models
import pytest

from pocketbench import sources, trust
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS
from pocketbench.formats.ncnn import Ncnn
from pocketbench.model import Rows, Source, Tensor
from pocketbench.techniques import control, parse

Array = np.ndarray[Any, Any]
NCNN = Ncnn()
FOLDER = Path(__file__).parent
EMPTY = Rows("", "", 1, 0, 0, labelled=False)
ERROR = {"float32": 1e-5, "float16": 2e-3}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Source]:
    """A function that opens one of the models beside this file, once."""
    kept: dict[str, Source] = {}

    def open_once(name: str) -> Source:
        if name not in kept:
            folder = tmp_path_factory.mktemp(name)
            said = sources.open_source(source=f"python:onnx_models:{name}", base=str(FOLDER), folder=str(folder))
            kept[name] = msgspec.convert(said, Source)
        return kept[name]

    return open_once


@pytest.fixture(scope="module")
def made(opened: Callable[[str], Source], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that converts one of the models, each way once."""
    kept: dict[tuple[str, str], Path] = {}

    def convert(name: str, technique: str) -> Path:
        if (name, technique) not in kept:
            kept[name, technique] = NCNN.convert(opened(name), EMPTY, technique, "", tmp_path_factory.mktemp(technique))
        return kept[name, technique]

    return convert


def test_every_technique_that_retrains_has_its_control_in_the_list() -> None:
    """What trained as long and is otherwise the same stands beside it; eight bits are not in the list."""
    listed = FORMATS.get("ncnn").techniques("torch")
    assert listed[:2] == ("float32", "float16")
    assert {control(parse(technique)) for technique in listed} - {""} <= set(listed)
    assert not [technique for technique in listed if "int8" in technique]


@pytest.mark.parametrize(
    ("framework", "path", "dtype", "technique", "reason"),
    [
        ("torch", "torch", "float32", "int8", "known-limit"),
        ("torch", "torch", "float32", "prune80+int8", "known-limit"),
        ("keras", "saved_model", "float32", "float32", "technique-not-for-model"),
        ("torch", "torch", "float64", "float32", "technique-not-for-model"),
        ("keras", "model.keras", "float32", "float16", ""),
    ],
)
def test_what_does_not_go_together_is_told_beforehand(framework: str, path: str, dtype: str, technique: str, reason: str) -> None:
    """Before anything is trained or converted."""
    tensors = (Tensor("x", (-1, 4), dtype),)
    refusal = NCNN.unfit(Source("", framework, path, tensors, tensors, 0), technique, "")
    assert (refusal.reason if refusal else "") == reason


@pytest.mark.parametrize(("technique", "form"), [("prune80", ""), ("float32", "traced")])
def test_what_cannot_be_had_is_refused(technique: str, form: str, tmp_path: Path) -> None:
    """Techniques that are not the converter's, and forms, of which there are none."""
    with pytest.raises(Refused) as caught:
        NCNN.convert(Source("", "torch", str(tmp_path / "torch"), (), (), 0), EMPTY, technique, form, tmp_path)
    assert caught.value.reason == "technique-not-for-format"


@pytest.mark.slow
@pytest.mark.parametrize("model", ["cnn", "lstm", "mixed"])
@pytest.mark.parametrize("technique", ERROR)
def test_every_technique_computes_what_torch_computes(opened: Any, made: Any, model: str, technique: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs in the order of the source; inputs too, of whole numbers as well, and one that nothing reads."""
    import torch

    from pocketbench import torch_model

    source, random = opened(model), np.random.default_rng(3)
    row = [random.integers(0, 7, (1, *each.shape[1:])) if each.dtype == "int64" else random.normal(size=(1, *each.shape[1:])) for each in source.inputs]
    given = [value.astype(each.dtype) for value, each in zip(row, source.inputs, strict=True)]
    with torch.no_grad():
        answers = torch_model.flat(torch_model.module(source)(*map(torch.from_numpy, given)))
    for ours, theirs in zip(_run(made(model, technique), given, monkeypatch), answers, strict=True):
        assert ours.shape == tuple(theirs.shape)
        assert np.linalg.norm(ours - theirs.numpy()) / np.linalg.norm(theirs) < ERROR[technique]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "elements"), [("cnn", onnx_models.KERNELS), ("lstm", 4 * 8 * (5 + 8) + 8 * 3), ("mixed", 40)])
def test_weights_have_the_dtype_of_the_technique(made: Any, model: str, elements: int) -> None:
    """No technique loses or invents a weight, counted by hand; halves are half the size."""
    whole, halves = NCNN.anatomy(made(model, "float32")), NCNN.anatomy(made(model, "float16"))
    assert (whole.parameters_by_dtype, halves.parameters_by_dtype) == ({"float32": elements}, {"float16": elements})
    promises = sum((step.promises for step in parse("float16")), trust.Promises())
    assert trust.artifact_flaws(promises=promises, integer=False, anatomy=halves, source_parameters=elements, check=None, random_input=False) == ()


@pytest.mark.slow
def test_a_folder_holds_what_ncnn_reads_and_how_rows_go_in(opened: Any, made: Any) -> None:
    """Nothing of what pnnx writes besides is left; whole numbers have 32 bits."""
    path = made("mixed", "float32")
    assert sorted(each.name for each in path.iterdir()) == ["model.ncnn.bin", "model.ncnn.param", "tensors.json"]
    assert [each.name for each in path.parent.iterdir()] == ["model.ncnn"]
    assert [(each.shape, each.dtype) for each in NCNN.anatomy(path).inputs] == [((1, 2), "int32"), ((1, 3), "float32"), ((1, 2), "float32")]


@pytest.mark.slow
def test_the_same_model_gives_the_same_bytes(opened: Any, made: Any, tmp_path: Path) -> None:
    """Converting again changes no byte of any file."""
    again = NCNN.convert(opened("cnn"), EMPTY, "float16", "", tmp_path)
    assert {each.name: each.read_bytes() for each in again.iterdir()} == {each.name: each.read_bytes() for each in made("cnn", "float16").iterdir()}


@pytest.mark.slow
def test_an_operation_that_ncnn_has_no_layer_for_is_refused_by_its_name(opened: Any, tmp_path: Path) -> None:
    """Pnnx hands it on; ncnn does not know it."""
    with pytest.raises(Refused, match="special_bessel_j0") as caught:
        NCNN.convert(opened("bessel"), EMPTY, "float32", "", tmp_path)
    assert caught.value.reason == "unsupported-operation"


@pytest.mark.slow
def test_a_model_of_no_kernels_has_no_halves(opened: Any, tmp_path: Path) -> None:
    """A file that would be the float32 one is not made under another name."""
    with pytest.raises(Refused) as caught:
        NCNN.convert(opened("scaled"), EMPTY, "float16", "", tmp_path)
    assert caught.value.reason == "technique-not-for-model"


def _run(path: Path, row: list[Array], monkeypatch: pytest.MonkeyPatch) -> list[Array]:
    """Run one row in the runner's own engine."""
    scripts = Path(__file__).parent.parent.parent / "device_scripts"
    monkeypatch.syspath_prepend(str(scripts))
    spec = importlib.util.spec_from_file_location("ncnn_engine", scripts / "engines" / "ncnn.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    engine = module.Engine(str(path), {"options": {}, "threads": 1, "accelerator": "cpu"})
    engine.load()
    engine.set([value.astype(dtype) for value, (_, _, dtype) in zip(row, engine.inputs(), strict=True)])
    engine.invoke()
    answers: list[Array] = engine.read()
    engine.close()
    assert "ncnn" in sys.modules
    return answers

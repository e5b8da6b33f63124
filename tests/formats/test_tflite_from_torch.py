"""TensorFlow Lite files of torch models, run again by LiteRT and held against torch's own numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from pocketbench import sources, torch_model
from pocketbench.errors import Refused
from pocketbench.formats import Judging, make
from pocketbench.formats.tflite import Tflite
from pocketbench.model import DEPTHWISE, KERNEL, Anatomy, Rows, Source

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings(r"ignore:The tensor attributes? self\.:UserWarning")]  # of torch.export, of LSTMs

Array = np.ndarray[Any, Any]
TFLITE = Tflite()
ROWS = 24
WEIGHTS = 72 + 128 + 144 + 256 + 160
# The largest relative error of random weights, about twice what was seen.
ERROR = {
    ("float32", ""): 1e-5, ("float16", ""): 2e-3, ("dynamic_int8", ""): 3e-2, ("dynamic_int8", "pt2e"): 3e-2, ("int8_float_io", ""): 8e-2,
    ("int8", ""): 8e-2, ("int8", "pt2e"): 8e-2, ("int16x8", ""): 3e-2, ("qat_int8", ""): 8e-2,
}  # fmt: skip
Made = Callable[[str, str, str], tuple[Path, Anatomy]]


class Models:
    """The models, opened once each, with rows to calibrate and to compare; files made of them, once each."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.opened, self._made = folder, {}, {}  # type: ignore[var-annotated]

    def open(self, name: str) -> tuple[Source, Rows]:
        """Open a model, with rows of uniform random numbers that are its calibration rows and its training rows."""
        if name not in self.opened:
            folder, random = self._folder / name, np.random.default_rng(3)
            folder.mkdir()
            text, base = f"python:tflite_torch_models:{name}", str(Path(__file__).parent)
            source = msgspec.convert(sources.open_source(source=text, base=base, folder=str(folder), framework="torch"), Source)
            for place, each in enumerate(source.inputs):
                rows = random.uniform(0, 3, (ROWS, *each.shape[1:])).astype(each.dtype)
                for part in ("calibration", "training"):
                    np.save(folder / f"{part}-x{place}.npy", rows)
            self.opened[name] = source, Rows("0" * 64, str(folder), 0, ROWS, ROWS, labelled=False)
        return self.opened[name]

    def make(self, name: str, technique: str, form: str, *, again: bool = False) -> tuple[Path, Anatomy]:
        """Convert as a worker does, once for each file unless asked ``again``."""
        key = (name, technique, form, again)
        if key not in self._made:
            source, rows = (msgspec.to_builtins(each) for each in self.open(name))
            folder = self._folder / "-".join(map(str, key))
            folder.mkdir()
            said = make(format="tflite", source=source, rows=rows, technique=technique, form=form, folder=str(folder))
            self._made[key] = folder / str(said["path"]), msgspec.convert(said["anatomy"], Anatomy)
        return self._made[key]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """All of them."""
    return Models(tmp_path_factory.mktemp("models"))


def run(path: Path, rows: list[Array]) -> list[Array]:
    """What LiteRT answers, one row after another, in floats, outputs in the file's order."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    inputs, outputs, answers = interpreter.get_input_details(), interpreter.get_output_details(), []
    for row in zip(*rows, strict=True):
        for each, values in zip(inputs, row, strict=True):
            interpreter.set_tensor(each["index"], _stored(values[np.newaxis], each))
        interpreter.invoke()
        answers.append([_real(interpreter.get_tensor(each["index"])[0], each) for each in outputs])
    return [np.stack(column) for column in zip(*answers, strict=True)]


def _stored(values: Array, tensor: dict[str, Any]) -> Array:
    """Numbers as a tensor stores them."""
    scale, zero = tensor["quantization"]
    whole = np.clip(np.round(values / scale + zero), -128, 127) if scale else values
    return np.asarray(whole.astype(tensor["dtype"]))


def _real(values: Array, tensor: dict[str, Any]) -> Array:
    """What stored numbers mean."""
    scale, zero = tensor["quantization"]
    return (values.astype(np.float32) - zero) * scale if scale else values


def answers(source: Source, rows: Rows) -> tuple[list[Array], list[Array]]:
    """The rows, and what torch answers to them."""
    import torch

    inputs = [np.load(Path(rows.folder) / f"calibration-x{place}.npy") for place in range(len(source.inputs))]
    with torch.no_grad():
        given = torch_model.flat(torch_model.eager(source)(*map(torch.from_numpy, inputs)))
    return inputs, [each.numpy() for each in given]


@pytest.mark.parametrize(("technique", "form"), ERROR)
def test_a_file_answers_what_torch_answers(models: Models, technique: str, form: str) -> None:
    """To the precision of its numbers."""
    path, _ = models.make("cnn", technique, form)
    inputs, [expected] = answers(*models.open("cnn"))
    [found] = run(path, inputs)

    assert np.linalg.norm(found - expected) <= ERROR[technique, form] * np.linalg.norm(expected)


@pytest.mark.parametrize(("technique", "form"), ERROR)
def test_weights_are_what_the_technique_says(models: Models, technique: str, form: str) -> None:
    """All of them, counted by hand; inputs and outputs as the file has them, one row at a time."""
    dtype = {"float32": "float32", "float16": "float16"}.get(technique, "int8")
    _, anatomy = models.make("cnn", technique, form)

    assert anatomy.parameters_by_dtype == {dtype: WEIGHTS}
    assert (anatomy.inputs[0].shape, anatomy.outputs[0].shape) == ((1, 1, 12, 12), (1, 10))


def test_int8_is_integers_from_end_to_end_but_for_what_torchs_tools_do_not_know(models: Models) -> None:
    """The usual form has integer outputs too; in pt2e a softmax stays in floats, and so do the outputs behind it."""
    seen = {form: models.make("cnn", "int8", form)[1] for form in ("", "pt2e")}

    assert [(anatomy.inputs[0].dtype, anatomy.outputs[0].dtype) for anatomy in seen.values()] == [("int8", "int8"), ("int8", "float32")]
    for technique in ("int8_float_io", "int16x8", "dynamic_int8"):
        anatomy = models.make("cnn", technique, "")[1]
        assert (anatomy.inputs[0].dtype, anatomy.outputs[0].dtype) == ("float32", "float32")


@pytest.mark.parametrize(("technique", "form"), [("int8", ""), ("int8", "pt2e")])
def test_the_same_model_gives_the_same_bytes(models: Models, technique: str, form: str) -> None:
    """However often it is converted in one process."""
    once, twice = (models.make("cnn", technique, form, again=again)[0] for again in (False, True))

    assert once.read_bytes() == twice.read_bytes()


def test_an_lstms_weights_become_integers_by_the_quantizer_alone(models: Models) -> None:
    """Torch's tools know the dense layer behind it and nothing else, which the counts show."""
    weights = 4 * 8 * (5 + 8) + 3 * 8
    usual, pt2e = (models.make("lstm", "int8", form)[1] for form in ("", "pt2e"))

    assert (usual.parameters, usual.parameters_quantized) == (weights, weights)
    assert (pt2e.parameters, pt2e.parameters_quantized) == (weights, 3 * 8)


def test_an_lstm_answers_what_torch_answers(models: Models) -> None:
    """Unrolled, one operation a step."""
    path, _ = models.make("lstm", "float32", "")
    inputs, [expected] = answers(*models.open("lstm"))

    assert np.allclose(run(path, inputs)[0], expected, atol=1e-5)


def test_kernels_are_read_with_their_inputs_last(models: Models) -> None:
    """Channels first in torch, last in the file: 2:4 along the input channels shows, and depthwise kernels are known as such."""
    kernels = models.make("pruned", "float32", "")[1].kernels
    found = {kernel.shape: (kernel.kind, kernel.two_of_four) for kernel in kernels}

    assert found[16, 1, 1, 8] == found[16, 1, 1, 16] == found[10, 16] == (KERNEL, 1.0)
    assert found[1, 3, 3, 16][0] == DEPTHWISE


def test_inputs_and_outputs_keep_the_models_order(models: Models) -> None:
    """Eleven inputs, whose names sort otherwise; whole numbers of 64 bits become such of 32."""
    path, anatomy = models.make("several", "float32", "")
    inputs, expected = answers(*models.open("several"))
    found = run(path, inputs)

    assert [each.dtype for each in anatomy.inputs][:3] == ["float32", "int32", "float32"]
    assert all(np.allclose(one, other, atol=1e-5) for one, other in zip(found, expected, strict=True))


def test_the_quantizer_calibrates_inputs_in_their_own_order(models: Models) -> None:
    """Ranges that are mixed up would cut numbers off."""
    path, _ = models.make("several", "int8_float_io", "")
    inputs, expected = answers(*models.open("several"))

    assert np.abs(run(path, inputs)[0] - expected[0]).max() < 0.1


def test_what_cannot_be_written_is_named(models: Models, tmp_path: Path) -> None:
    """In the converter's words."""
    with pytest.raises(Refused, match=r"Lowering not found: aten\.linalg_inv") as caught:
        TFLITE.convert(*models.open("inverse"), "float32", "", tmp_path)

    assert caught.value.reason == "unsupported-operation"


def test_techniques_and_forms_of_tensorflows_converter_are_refused_beforehand(models: Models) -> None:
    """And so is the form pt2e where it would change nothing, or for a Keras model."""
    source, _ = models.open("cnn")
    keras = msgspec.structs.replace(source, framework="keras", path="model.keras")

    def said(technique: str, form: str, of: Source = source) -> str:
        found = TFLITE.unfit(of, technique, form)
        return found.reason if found else ""

    assert isinstance(TFLITE, Judging)
    assert {said(technique, "") for technique in ("uint8", "sparse", "int8+sparse")} == {"technique-not-for-format"}
    assert {said("float32", form) for form in ("old_ops", "fused", "select_tf_ops")} == {"technique-not-for-model"}
    assert (said("float32", "pt2e"), said("int8", "pt2e"), said("qat_int8", "pt2e")) == ("technique-not-for-format", "", "")
    assert (said("int8", "pt2e", keras), said("int8", "", keras)) == ("technique-not-for-model", "")


def test_calibration_without_rows_is_refused(models: Models, tmp_path: Path) -> None:
    """As everywhere."""
    source, rows = models.open("cnn")
    with pytest.raises(Refused) as caught:
        TFLITE.convert(source, msgspec.structs.replace(rows, calibration=0), "int8", "", tmp_path)

    assert caught.value.reason == "needs-calibration-data"

"""The TensorFlow Lite adapter, on small models that are run again by LiteRT and held against Keras's own numbers."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

import tiny_tflite
from pocketbench import scores, tensors, trust
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS, make
from pocketbench.formats.tflite import Tflite
from pocketbench.model import Anatomy, Rows, Source, Tensor
from pocketbench.techniques import control, parse

if TYPE_CHECKING:
    from conftest import Keep, Kept

Array = np.ndarray[Any, Any]
TFLITE = Tflite()
TECHNIQUES = ("float32", "float16", "dynamic_int8", "int8_float_io", "int8", "uint8", "int16x8")
KERNELS = 144 + 2304 + 4608 + 320
# The largest relative error of random weights, about twice what was seen.
ERROR = {"float32": 1e-5, "float16": 2e-3, "dynamic_int8": 3e-2, "int8_float_io": 8e-2, "int8": 8e-2, "uint8": 8e-2, "int16x8": 3e-2}
FREE = (Tensor("x", (-1, 4), "float32"),)

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning"),
    pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected:UserWarning"),
]


@pytest.fixture(scope="session")
def converted(cnn: "Kept", tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The convolutional model made with every technique, in their order."""
    return {technique: _convert(cnn, technique, tmp_path_factory.mktemp(technique)) for technique in TECHNIQUES}


def test_the_adapter_lists_the_seven_post_training_techniques_first() -> None:
    """``techniques = "all"`` means the seven post-training techniques, from float32 to int16x8, then those that retrain."""
    assert FORMATS.get("tflite").techniques("keras")[:7] == TECHNIQUES


def test_every_technique_that_retrains_has_its_control_in_the_list() -> None:
    """What trained as long and is otherwise the same stands beside it, so that no gain of the extra epochs is taken for the technique's."""
    listed = FORMATS.get("tflite").techniques("keras")
    controls = {control(parse(technique)) for technique in listed if not technique.endswith("sparse")} - {""}

    assert controls <= set(listed)
    assert {"extra_epochs", "extra_epochs+int8", "extra_epochs:2+int8", "extra_epochs:3+int8"} <= controls


def test_models_of_both_frameworks_and_ready_made_files_have_a_route() -> None:
    """A route leads from keras, torch and tflite, and from nothing else."""
    assert [TFLITE.routes(name) for name in ("keras", "torch", "tflite", "onnx")] == [("keras>tf>tflite",), ("torch>litert-torch>tflite",), ("tflite",), ()]


@pytest.mark.slow
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_every_technique_computes_what_keras_computes(cnn: "Kept", converted: dict[str, Path], technique: str) -> None:
    """LiteRT's outputs of each file are Keras's, within what the technique may lose."""
    outputs, _ = _run(converted[technique], cnn.inputs)
    error = np.linalg.norm(outputs[0] - cnn.answers[0]) / np.linalg.norm(cnn.answers[0])
    assert error < ERROR[technique]


@pytest.mark.slow
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_every_technique_computes_a_linear_regression(line: "Kept", technique: str, tmp_path: Path) -> None:
    """The smallest model goes through every technique and keeps its numbers."""
    outputs, _ = _run(_convert(line, technique, tmp_path), line.inputs)
    assert np.linalg.norm(outputs[0] - line.answers[0]) / np.linalg.norm(line.answers[0]) < ERROR[technique]


@pytest.mark.slow
def test_sizes_fall_as_weights_shrink(converted: dict[str, Path]) -> None:
    """A float16 file is about half, an int8 file under half of the float32 one; calibrated files of one model resemble each other."""
    size = {technique: path.stat().st_size for technique, path in converted.items()}
    assert 1.5 < size["float32"] / size["float16"] < 2.05
    assert size["float32"] / size["int8"] > 2
    assert size["dynamic_int8"] < size["float16"]
    assert abs(size["int8"] - size["int8_float_io"]) < 0.1 * size["int8"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("technique", "dtype"), [("float32", "float32"), ("int8_float_io", "float32"), ("int8", "int8"), ("uint8", "uint8"), ("int16x8", "float32")]
)
def test_inputs_and_outputs_have_the_dtype_of_the_technique(converted: dict[str, Path], technique: str, dtype: str) -> None:
    """Integer inputs and outputs come with the scale that turns them into real numbers; float ones have none."""
    seen = TFLITE.anatomy(converted[technique])
    assert {each.dtype for each in (*seen.inputs, *seen.outputs)} == {dtype}
    assert all(bool(each.scale) == (dtype != "float32") for each in (*seen.inputs, *seen.outputs))


@pytest.mark.slow
def test_the_batch_is_one(converted: dict[str, Path]) -> None:
    """A free batch dimension is fixed to one row in every file."""
    assert {TFLITE.anatomy(path).inputs[0].shape for path in converted.values()} == {(1, 12, 12, 1)}
    assert {TFLITE.anatomy(path).outputs[0].shape for path in converted.values()} == {(1, 10)}


@pytest.mark.slow
def test_float32_weights_are_the_kernels(converted: dict[str, Path]) -> None:
    """The weight elements of the float32 file are those of the model's kernels, counted by hand."""
    assert TFLITE.anatomy(converted["float32"]).parameters_by_dtype == {"float32": KERNELS}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("technique", "by_dtype"),
    [
        ("float16", {"float16": KERNELS}),
        ("dynamic_int8", {"float32": 144 + 320, "int8": 2304 + 4608}),
        ("int8", {"int8": KERNELS}),
        ("uint8", {"int8": KERNELS}),
        ("int16x8", {"int8": KERNELS}),
    ],
)
def test_weights_have_the_dtype_of_the_technique(converted: dict[str, Path], technique: str, by_dtype: dict[str, int]) -> None:
    """No technique loses or invents a weight; dynamic_int8 leaves tensors under 1,024 elements alone."""
    assert TFLITE.anatomy(converted[technique]).parameters_by_dtype == by_dtype


@pytest.mark.slow
def test_batch_normalisation_is_folded_into_the_convolutions(converted: dict[str, Path]) -> None:
    """The operations of the float32 file are three convolutions, one addition, one mean and one dense layer."""
    seen = TFLITE.anatomy(converted["float32"]).operations
    assert {name.split()[0]: count for name, count in seen.items()} == {"CONV_2D": 3, "ADD": 1, "MEAN": 1, "FULLY_CONNECTED": 1}


@pytest.mark.slow
def test_the_same_model_gives_the_same_bytes_in_any_order(cnn: "Kept", line: "Kept", converted: dict[str, Path], tmp_path: Path) -> None:
    """Converting again, backwards and between other models, changes no byte."""
    for technique in ("int8", "dynamic_int8", "float32"):
        _convert(line, technique, _folder(tmp_path / "line" / technique))
        again = _convert(cnn, technique, _folder(tmp_path / technique))
        assert _sha256(again) == _sha256(converted[technique]), technique


@pytest.mark.slow
@pytest.mark.parametrize("by_name", [False, True])
def test_several_inputs_and_outputs_keep_the_order_of_the_source(keep: "Keep", by_name: bool, tmp_path: Path) -> None:
    """The file's inputs and outputs come in the order of the Keras model, whatever the converter's order is."""
    kept = keep(_of_three_inputs(by_name=by_name), scales=(1.0, 10.0, 100.0))
    path = _convert(kept, "float32", tmp_path)
    outputs, _ = _run(path, kept.inputs)
    for ours, theirs in zip(outputs, kept.answers, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert [each.name for each in TFLITE.anatomy(path).inputs] == [f"serving_default_{each.name}:0" for each in kept.source.inputs]


@pytest.mark.slow
def test_each_input_is_calibrated_with_its_own_rows(keep: "Keep", tmp_path: Path) -> None:
    """The scales of three inputs are those of their rows: up to 1, 10 and 100 in 255 steps."""
    kept = keep(_of_three_inputs(by_name=False), scales=(1.0, 10.0, 100.0))
    seen = TFLITE.anatomy(_convert(kept, "int8", tmp_path)).inputs
    np.testing.assert_allclose([255 * each.scale for each in seen], [1, 10, 100], rtol=0.1)


@pytest.mark.slow
def test_a_recurrent_layer_is_converted(keep: "Keep", tmp_path: Path) -> None:
    """A Keras LSTM, which has no conversion with a free batch, computes the same as a file of one row."""
    import keras

    keras.utils.set_random_seed(2)
    steps = keras.Input((6, 5), name="steps")
    kept = keep(keras.Model(steps, keras.layers.LSTM(8)(steps)))
    path = _convert(kept, "float32", tmp_path)
    np.testing.assert_allclose(_run(path, kept.inputs)[0][0], kept.answers[0], rtol=1e-4, atol=1e-6)
    assert TFLITE.anatomy(path).parameters == 4 * 8 * (5 + 8)


@pytest.mark.slow
def test_a_saved_model_is_converted_with_its_weights(cnn: "Kept", tmp_path: Path) -> None:
    """A SavedModel folder gives the numbers and the weights that the Keras file gives, and a batch of one."""
    import keras

    folder = tmp_path / "saved_model"
    keras.saving.load_model(cnn.source.path).export(folder, verbose=False)
    source = msgspec.structs.replace(cnn.source, path=str(folder), outputs=(Tensor("output_0", (-1, 10), "float32"),))
    path = TFLITE.convert(source, cnn.rows, "float32", "", tmp_path)
    seen = TFLITE.anatomy(path)
    np.testing.assert_allclose(_run(path, cnn.inputs)[0][0], cnn.answers[0], rtol=1e-4, atol=1e-5)
    assert (seen.parameters, seen.inputs[0].shape) == (KERNELS, (1, 12, 12, 1))


@pytest.mark.slow
@pytest.mark.parametrize(("technique", "flaws"), [("float16", ()), ("dynamic_int8", ("NOOP",)), ("int8", ())])
def test_a_technique_that_did_nothing_is_flagged(line: "Kept", technique: str, flaws: tuple[str, ...], tmp_path: Path) -> None:
    """The four weights of a linear regression are too few for dynamic_int8, which quantises none; the others keep their promise."""
    promises = sum((step.promises for step in parse(technique)), trust.Promises())
    seen = TFLITE.anatomy(_convert(line, technique, tmp_path))
    assert trust.artifact_flaws(promises=promises, integer=True, anatomy=seen, source_parameters=4, check=None, random_input=False) == flaws


@pytest.mark.slow
def test_a_file_whose_weights_were_lost_is_flagged(cnn: "Kept", tmp_path: Path) -> None:
    """A file from from_concrete_functions, which leaves Keras's weights behind, never passes for a good one."""
    import keras
    import tensorflow as tf

    model = keras.saving.load_model(cnn.source.path)
    traced = tf.function(lambda pixels: model(pixels, training=False)).get_concrete_function(tf.TensorSpec((1, 12, 12, 1), name="pixels"))
    path = tmp_path / "lost.tflite"
    path.write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([traced], model).convert())
    outputs, seen = _run(path, cnn.inputs)
    check = scores.agreement(outputs, cnn.answers, classes=False)
    found = trust.artifact_flaws(promises=trust.Promises(), integer=False, anatomy=seen, source_parameters=KERNELS, check=check, random_input=False)
    assert {"NON-FINITE", "CONSTANT-OUTPUT"} & set(found)


@pytest.mark.slow
def test_an_operation_without_a_kernel_is_refused_by_its_name(keep: "Keep", tmp_path: Path) -> None:
    """A layer that inverts matrices is refused as an unsupported operation, which the message names."""
    kept = keep(_inverse())
    with pytest.raises(Refused, match="MatrixInverse") as caught:
        _convert(kept, "float32", tmp_path)
    assert caught.value.reason == "unsupported-operation"


def test_a_technique_that_calibrates_needs_rows(tmp_path: Path) -> None:
    """Without calibration rows, int8 is refused before anything is loaded."""
    source = Source("", "keras", str(tmp_path / "absent.keras"), FREE, FREE, 0)
    with pytest.raises(Refused) as caught:
        TFLITE.convert(source, Rows("", "", 1, 0, 0, labelled=False), "int8", "", tmp_path)
    assert caught.value.reason == "needs-calibration-data"


def test_a_fixed_batch_of_four_is_refused(tmp_path: Path) -> None:
    """A model that takes four rows at once cannot be measured row by row, and the message gives its shape."""
    source = Source("", "keras", str(tmp_path / "absent.keras"), (Tensor("x", (4, 2), "float32"),), FREE, 0)
    with pytest.raises(Refused, match=r"\(4, 2\)") as caught:
        TFLITE.convert(source, Rows("", "", 1, 0, 0, labelled=False), "float32", "", tmp_path)
    assert caught.value.reason == "shape-mismatch"


def test_a_ready_made_file_is_copied_byte_for_byte(tmp_path: Path) -> None:
    """``as_is`` gives the bytes that came, and says what is inside."""
    made = make(format="tflite", source=_ready(tmp_path), rows=_no_rows(), technique="as_is", form="", folder=str(_folder(tmp_path / "made")))
    assert (tmp_path / "made" / "model.tflite").read_bytes() == (tmp_path / "given.tflite").read_bytes()
    assert msgspec.convert(made["anatomy"], Anatomy).operations == {"FULLY_CONNECTED v1": 1}


@pytest.mark.parametrize(
    ("suffix", "technique", "form", "reason"),
    [
        (".tflite", "int8", "", "technique-not-for-model"),
        (".keras", "prune80", "", "technique-not-for-format"),
        (".keras", "as_is", "", "technique-not-for-format"),
        (".keras", "float32", "traced", "technique-not-for-format"),
    ],
)
def test_what_cannot_be_had_is_refused_with_its_reason(suffix: str, technique: str, form: str, reason: str, tmp_path: Path) -> None:
    """Techniques and forms that this format does not have, or that a ready-made file cannot have, are typed refusals."""
    source = Source("", "keras", str(tmp_path / f"given{suffix}"), FREE, FREE, 0)
    with pytest.raises(Refused) as caught:
        TFLITE.convert(source, Rows("", "", 1, 1, 0, labelled=False), technique, form, tmp_path)
    assert caught.value.reason == reason


def _convert(kept: "Kept", technique: str, folder: Path) -> Path:
    """Convert a kept model."""
    return TFLITE.convert(kept.source, kept.rows, technique, "", folder)


def _run(path: Path, inputs: list[Array]) -> tuple[list[Array], Anatomy]:
    """Run a file row by row, its tensors by their place; real-valued outputs of shape (rows, …)."""
    from ai_edge_litert.interpreter import Interpreter

    seen, ready = TFLITE.anatomy(path), Interpreter(model_path=str(path), num_threads=1)
    ready.allocate_tensors()
    rows = []
    for row in zip(*inputs, strict=True):
        for value, tensor, detail in zip(row, seen.inputs, ready.get_input_details(), strict=True):
            ready.set_tensor(detail["index"], tensors.stored(value[np.newaxis], tensor))
        ready.invoke()
        raw = [ready.get_tensor(detail["index"]) for detail in ready.get_output_details()]
        rows.append([tensors.real(each, tensor) for each, tensor in zip(raw, seen.outputs, strict=True)])
    return [np.concatenate(column) for column in zip(*rows, strict=True)], seen


def _of_three_inputs(*, by_name: bool) -> Any:
    """A model whose inputs and outputs have names in no order; with ``by_name`` it takes a dictionary."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(4)
    inputs = [keras.Input((size,), name=name) for size, name in ((4, "zeta"), (4, "alpha"), (4, "mid"))]
    mixed = layers.Concatenate()([layers.Dense(5)(each) for each in inputs])
    outputs = [layers.Dense(2, name=name)(mixed) for name in ("zz", "aa", "mm")]
    return keras.Model({each.name: each for each in inputs} if by_name else inputs, outputs)


def _inverse() -> Any:
    """A model of one operation that TensorFlow Lite does not have."""
    import keras

    square = keras.Input((3, 3), name="square")
    return keras.Model(square, keras.ops.inv(square))


def _ready(folder: Path) -> dict[str, Any]:
    """A ready-made file as a source, in builtins."""
    (folder / "given.tflite").write_bytes(tiny_tflite.linear(np.eye(4, dtype=np.float32), np.zeros(4, np.float32)))
    whole: dict[str, Any] = msgspec.to_builtins(Source("", "tflite", str(folder / "given.tflite"), FREE, FREE, 16))
    return whole


def _no_rows() -> dict[str, Any]:
    """No rows, in builtins."""
    whole: dict[str, Any] = msgspec.to_builtins(Rows("", "", 0, 0, 0, labelled=False))
    return whole


def _folder(path: Path) -> Path:
    """Make a folder."""
    path.mkdir(parents=True)
    return path


def _sha256(path: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

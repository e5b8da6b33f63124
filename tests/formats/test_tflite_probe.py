"""Operations that TensorFlow Lite does not have: found before converting, and carried by the form select_tf_ops."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pocketbench.errors import Refused
from pocketbench.formats import Missing, Probing, look
from pocketbench.formats.tflite import Tflite
from pocketbench.formats.tflite_probe import EVERYDAY, everyday, named, refusal
from pocketbench.model import Source
from pocketbench.sources import keras_model

if TYPE_CHECKING:
    from conftest import Keep, Kept

TFLITE = Tflite()
INVERSE, ERFINV = Missing(carried=("MatrixInverse",)), Missing(nowhere=("Erfinv",))

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning"),
]


@pytest.fixture(scope="module")
def inverse(keep: "Keep") -> "Kept":
    """A model that inverts matrices, which TensorFlow alone can, beside a dense layer large enough to be quantised."""
    import keras

    keras.utils.set_random_seed(1)
    square = keras.Input((6, 6), name="square")
    return keep(keras.Model(square, keras.layers.Dense(40)(keras.layers.Flatten()(keras.ops.inv(square)))))


@pytest.mark.parametrize(
    ("found", "form", "reason", "words"),
    [
        (INVERSE, "", "unsupported-operation", ("MatrixInverse", 'forms = ["select_tf_ops"]')),
        (INVERSE, "fused", "unsupported-operation", ("MatrixInverse", "select_tf_ops")),
        (ERFINV, "", "unsupported-operation", ("neither", "Erfinv")),
        (ERFINV, "select_tf_ops", "unsupported-operation", ("neither", "Erfinv")),
        (Missing(("Cholesky",), ("Erfinv",)), "select_tf_ops", "unsupported-operation", ("Erfinv",)),
        (Missing(), "select_tf_ops", "technique-not-for-model", ("the usual form is the same file",)),
    ],
)
def test_what_cannot_be_is_refused_with_the_operations_and_what_to_write(found: Missing, form: str, reason: str, words: tuple[str, ...]) -> None:
    """The form that would carry them is named where there is one."""
    refused = refusal(found, form)

    assert refused is not None
    assert (refused.stage, refused.reason) == ("convert", reason)
    assert all(word in f"{refused.message} {refused.hint}" for word in words)


@pytest.mark.parametrize(("found", "form"), [(Missing(), ""), (INVERSE, "select_tf_ops"), (Missing(known=False), "select_tf_ops"), (Missing(known=False), "")])
def test_what_may_be_is_let_through(found: Missing, form: str) -> None:
    """Also where looking failed: each conversion then tells for itself."""
    assert refusal(found, form) is None


def test_a_files_operations_say_what_is_missing() -> None:
    """TensorFlow's own are carried, customs are not, each is named once and in order."""
    assert named(["CONV_2D", "FlexMatrixInverse", "CUSTOM:Erfinv", "FlexCholesky", "FlexCholesky"]) == Missing(("Cholesky", "MatrixInverse"), ("Erfinv",))


@pytest.mark.parametrize(("operations", "known"), [({"Conv2D": 2, "Relu": 1}, True), ({"Conv2D": 1, "MatrixInverse": 1}, False), ({}, False)])
def test_everyday_models_are_not_looked_into(operations: dict[str, int], known: bool) -> None:
    """By the names of their operations; a model that does not tell them is looked into."""
    assert everyday(Source("", "keras", "model.keras", (), (), 0, operations)) is known


def test_the_adapter_can_tell_before_converting() -> None:
    """It is one of those formats that are asked."""
    assert isinstance(TFLITE, Probing)
    assert TFLITE.everyday(Source("", "tflite", "model.tflite", (), (), 0, {"CUSTOM:Own v1": 1}))


@pytest.mark.slow
def test_every_everyday_operation_is_one_that_tensorflow_lite_has(tmp_path: Path) -> None:
    """A model that has them all is converted, and nothing of it is missing."""
    source = keras_model.keep(_everyday(), tmp_path, "everyday")

    assert set(source.operations) >= EVERYDAY
    assert TFLITE.missing(source) == Missing()


@pytest.mark.slow
def test_missing_operations_are_found_by_name(inverse: "Kept", tmp_path: Path) -> None:
    """One that TensorFlow carries, and one that nothing does."""
    import keras

    x = keras.Input((3,), name="x")
    inverted = keras_model.keep(keras.Model(x, keras.ops.erfinv(x)), tmp_path, "erfinv")

    assert look(format="tflite", source=msgspec.to_builtins(inverse.source)) == {"carried": ("MatrixInverse",), "nowhere": (), "known": True}
    assert TFLITE.missing(inverted) == ERFINV


@pytest.mark.slow
def test_a_model_that_cannot_be_converted_at_all_is_not_known(inverse: "Kept", tmp_path: Path) -> None:
    """Its own error is told by its conversions."""
    (tmp_path / "model.keras").write_text("no model")
    assert TFLITE.missing(msgspec.structs.replace(inverse.source, path=str(tmp_path / "model.keras"))) == Missing(known=False)


@pytest.mark.slow
@pytest.mark.parametrize("technique", ["float32", "float16", "dynamic_int8"])
def test_select_tf_ops_makes_a_file_of_tensorflows_own_operations(inverse: "Kept", technique: str, tmp_path: Path) -> None:
    """Beside those of TensorFlow Lite, with the weights of the technique."""
    seen = TFLITE.anatomy(TFLITE.convert(inverse.source, inverse.rows, technique, "select_tf_ops", tmp_path))

    assert seen.operations["FlexMatrixInverse v1"] == 1
    assert seen.parameters_by_dtype == {{"dynamic_int8": "int8"}.get(technique, technique): 36 * 40}


@pytest.mark.slow
def test_select_tf_ops_cannot_be_calibrated(inverse: "Kept", tmp_path: Path) -> None:
    """Calibrating runs the model, and nothing here runs such operations."""
    with pytest.raises(Refused, match="calibrator cannot run Select TF operations") as caught:
        TFLITE.convert(inverse.source, inverse.rows, "int8", "select_tf_ops", tmp_path)
    assert caught.value.reason == "technique-not-for-model"


@pytest.mark.slow
def test_select_tf_ops_without_need_is_refused(line: "Kept", tmp_path: Path) -> None:
    """The file would be the usual one."""
    with pytest.raises(Refused, match="the usual form is the same file") as caught:
        TFLITE.convert(line.source, line.rows, "float32", "select_tf_ops", tmp_path)
    assert caught.value.reason == "technique-not-for-model"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["", "select_tf_ops"])
def test_an_operation_that_nothing_carries_is_refused_by_its_name(keep: "Keep", form: str, tmp_path: Path) -> None:
    """Also by a conversion that was not preceded by a look."""
    import keras

    x = keras.Input((3,), name="x")
    kept = keep(keras.Model(x, keras.ops.erfinv(x)))
    with pytest.raises(Refused, match="no kernel of this kind for Erfinv") as caught:
        TFLITE.convert(kept.source, kept.rows, "float32", form, tmp_path)
    assert caught.value.reason == "unsupported-operation"


def _everyday() -> Any:
    """A model of all everyday operations."""
    import keras
    from keras import layers, ops

    pixels = keras.Input((8, 8, 2), name="pixels")
    x = layers.ReLU(6)(layers.BatchNormalization()(layers.Conv2D(4, 3)(pixels)))
    x = layers.ReLU()(layers.DepthwiseConv2D(3, padding="same")(layers.ZeroPadding2D(1)(x)))
    x = layers.UpSampling2D(2)(layers.AveragePooling2D(2)(layers.MaxPooling2D(2)(x)))
    x = layers.LayerNormalization()(layers.Reshape((16, 4))(layers.Permute((2, 3, 1))(x)))
    x = layers.Concatenate()([ops.sigmoid(x), ops.tanh(x), -x, x - 1])
    x = ops.squeeze(ops.sum(x, axis=1, keepdims=True), 1) + ops.max(x, axis=1) * ops.zeros_like(x[:, 0])
    x = ops.cast(ops.cast(x, "int32"), "float32")
    return keras.Model(pixels, layers.Dense(3, activation="softmax")(x))

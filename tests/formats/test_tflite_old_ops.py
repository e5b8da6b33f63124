"""The form old_ops: operations in versions that older runtimes know."""

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pocketbench import tflite_versions
from pocketbench.errors import Refused
from pocketbench.formats.tflite import Tflite
from pocketbench.tflite_anatomy import anatomy_of

if TYPE_CHECKING:
    from conftest import Keep, Kept

TFLITE = Tflite()
LOAD = "import sys; from tflite_runtime.interpreter import Interpreter; Interpreter(sys.argv[1]).allocate_tensors()"
RUN = """
import sys, numpy as np
from tflite_runtime.interpreter import Interpreter
ready = Interpreter(sys.argv[1])
ready.allocate_tensors()
answers = []
for row in np.load(sys.argv[2]):
    ready.set_tensor(ready.get_input_details()[0]["index"], row[np.newaxis])
    ready.invoke()
    answers.append(ready.get_tensor(ready.get_output_details()[0]["index"])[0])
np.save(sys.argv[3], answers)
"""

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning"),
    pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected:UserWarning"),
]


@pytest.fixture(scope="module")
def dense(keep: "Keep") -> "Kept":
    """Two dense layers of 4,096 and 256 weights: the first is large enough to be quantised after training."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    numbers = keras.Input((64,), name="numbers")
    return keep(keras.Model(numbers, layers.Dense(4)(layers.Dense(64, activation="relu")(numbers))))


def converted(kept: "Kept", technique: str, form: str, folder: Path) -> Path:
    """A file of one technique in one form."""
    return TFLITE.convert(kept.source, kept.rows, technique, form, folder)


def test_it_is_made_only_where_a_suite_names_it() -> None:
    """``forms = "all"`` means the usual one."""
    assert ("old_ops" in TFLITE.forms, TFLITE.usual_forms) == (True, ("",))


@pytest.mark.slow
def test_dense_layers_are_written_in_a_version_that_the_older_runtimes_know(dense: "Kept", tflite_runtime: Path, tmp_path: Path) -> None:
    """The usual form is not loaded by tflite-runtime; this one is, and computes what Keras does."""
    (tmp_path / "old").mkdir()
    usual, old = converted(dense, "dynamic_int8", "", tmp_path), converted(dense, "dynamic_int8", "old_ops", tmp_path / "old")

    assert tflite_versions.unknown(anatomy_of(usual).operations, "tflite-runtime") == ("FULLY_CONNECTED v12",)
    assert [tflite_versions.unknown(anatomy_of(old).operations, name) for name in ("tflite-runtime", "tflite")] == [(), ()]
    refused = subprocess.run([tflite_runtime, "-c", LOAD, usual], capture_output=True, text=True, check=False)
    assert "Didn't find op for builtin opcode 'FULLY_CONNECTED' version '12'" in refused.stderr
    answers = _run(tflite_runtime, old, dense.inputs[0], tmp_path)
    assert np.linalg.norm(answers - dense.answers[0]) / np.linalg.norm(dense.answers[0]) < 3e-2


@pytest.mark.slow
def test_it_costs_the_scales_of_the_channels_and_nothing_else(dense: "Kept", tmp_path: Path) -> None:
    """As many weights are quantised, with one scale instead of 64."""
    (tmp_path / "old").mkdir()
    usual, old = (anatomy_of(converted(dense, "dynamic_int8", form, tmp_path / folder)) for form, folder in (("", ""), ("old_ops", "old")))

    assert (usual.parameters, usual.parameters_quantized) == (old.parameters, old.parameters_quantized) == (64 * 64 + 64 * 4, 64 * 64)
    assert (usual.kernels[0].scales, old.kernels[0].scales) == (64, 1)


@pytest.mark.parametrize("technique", ["float32", "float16", "int8_float_io", "int8", "uint8", "int16x8", "qat_int8", "sparse"])
def test_a_technique_without_older_versions_is_refused(dense: "Kept", technique: str, tmp_path: Path) -> None:
    """Its usual form is as old as it gets: nothing is converted twice."""
    with pytest.raises(Refused, match="about dynamic_int8 alone") as raised:
        converted(dense, technique, "old_ops", tmp_path)
    assert raised.value.reason == "technique-not-for-format"


@pytest.mark.slow
@pytest.mark.parametrize("technique", ["int8_float_io", "int8", "uint8", "int16x8"])
def test_what_is_refused_has_nothing_that_the_older_runtimes_lack(dense: "Kept", technique: str, tmp_path: Path) -> None:
    """The usual form of these is read by both older runtimes."""
    operations = anatomy_of(converted(dense, technique, "", tmp_path)).operations

    assert [tflite_versions.unknown(operations, name) for name in ("tflite-runtime", "tflite")] == [(), ()]


@pytest.mark.slow
def test_a_model_without_a_dense_layer_to_quantise_is_refused(line: "Kept", tmp_path: Path) -> None:
    """The file would be the usual one under another name."""
    with pytest.raises(Refused, match="no dense layer of this model is large enough to be quantised") as raised:
        converted(line, "dynamic_int8", "old_ops", tmp_path)
    assert raised.value.reason == "technique-not-for-model"


def _run(python: Path, file: Path, rows: Any, folder: Path) -> Any:
    """What tflite-runtime computes of rows."""
    np.save(folder / "rows.npy", rows)
    subprocess.run([python, "-c", RUN, file, folder / "rows.npy", folder / "answers.npy"], check=True, capture_output=True)
    return np.load(folder / "answers.npy")

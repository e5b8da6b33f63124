"""What users bring that is not as it should be: rows of another range, layers of their own."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from pocketbench import scores, tensors, trust
from pocketbench.formats.tflite import Tflite
from pocketbench.model import Rows
from pocketbench.sources import keras_model

if TYPE_CHECKING:
    from conftest import Kept

TFLITE = Tflite()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning"),
    pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected:UserWarning"),
]


@pytest.mark.parametrize(("factor", "flaws"), [(1.0, ()), (0.01, ("LOW-AGREEMENT",)), (100.0, ("LOW-AGREEMENT",)), (0.0, ("CONSTANT-OUTPUT", "LOW-AGREEMENT"))])
def test_calibration_rows_of_another_range_than_the_scored_ones_are_told_by_the_answers(
    cnn: "Kept", factor: float, flaws: tuple[str, ...], tmp_path: Path
) -> None:
    """Pixels from 0 to 1 where they should go to 255, or the other way round: the file is made, and flagged."""
    rows = msgspec.structs.replace(cnn.rows, folder=str(tmp_path))
    np.save(tmp_path / "calibration-x0.npy", cnn.inputs[0] * factor)
    path = TFLITE.convert(cnn.source, rows, "int8", "", tmp_path)
    check = scores.agreement([_run(path, cnn.inputs[0])], [cnn.answers[0]], classes=False)

    assert trust.agreement_flaws(check, integer=True, classes=False) == flaws


def test_a_users_own_layer_goes_through_every_usual_form(tmp_path: Path) -> None:
    """It is kept as the graph that it computes, and converted from there."""
    import keras

    class Halved(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x / 2

    keras.utils.set_random_seed(2)
    pixels = keras.Input((40,), name="pixels")
    model = keras.Model(pixels, keras.layers.Dense(40)(Halved()(pixels)))
    source = keras_model.keep(model, tmp_path, "halved")
    x = np.random.default_rng(0).uniform(0, 1, (24, 40)).astype(np.float32)
    np.save(tmp_path / "calibration-x0.npy", x)
    rows = Rows("", str(tmp_path), 0, 24, 0, labelled=False)
    for technique in ("float32", "dynamic_int8", "int8"):
        answers, truth = _run(TFLITE.convert(source, rows, technique, "", tmp_path), x), np.asarray(model(x))
        assert np.linalg.norm(answers - truth) < 0.05 * np.linalg.norm(truth), technique


def _run(path: Path, x: Any) -> Any:
    """Run a file of one input and output row by row; outputs as real numbers."""
    from ai_edge_litert.interpreter import Interpreter

    seen, ready = TFLITE.anatomy(path), Interpreter(model_path=str(path), num_threads=1)
    ready.allocate_tensors()
    answers = []
    for row in x:
        ready.set_tensor(ready.get_input_details()[0]["index"], tensors.stored(row[np.newaxis], seen.inputs[0]))
        ready.invoke()
        answers.append(tensors.real(ready.get_tensor(ready.get_output_details()[0]["index"]), seen.outputs[0]))
    return np.concatenate(answers)

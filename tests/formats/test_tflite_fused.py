"""The form fused: LSTM layers as one operation each, run again by LiteRT and held against Keras's own numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from pocketbench import tensors, trust
from pocketbench.errors import Refused
from pocketbench.formats.tflite import Tflite
from pocketbench.model import Anatomy
from pocketbench.techniques import parse

if TYPE_CHECKING:
    from conftest import Keep, Kept

Array = np.ndarray[Any, Any]
TFLITE = Tflite()
FUSED = "UNIDIRECTIONAL_SEQUENCE_LSTM v1"
# The weights of one LSTM of 12 units on 5 numbers.
WEIGHTS = 4 * 12 * (5 + 12)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning"),
    pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected:UserWarning"),
]


@pytest.fixture(scope="module")
def kept(keep: "Keep") -> Callable[..., "Kept"]:
    """A function that keeps a model of sequences of 6 steps of 5 numbers, made by a function of its input."""

    def made(after: Callable[[Any], Any]) -> "Kept":
        import keras

        keras.utils.set_random_seed(3)
        steps = keras.Input((6, 5), name="steps")
        return keep(keras.Model(steps, after(steps)))

    return made


@pytest.fixture(scope="module")
def one(kept: Callable[..., "Kept"]) -> "Kept":
    """One LSTM of 12 units."""
    return kept(lambda steps: _lstm(12)(steps))


@pytest.mark.parametrize(
    ("after", "operations"),
    [
        (lambda steps: _lstm(12)(steps), {FUSED: 1}),
        (lambda steps: _lstm(12, go_backwards=True, return_sequences=True)(steps), {FUSED: 1}),
        (lambda steps: _lstm(12, use_bias=False, unroll=True)(steps), {FUSED: 1}),
        (lambda steps: _lstm(4)(_lstm(12, return_sequences=True)(steps)), {FUSED: 2}),
        (lambda steps: _layer("Bidirectional", _lstm(12, return_sequences=True))(steps), {FUSED: 2}),
        (lambda steps: _lstm(12, return_state=True)(steps)[0], {FUSED: 1}),
        (lambda steps: _layer("GRU", 4)(_lstm(12, return_sequences=True)(steps)), {FUSED: 1, "WHILE v1": 1}),
    ],
    ids=["one", "backwards", "without bias", "two", "bidirectional", "state not used", "beside a GRU"],
)
def test_each_lstm_becomes_one_operation_that_computes_the_same(
    kept: Callable[..., "Kept"], after: Callable[[Any], Any], operations: dict[str, int], tmp_path: Path
) -> None:
    """However it is built in, and what cannot be fused stays beside it."""
    model = kept(after)
    answers, seen = _run(_convert(model, "float32", tmp_path), model.inputs)

    np.testing.assert_allclose(answers, model.answers[0], rtol=1e-4, atol=1e-5)
    assert {name: count for name, count in seen.operations.items() if name.startswith(("UNI", "WHILE"))} == operations
    assert seen.stateful


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (lambda steps: _layer("GRU", 4)(steps), "has no LSTM layer"),
        (lambda steps: _lstm(4, activation="relu", name="own")(steps), "the layer own has other activations"),
        (lambda steps: _lstm(4, name="own")(_layer("Masking")(steps)), "the layer own is given a mask"),
        (lambda steps: _lstm(4, return_state=True)(steps), "fused 0 of 1 LSTM layers: the model uses the states"),
        (lambda steps: _lstm(4, name="second")(steps, initial_state=_lstm(4, return_state=True)(steps)[1:]), "the layer second does not begin with zeros"),
    ],
    ids=["no LSTM", "other activation", "mask", "states used", "states given"],
)
def test_what_the_operation_cannot_compute_is_refused(kept: Callable[..., "Kept"], after: Callable[[Any], Any], said: str, tmp_path: Path) -> None:
    """A typed refusal that names the layer, never a file that computes something else."""
    with pytest.raises(Refused, match=said) as caught:
        _convert(kept(after), "float32", tmp_path)
    assert caught.value.reason == "technique-not-for-model"


def test_a_layer_that_remembers_by_itself_is_refused(keep: "Keep", tmp_path: Path) -> None:
    """Its state is of the rows before, which the operation would forget."""
    import keras

    steps = keras.Input(batch_shape=(1, 6, 5))
    stateful = keep(keras.Model(steps, keras.layers.SimpleRNN(2)(steps)))  # kept for its rows: one row at a time
    keras.Model(steps, _lstm(4, stateful=True, name="own")(steps)).save(stateful.source.path)
    with pytest.raises(Refused, match="the layer own keeps its state"):
        _convert(stateful, "float32", tmp_path)


def test_a_model_that_is_a_graph_is_refused(one: "Kept", tmp_path: Path) -> None:
    """Layers of a SavedModel are not known any more."""
    graph = msgspec.structs.replace(one.source, path=str(tmp_path))
    with pytest.raises(Refused, match="came as a SavedModel"):
        TFLITE.convert(graph, one.rows, "float32", "fused", tmp_path)


@pytest.mark.parametrize(("technique", "error"), [("float16", 2e-3), ("int8_float_io", 5e-2), ("int8", 5e-2), ("uint8", 5e-2)])
def test_a_fused_lstm_is_quantised_whole(one: "Kept", technique: str, error: float, tmp_path: Path) -> None:
    """All its weights, by techniques that crash the converter on a loop, and it keeps its numbers."""
    answers, seen = _run(_convert(one, technique, tmp_path), one.inputs)

    assert seen.parameters_by_dtype == {"float16" if technique == "float16" else "int8": WEIGHTS}
    assert np.linalg.norm(answers - one.answers[0]) < error * np.linalg.norm(one.answers[0])


def test_dynamic_int8_of_a_fused_lstm_is_flagged_as_having_done_nothing(kept: Callable[..., "Kept"], tmp_path: Path) -> None:
    """The converter leaves its weights as they are, without a word; those of the loop are quantised."""
    large = kept(lambda steps: _lstm(40)(steps))
    fused, loop = (TFLITE.anatomy(_convert(large, "dynamic_int8", _folder(tmp_path / f"as {form}"), form)) for form in ("fused", ""))

    assert [_flaws(seen, large) for seen in (fused, loop)] == [("NOOP",), ("PARTLY-QUANTIZED",)]


def test_int16x8_has_no_such_operation(one: "Kept", tmp_path: Path) -> None:
    """The converter's own refusal, which names it."""
    with pytest.raises(Refused, match="UNIDIRECTIONAL_SEQUENCE_LSTM") as caught:
        _convert(one, "int16x8", tmp_path)
    assert caught.value.reason == "unsupported-operation"


def _lstm(units: int, **settings: Any) -> Any:
    """An LSTM layer."""
    return _layer("LSTM", units, **settings)


def _layer(kind: str, *given: Any, **settings: Any) -> Any:
    """A layer of Keras, imported when it is made."""
    import keras

    return getattr(keras.layers, kind)(*given, **settings)


def _convert(kept: "Kept", technique: str, folder: Path, form: str = "fused") -> Path:
    """Convert a kept model."""
    return TFLITE.convert(kept.source, kept.rows, technique, form, folder)


def _run(path: Path, inputs: list[Array]) -> tuple[Array, Anatomy]:
    """Run a file of one input and output row by row, reset before each; outputs as real numbers of shape (rows, …)."""
    from ai_edge_litert.interpreter import Interpreter

    seen, ready = TFLITE.anatomy(path), Interpreter(model_path=str(path), num_threads=1)
    ready.allocate_tensors()
    [takes], [gives] = ready.get_input_details(), ready.get_output_details()
    answers = []
    for row in inputs[0]:
        ready.reset_all_variables()
        ready.set_tensor(takes["index"], tensors.stored(row[np.newaxis], seen.inputs[0]))
        ready.invoke()
        answers.append(tensors.real(ready.get_tensor(gives["index"]), seen.outputs[0]))
    return np.concatenate(answers), seen


def _flaws(seen: Anatomy, kept: "Kept") -> tuple[str, ...]:
    """The flaws of a dynamic_int8 file."""
    promises = sum((step.promises for step in parse("dynamic_int8")), trust.Promises())
    return trust.artifact_flaws(promises=promises, integer=True, anatomy=seen, source_parameters=seen.parameters, check=None, random_input=False)


def _folder(path: Path) -> Path:
    """Make a folder."""
    path.mkdir()
    return path

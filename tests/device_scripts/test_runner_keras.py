"""The runner's Keras engine: unconverted models, run row by row in a process of their own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from pocketbench import protocol
from pocketbench.protocol import Executed, FailedOrder, Order, Phase, Report, TensorFile

Array = np.ndarray[Any, Any]
Carry = Callable[..., Report]
ROWS = 4
SHORT = (Phase("load", min_runs=2), Phase("first"), Phase("warmup", min_runs=2), Phase("steady", min_runs=3, max_runs=5))

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")]


def test_inputs_given_by_name_and_several_outputs_are_those_of_keras(tmp_path: Path, carry: Carry) -> None:
    """Integers and an image in, two outputs out, the order's places and not the model's; what Keras says of all rows at once."""
    import keras

    keras.utils.set_random_seed(1)
    words, image = keras.Input((3,), dtype="int32", name="words"), keras.Input((2, 2, 1), name="image")
    flat = keras.layers.Flatten()
    wide = keras.layers.Dense(4, activation="tanh")(keras.layers.Concatenate()([flat(keras.layers.Embedding(10, 4)(words)), flat(image)]))
    model = keras.Model({"words": words, "image": image}, {"wide": wide, "narrow": keras.layers.Dense(1)(wide)})
    model.save(tmp_path / "model.keras")
    rows = {"words": _random(0, 10, 3).astype("int32"), "image": _random(0, 1, 2, 2, 1).astype("float32")}
    report, outputs = _outputs(carry, tmp_path, "model.keras", rows, {"narrow": (1,), "wide": (4,)})
    answers = model(rows, training=False)

    assert isinstance(report.end, protocol.Done)
    assert report.executed == Executed("cpu", "", "full")
    for name, found in zip(("narrow", "wide"), outputs, strict=True):
        np.testing.assert_allclose(found, np.asarray(answers[name]), rtol=1e-5, atol=1e-6)


def test_a_saved_models_signature_is_run_by_the_names_of_its_inputs(tmp_path: Path, carry: Carry) -> None:
    """A folder; the order names its two inputs the other way round."""
    import tensorflow as tf

    module = tf.Module()
    module.weights = tf.Variable(_random(-1, 1, 2, shape_only=True), dtype=tf.float32)
    module.serve = tf.function(
        lambda a, b: {"sum": a + 2.0 * b, "product": tf.reduce_sum(a * module.weights, axis=1)},
        input_signature=[tf.TensorSpec((None, 2), name="a"), tf.TensorSpec((None, 2), name="b")],
    )
    tf.saved_model.save(module, tmp_path / "model", signatures=module.serve)
    rows = {"b": _random(0, 1, 2).astype("float32"), "a": _random(5, 6, 2).astype("float32")}
    report, outputs = _outputs(carry, tmp_path, "model", rows, {"product": (), "sum": (2,)})

    assert isinstance(report.end, protocol.Done)
    np.testing.assert_allclose(outputs[0], (rows["a"] * module.weights.numpy()).sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(outputs[1], rows["a"] + 2 * rows["b"], rtol=1e-6)


def test_a_model_that_remembers_forgets_before_each_row(tmp_path: Path, carry: Carry) -> None:
    """The same row four times gives the same answer four times, even when the model was saved with a memory."""
    import keras

    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((3, 2), batch_size=1, name="steps"), keras.layers.GRU(4, stateful=True)])
    steps = np.repeat(_random(0, 1, 3, 2)[:1], ROWS, axis=0).astype("float32")
    first = np.asarray(model(steps[:1], training=False))
    model.save(tmp_path / "model.keras")
    report, outputs = _outputs(carry, tmp_path, "model.keras", {"steps": steps}, {"output_0": (4,)}, stateful=True)

    assert isinstance(report.end, protocol.Done)
    np.testing.assert_allclose(outputs[0], np.repeat(first, ROWS, axis=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("stateful", "counted"), [(True, [1, 1, 1, 1]), (False, [1, 2, 3, 4])])
def test_a_saved_models_variables_are_brought_back_where_the_order_says_so(stateful: bool, counted: list[int], tmp_path: Path, carry: Carry) -> None:
    """A graph that counts its calls begins anew with each row, or goes on."""
    import tensorflow as tf

    module = tf.Module()
    module.calls = tf.Variable(0.0, trainable=False)
    module.serve = tf.function(lambda x: {"calls": 0.0 * x + module.calls.assign_add(1.0)}, input_signature=[tf.TensorSpec((None, 1), name="x")])
    tf.saved_model.save(module, tmp_path / "model", signatures=module.serve)
    report, outputs = _outputs(carry, tmp_path, "model", {"x": _random(0, 1, 1).astype("float32")}, {"calls": (1,)}, stateful=stateful)

    assert isinstance(report.end, protocol.Done)
    assert outputs[0].ravel().tolist() == counted


def test_each_phase_of_a_timing_order_has_its_samples(tmp_path: Path, carry: Carry) -> None:
    """Loading twice, then one first run, and the steady ones; the engine's version names both packages; a load does not hold an import of seconds."""
    import keras
    import tensorflow as tf

    keras.Sequential([keras.Input((3,), name="x"), keras.layers.Dense(1)]).save(tmp_path / "model.keras")
    order = _order(tmp_path, "model.keras", {"x": _random(0, 1, 3).astype("float32")}, {"y": (1,)})
    report = carry(tmp_path, msgspec.structs.replace(order, kind="timing", phases=SHORT, threads=2))

    assert report.hello.engine_version == f"{keras.__version__} (tensorflow {tf.__version__})"
    assert {each.phase: len(each.ns) for each in report.samples} == {"load": 2, "first": 1, "warmup": 2, "steady": 5}
    assert all(sample > 0 for each in report.samples for sample in each.ns)


@pytest.mark.parametrize(
    ("changed", "stage", "reason", "words"),
    [
        ({"options": {"xnnpack": "on"}}, "open", "engine-error", "xnnpack"),
        ({"model": "other.keras"}, "load", "engine-cannot-read", "other.keras"),
        ({"inputs": (TensorFile("x", "input0.bin", (1, 3), "int32"),)}, "check", "shape-mismatch", "int32"),
    ],
    ids=["options", "not a model", "another dtype"],
)
def test_an_order_that_does_not_fit_fails_with_its_reason(changed: dict[str, Any], stage: str, reason: str, words: str, tmp_path: Path, carry: Carry) -> None:
    """An unknown option, bytes that are no model, and a dtype that the model does not take."""
    import keras

    keras.Sequential([keras.Input((3,), name="x"), keras.layers.Dense(1)]).save(tmp_path / "model.keras")
    (tmp_path / "other.keras").write_bytes(b"no zip file")
    order = _order(tmp_path, "model.keras", {"x": _random(0, 1, 3).astype("float32")}, {"y": (1,)})
    end = carry(tmp_path, msgspec.structs.replace(order, **changed)).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == (stage, reason)
    assert words in end.message


def _random(low: float, high: float, *shape: int, shape_only: bool = False) -> Array:
    """Seeded rows between two numbers; ``shape_only``: no rows, but one array of that shape."""
    return np.random.default_rng(3).uniform(low, high, shape if shape_only else (ROWS, *shape))


def _order(folder: Path, model: str, rows: dict[str, Array], outputs: dict[str, Sequence[int]], *, stateful: bool = False) -> Order:
    """An outputs order, its inputs written beside it; an output without dimensions of its own has the batch alone."""
    for index, array in enumerate(rows.values()):
        array.tofile(folder / f"input{index}.bin")
    return Order(
        protocol=protocol.PROTOCOL, order="0123", kind="outputs", engine="keras", model=model, accelerator="cpu", threads=1, options={}, rows=ROWS,
        inputs=tuple(TensorFile(name, f"input{index}.bin", (1, *array.shape[1:]), array.dtype.name) for index, (name, array) in enumerate(rows.items())),
        outputs=tuple(TensorFile(name, f"output{index}.bin", (1, *shape), "float32") for index, (name, shape) in enumerate(outputs.items())),
        stateful=stateful,
    )  # fmt: skip


def _outputs(
    carry: Carry, folder: Path, model: str, rows: dict[str, Array], outputs: dict[str, Sequence[int]], *, stateful: bool = False
) -> tuple[Report, list[Array]]:
    """Carry out an outputs order; the report, and what was written, one array of shape (rows, …) an output."""
    order = _order(folder, model, rows, outputs, stateful=stateful)
    report = carry(folder, order)
    return report, [np.fromfile(folder / each.file, "<f4").reshape(ROWS, *each.shape[1:]) for each in order.outputs if (folder / each.file).exists()]

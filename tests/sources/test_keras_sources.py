"""Keras models as sources: files, SavedModels, users' functions and the zoo, each opened, described and run."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from pocketbench import cache, sources
from pocketbench.errors import SourceError
from pocketbench.model import Rows, Source

Array = np.ndarray[Any, Any]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`:UserWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

CUSTOM = """\
import keras

class Twice(keras.layers.Layer):
    def call(self, x):
        return x * 2

class Whole(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)

    def call(self, x):
        return self.dense(x) * 2

def layer():
    return keras.Sequential([keras.Input((3,)), Twice(), keras.layers.Dense(2)])

def anonymous():
    return keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x + 1), keras.layers.Dense(2)])

def function():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation=lambda x: x * x)])

def square(x):
    return x * x

def named():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation=square)])

def subclass():
    model = Whole()
    model(keras.ops.zeros((1, 3)))
    return model

def unbuilt():
    return keras.Sequential([keras.layers.Dense(2)])

def text():
    return "a model"

def nothing():
    pass
"""

COUNTING = """\
import keras

class Counting(keras.layers.Layer):
    stateful = True

    def build(self, shape):
        self.count = self.add_weight(name="count", initializer="zeros", trainable=False)

    def call(self, x):
        self.count.assign_add(1.0)
        return x + self.count

    def reset_state(self):
        self.count.assign(0.0)

def counting():
    return keras.Sequential([keras.Input((2,)), Counting()])
"""


def opened(base: Path, text: str) -> Source:
    """Open a source as a worker does."""
    kept = base / "kept"
    kept.mkdir(exist_ok=True)
    return msgspec.convert(sources.open_source(source=text, base=str(base), folder=str(kept)), Source)


def answers(base: Path, source: Source, arrays: Sequence[Array]) -> list[Array]:
    """Run a source over rows and read what was written."""
    for index, array in enumerate(arrays):
        np.save(base / f"scoring-x{index}.npy", array)
    rows = Rows("k", str(base), len(arrays[0]), 0, 0, False)
    said = sources.reference(source=msgspec.to_builtins(source), rows=msgspec.to_builtins(rows), folder=str(base))
    return [np.load(base / f"reference-y{index}.npy") for index in range(said["outputs"])]


def random(*shape: int) -> Array:
    """Seeded random rows."""
    return np.random.default_rng(1).random(shape, dtype=np.float32)


def small(keras: Any) -> Any:
    """A convolution, its batch norm and a dense layer."""
    keras.utils.set_random_seed(3)
    pixels = keras.Input((4, 4, 1), name="pixels")
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(2, 3)(pixels))
    return keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(keras.layers.ReLU()(x))))


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning")
def test_a_keras_file_is_kept_described_and_run(keras: Any, tmp_path: Path, ending: str) -> None:
    """Kernels count, biases and statistics do not; the answers are the model's own."""
    model = small(keras)
    model.save(tmp_path / f"model{ending}")
    source = opened(tmp_path, f"model{ending}")
    assert [Path(source.path).name] == [file.name for file in (tmp_path / "kept").iterdir()] == ["model.keras"]
    assert (source.framework, source.parameters, source.stateful) == ("keras", 3 * 3 * 2 + 8 * 3, False)
    assert [(each.name, each.shape, each.dtype) for each in (*source.inputs, *source.outputs)] == [
        ("pixels", (-1, 4, 4, 1), "float32"),
        ("output_0", (-1, 3), "float32"),
    ]
    assert (source.operations["Conv2D"], source.operations["Rsqrt"], source.operations["MatMul"], "Const" in source.operations) == (1, 1, 1, False)
    x = random(40, 4, 4, 1)
    [found] = answers(tmp_path, source, [x])
    assert found.dtype == np.float32
    assert np.allclose(found, model.predict(x, verbose=0), atol=1e-6)


def test_a_sources_key_is_of_its_architecture_and_weights(keras: Any, tmp_path: Path) -> None:
    """Saved twice, the bytes differ by their times and the key does not; one other weight changes it."""
    model = small(keras)
    model.save(tmp_path / "model.keras")
    first = opened(tmp_path, "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive, zipfile.ZipFile(tmp_path / "again.keras", "w") as again:
        for name in archive.namelist():
            again.writestr(zipfile.ZipInfo(name, (1999, 1, 1, 0, 0, 0)), archive.read(name))
    assert (tmp_path / "again.keras").read_bytes() != (tmp_path / "model.keras").read_bytes()
    assert opened(tmp_path, "again.keras").key == first.key
    model.layers[-1].set_weights([weight + 1 for weight in model.layers[-1].get_weights()])
    model.save(tmp_path / "other.keras")
    assert opened(tmp_path, "other.keras").key != first.key


def test_several_inputs_and_outputs_keep_their_order(keras: Any, tmp_path: Path) -> None:
    """Rows go to the inputs they are for, also where their shapes are alike."""
    b, a = keras.Input((2,), name="b"), keras.Input((2,), name="a")
    model = keras.Model([b, a], [keras.layers.Subtract()([b, a]), keras.layers.Add()([b, a])])
    model.save(tmp_path / "model.keras")
    source, rows = opened(tmp_path, "model.keras"), [random(5, 2), 3 * random(5, 2)]
    assert [each.name for each in source.inputs] == ["b", "a"]
    difference, total = answers(tmp_path, source, rows)
    assert np.allclose(difference, rows[0] - rows[1])
    assert np.allclose(total, rows[0] + rows[1])


def test_inputs_and_outputs_by_name_are_given_and_taken_by_name(keras: Any, tmp_path: Path) -> None:
    """A model built from dictionaries takes and gives dictionaries."""
    b, a = keras.Input((2,), name="b"), keras.Input((2,), name="a")
    model = keras.Model({"b": b, "a": a}, {"less": keras.layers.Subtract()([b, a]), "all": keras.layers.Add()([b, a])})
    model.save(tmp_path / "model.keras")
    source = opened(tmp_path, "model.keras")
    rows = {"b": random(5, 2), "a": 3 * random(5, 2)}
    found = dict(zip([each.name for each in source.outputs], answers(tmp_path, source, [rows[each.name] for each in source.inputs]), strict=True))
    assert np.allclose(found["less"], rows["b"] - rows["a"])
    assert np.allclose(found["all"], rows["b"] + rows["a"])


def test_a_layer_that_remembers_forgets_before_each_row(keras: Any, tmp_path: Path) -> None:
    """A stateful recurrent layer answers equal rows equally."""
    keras.Sequential([keras.Input(batch_shape=(1, 3, 2)), keras.layers.GRU(4, stateful=True)]).save(tmp_path / "model.keras")
    source = opened(tmp_path, "model.keras")
    assert (source.stateful, source.inputs[0].shape, source.parameters) == (True, (1, 3, 2), 2 * 12 + 4 * 12)
    [found] = answers(tmp_path, source, [np.repeat(random(1, 3, 2), 4, axis=0)])
    assert found.shape == (4, 4)
    assert np.allclose(found, found[0])


def test_a_users_own_layer_that_remembers_forgets_before_each_row(keras: Any, tmp_path: Path) -> None:
    """Kept as a graph, its memory is a variable that is brought back to where it began."""
    (tmp_path / "models.py").write_text(COUNTING)
    source = opened(tmp_path, "python:models:counting")
    assert (source.stateful, Path(source.path).name) == (True, "saved_model")
    [found] = answers(tmp_path, source, [np.zeros((3, 2), np.float32)])
    assert np.array_equal(found, np.ones((3, 2), np.float32))


def test_what_training_left_is_no_part_of_a_kept_model(keras: Any, tmp_path: Path) -> None:
    """A model that was fitted is as large as one that never was, and its file is the same bytes whenever it is kept: no time is in it."""
    from pocketbench.sources import keras_model

    model = small(keras)
    sizes, hashes = [], []
    for name in ("never", "fitted", "again"):
        (tmp_path / name).mkdir()
        keras_model.keep(model, tmp_path / name, name)
        sizes.append((tmp_path / name / "model.keras").stat().st_size)
        hashes.append(cache.sha256_of(tmp_path / name / "model.keras"))
        if name == "never":
            model.compile("adam", "mse")
            model.fit(random(4, 4, 4, 1), random(4, 3), verbose=0)
    assert abs(sizes[0] - sizes[1]) < 0.05 * sizes[0]
    assert hashes[0] != hashes[1] == hashes[2]
    with zipfile.ZipFile(tmp_path / "again" / "model.keras") as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert set(json.loads(archive.read("metadata.json"))) == {"keras_version"}


def test_a_saved_model_is_kept_as_it_is_and_run_by_its_signature(keras: Any, tmp_path: Path) -> None:
    """Any TensorFlow graph will do: no Keras in it."""
    import tensorflow as tf

    class Graph(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.kernel = tf.Variable(np.arange(6, dtype=np.float32).reshape(2, 3), name="kernel")
            self.bias = tf.Variable(np.ones(3, np.float32), name="bias")

        @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.float32, "x")])  # type: ignore[untyped-decorator]
        def serve(self, x: Any) -> Any:
            return {"sum": tf.matmul(x, self.kernel) + self.bias, "double": x * 2}

    graph = Graph()
    tf.saved_model.save(graph, str(tmp_path / "saved"), signatures={"serving_default": graph.serve})
    source = opened(tmp_path, "saved")
    assert Path(source.path).is_dir()
    assert (source.parameters, source.operations) == (6, {"MatMul": 1, "AddV2": 1, "Mul": 1})
    assert [each.name for each in source.outputs] == ["double", "sum"]
    x = random(40, 2)
    double, total = answers(tmp_path, source, [x])
    assert np.allclose(double, x * 2)
    assert np.allclose(total, x @ np.arange(6).reshape(2, 3) + 1)


def test_a_saved_model_without_its_signature_names_those_it_has(keras: Any, tmp_path: Path) -> None:
    """The message says what is there."""
    import tensorflow as tf

    module = tf.Module()
    module.other = tf.function(lambda x: x, input_signature=[tf.TensorSpec((None, 2), tf.float32)])
    tf.saved_model.save(module, str(tmp_path / "saved"), signatures={"other": tf.function(lambda x: {"y": x}).get_concrete_function(tf.TensorSpec((None, 2)))})
    with pytest.raises(SourceError, match="no signature 'serving_default'; it has: other"):
        opened(tmp_path, "saved")


def test_a_folder_that_only_looks_like_a_saved_model_is_refused(keras: Any, tmp_path: Path) -> None:
    """In TensorFlow's words, with the folder's name."""
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_text("no graph")
    with pytest.raises(SourceError, match="saved: TensorFlow cannot load it"):
        opened(tmp_path, "saved")


def test_a_users_function_is_called_seeded_once(keras: Any, tmp_path: Path) -> None:
    """Random weights are the same every time; other code is another key."""
    text = "import keras\ndef build():\n    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\n"
    (tmp_path / "my_models.py").write_text(text)
    first = opened(tmp_path, "python:my_models:build")
    assert opened(tmp_path, "python:my_models:build") == first
    assert (Path(first.path).name, first.parameters) == ("model.keras", 6)
    (tmp_path / "my_models.py").write_text(f"# edited\n{text}")
    assert opened(tmp_path, "python:my_models:build").key != first.key


@pytest.mark.parametrize("function", ["layer", "anonymous", "function", "named", "subclass"])
def test_a_users_own_layers_are_kept_as_a_graph(keras: Any, tmp_path: Path, function: str) -> None:
    """What could not be loaded elsewhere is exported, and computes the same."""
    (tmp_path / "my_models.py").write_text(CUSTOM)
    source = opened(tmp_path, f"python:my_models:{function}")
    assert Path(source.path).name == "saved_model"
    assert (source.parameters, source.framework, len(source.key)) == (6, "keras", 64)
    x = random(5, 3)
    [found] = answers(tmp_path, source, [x])
    import tensorflow as tf

    loaded = tf.saved_model.load(source.path)
    assert np.allclose(found, loaded.serve(x), atol=1e-6)
    assert found.shape == (5, 2)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("unbuilt", "the model was never built"),
        ("text", r"text\(\) returned a str, not a Keras model"),
        ("nothing", r"nothing\(\) returned None, not a Keras model"),
    ],
)
def test_a_function_that_gives_no_model_is_refused(keras: Any, tmp_path: Path, function: str, told: str) -> None:
    """The message says what it gave."""
    (tmp_path / "my_models.py").write_text(CUSTOM)
    with pytest.raises(SourceError, match=told):
        opened(tmp_path, f"python:my_models:{function}")


def test_a_file_with_code_in_it_is_refused_with_another_way(keras: Any, tmp_path: Path) -> None:
    """Lambda layers are not executed, unknown layers are named; both are told what to do instead."""
    keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x + 1, name="more")]).save(tmp_path / "lambda.keras")

    class Twice(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x * 2

    keras.Sequential([keras.Input((3,)), Twice()]).save(tmp_path / "custom.keras")
    for name, told in (("lambda", "Lambda layers hold code, which is not executed from a file: more"), ("custom", "classes that Keras does not have: Twice")):
        with pytest.raises(SourceError, match=told) as raised:
            opened(tmp_path, f"{name}.keras")
        assert "python:module:function" in raised.value.hint


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_file_that_is_no_model_is_refused(keras: Any, tmp_path: Path, name: str) -> None:
    """A text, and half of a real file."""
    (tmp_path / name).write_text("I am only a text")
    with pytest.raises(SourceError, match=f"{name} is not a Keras model"):
        opened(tmp_path, name)
    small(keras).save(tmp_path / "whole.keras")
    content = (tmp_path / "whole.keras").read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceError, match=f"{name} is not a Keras model"):
        opened(tmp_path, name)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning")
def test_a_file_whose_architecture_is_bytes_is_read(keras: Any, tmp_path: Path) -> None:
    """Older Kerases wrote their attributes so."""
    import h5py

    small(keras).save(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5", "r+") as file:
        file.attrs["model_config"] = np.bytes_(file.attrs["model_config"].encode())
        assert isinstance(file.attrs["model_config"], bytes)
    assert opened(tmp_path, "model.h5").parameters == 3 * 3 * 2 + 8 * 3


def test_weights_alone_are_no_model(keras: Any, tmp_path: Path) -> None:
    """The message says how a whole model is saved."""
    small(keras).save_weights(tmp_path / "model.weights.h5")
    with pytest.raises(SourceError, match="not a Keras model") as raised:
        opened(tmp_path, "model.weights.h5")
    assert "weights alone are not enough" in raised.value.hint


def test_an_application_without_a_size_is_told_the_whole_line(keras: Any, tmp_path: Path) -> None:
    """The application, its arguments and a size, ready to be typed."""
    keras.applications.MobileNetV3Small(weights=None, include_top=False).save(tmp_path / "model.keras")
    with pytest.raises(SourceError, match="more than the batch is free") as raised:
        opened(tmp_path, "model.keras")
    assert "keras.applications.MobileNetV3Small(weights=None, input_shape=(224, 224, 3))" in raised.value.hint


@pytest.mark.parametrize(("shape", "line"), [((None, None), "keras.Input((128,))"), ((None, 5, None), "keras.Input((5, 128))")])
def test_a_sequence_without_a_length_is_told_how_to_give_one(keras: Any, tmp_path: Path, shape: tuple[int | None, ...], line: str) -> None:
    """Sizes that are known stay."""
    keras.Sequential([keras.Input(batch_shape=shape), keras.layers.ReLU()]).save(tmp_path / "model.keras")
    with pytest.raises(SourceError) as raised:
        opened(tmp_path, "model.keras")
    assert raised.value.hint.endswith(line)


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        ("sum(x, axis=0)", (2,)),
        ("sum(x, axis=0, keepdims=True)", (2,)),
        ("reshape(x, (-1,))", (2,)),
        ("sum(x)", ()),
        ("expand_dims(x, 0)", (1, 2)),
        ("abs(x)", (2,)),
    ],
)
def test_an_output_without_a_batch_dimension_is_whole_for_each_row(keras: Any, tmp_path: Path, function: str, shape: tuple[int, ...]) -> None:
    """Whatever the model does with several rows at once, each is answered as an artifact that takes one row answers it."""
    (tmp_path / "my_models.py").write_text(
        f"import keras\ndef build():\n    x = keras.Input((2,))\n    return keras.Model(x, [keras.ops.{function}, keras.ops.multiply(x, 2)])\n"
    )
    source, x = opened(tmp_path, "python:my_models:build"), random(40, 2)
    found, double = answers(tmp_path, source, [x])
    assert found.shape == (40, *shape)
    assert np.allclose(found, x.sum(axis=1) if shape == () else x.reshape(40, *shape))
    assert np.allclose(double, x * 2)


def test_a_saved_models_output_without_a_batch_dimension_is_whole_for_each_row(keras: Any, tmp_path: Path) -> None:
    """As for Keras' own files."""
    import tensorflow as tf

    module = tf.Module()
    module.serve = tf.function(lambda x: {"all": tf.reduce_sum(x, 0), "flat": tf.reshape(x, [-1])}, input_signature=[tf.TensorSpec((None, 2), tf.float32, "x")])
    tf.saved_model.save(module, str(tmp_path / "saved"), signatures={"serving_default": module.serve})
    x = random(40, 2)
    found = answers(tmp_path, opened(tmp_path, "saved"), [x])
    assert all(np.allclose(each, x) for each in found)


@pytest.mark.parametrize(("shape", "told"), [((None, None, None, 3), "more than the batch is free"), ((8, 4, 4, 3), "rows are run one at a time")])
def test_shapes_that_cannot_be_measured_are_refused(keras: Any, tmp_path: Path, shape: tuple[int | None, ...], told: str) -> None:
    """One row at a time, of one size."""
    keras.Sequential([keras.Input(batch_shape=shape), keras.layers.GlobalAveragePooling2D()]).save(tmp_path / "model.keras")
    with pytest.raises(SourceError, match=told):
        opened(tmp_path, "model.keras")


def test_a_model_that_does_not_run_over_its_rows_is_refused(keras: Any, tmp_path: Path) -> None:
    """A token that the table does not have."""
    keras.Sequential([keras.Input((3,), dtype="int32"), keras.layers.Embedding(4, 2), keras.layers.Flatten()]).save(tmp_path / "model.keras")
    source = opened(tmp_path, "model.keras")
    assert (source.inputs[0].dtype, source.parameters) == ("int32", 8)
    with pytest.raises(SourceError, match="the model does not run over the scoring rows"):
        answers(tmp_path, source, [np.full((2, 3), 99, np.int32)])


def test_the_zoos_linear_regression_is_the_least_squares_fit(keras: Any, tmp_path: Path) -> None:
    """It explains about half of the variance of rows that it was not fitted to."""
    from pocketbench import datasets, scores

    source = opened(tmp_path, "zoo:linear-regression")
    assert (source.trained_on, source.parameters) == ("zoo:diabetes[-262:]", 10)
    data = {"source": "zoo:diabetes", "calibration": 80, "scoring": 100, "score": "r2"}
    rows = datasets.open_rows(data=data, base=".", train_rows=0, source=msgspec.to_builtins(source), folder=str(tmp_path))
    sources.reference(source=msgspec.to_builtins(source), rows=rows, folder=str(tmp_path))
    outputs, labels = (np.load(tmp_path / name) for name in ("reference-y0.npy", "scoring-y.npy"))
    assert 0.45 < scores.score(name="r2", outputs=outputs, labels=labels) < 0.6


def test_the_zoos_digits_cnn_is_what_its_description_says(keras: Any, tmp_path: Path) -> None:
    """300 to 600 kB in float32, over 0.97 accuracy on rows it never saw, one addition, none of the operations it avoids."""
    from pocketbench import datasets, scores

    source = opened(tmp_path, "zoo:digits-cnn")
    assert 300e3 < source.parameters * 4 < 600e3
    assert {"Conv2D": 4, "Relu": 4, "MaxPool": 1, "Mean": 1, "MatMul": 1, "Softmax": 1}.items() <= source.operations.items()
    assert not {"Relu6", "DepthwiseConv2dNative", "PadV2"} & set(source.operations)
    data = {"source": "zoo:digits", "calibration": 200, "scoring": 450, "score": "accuracy"}
    rows = datasets.open_rows(data=data, base=".", train_rows=1000, source=msgspec.to_builtins(source), folder=str(tmp_path))
    sources.reference(source=msgspec.to_builtins(source), rows=rows, folder=str(tmp_path))
    outputs, labels = (np.load(tmp_path / name) for name in ("reference-y0.npy", "scoring-y.npy"))
    assert scores.score(name="accuracy", outputs=outputs, labels=labels) > 0.97

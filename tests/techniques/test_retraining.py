"""Keras models trained on by every step that retrains, in the worker that does so."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from pocketbench.errors import Refused
from pocketbench.model import Rows, Source, Tensor
from pocketbench.suite import Train
from pocketbench.worker import Workers

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")]

Array = np.ndarray[Any, Any]
EXAMPLES = 96
TRAIN = Train(rows=EXAMPLES, epochs=2, learning_rate=1e-3)


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """One set of workers for all of them: imports are paid once."""
    with Workers(tmp_path_factory.mktemp("logs")) as found:
        yield found


def source_of(model: Any, folder: Path) -> Source:
    """A Keras model kept as sources are."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "model.keras")
    inputs, outputs = ([Tensor(each.name, (-1, *each.shape[1:]), each.dtype) for each in those] for those in (model.inputs, model.outputs))
    return Source("0" * 64, "keras", str(folder / "model.keras"), tuple(inputs), tuple(outputs), 0)


def rows_of(source: Source, folder: Path, labels: Array | None = None) -> Rows:
    """Seeded rows for a source, with labels of three classes unless others are given."""
    random = np.random.default_rng(1)
    for index, each in enumerate(source.inputs):
        np.save(folder / f"training-x{index}.npy", random.normal(size=(EXAMPLES, *each.shape[1:])).astype(np.float32))
    np.save(folder / "training-y.npy", random.integers(0, 3, EXAMPLES) if labels is None else labels)
    return Rows("0" * 64, str(folder), 0, 0, EXAMPLES, labelled=True)


def retrained(technique: str, source: Source, rows: Rows, workers: Workers, folder: Path, train: Train = TRAIN) -> Source:
    """Carry out every step of a technique, one after another."""
    words = technique.split("+")
    for count in range(1, len(words) + 1):
        done = "+".join(words[:count])
        place = folder / done.replace(":", "-")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        said = {"source": source, "rows": rows, "train": train}
        arguments = {"technique": done, "folder": str(place), **{name: msgspec.to_builtins(value) for name, value in said.items()}}
        source = msgspec.convert(workers.call("tfmot", "pocketbench.techniques:retrain", arguments, deadline_s=300), Source)
    return source


def kernels(source: Source) -> dict[str, Array]:
    """The kernels of convolutions and dense layers, by the layers' names."""
    import keras

    model = keras.saving.load_model(source.path, compile=False)
    found = {layer.name: np.asarray(layer.kernel) for layer in model.layers if isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense))}
    return {name: kernel for name, kernel in found.items() if kernel.ndim > 1}


@pytest.fixture(scope="module")
def cnn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Rows]:
    """Two convolutions, the first of one channel, a batch norm and a dense layer, with rows."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(2)
    pixels = keras.Input((6, 6, 1), name="pixels")
    x = layers.ReLU()(layers.BatchNormalization(name="norm")(layers.Conv2D(8, 3, padding="same", use_bias=False, name="first")(pixels)))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(16, 3, activation="relu", name="second")(x))
    folder = tmp_path_factory.mktemp("cnn")
    source = source_of(keras.Model(pixels, layers.Dense(3, activation="softmax", name="classes")(x)), folder)
    return source, rows_of(source, folder)


def test_pruning_leaves_the_share_of_zeros_that_its_name_says(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """In every kernel, and no more than that."""
    for technique, share in (("prune50", 0.5), ("prune80", 0.8)):
        for kernel in kernels(retrained(technique, *cnn, workers, tmp_path)).values():
            assert np.mean(kernel == 0) == pytest.approx(share, abs=0.5 / kernel.size + 0.02)


def test_two_of_every_four_neighbours_are_zero_where_a_kernel_has_four_inputs(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """Neighbours along the input channels, which lie next to each other in TensorFlow Lite; a kernel of one input channel is left alone."""
    found = kernels(retrained("prune2x4", *cnn, workers, tmp_path))
    groups = np.moveaxis(found["second"], 2, -1).reshape(-1, 4)

    assert ((groups == 0).sum(axis=1) >= 2).all()
    assert ((found["classes"].T.reshape(-1, 4) == 0).sum(axis=1) >= 2).all()
    assert not (found["first"] == 0).any()


def test_clustering_leaves_as_many_values_a_kernel_as_its_name_says(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """Kernels with more weights than clusters hold that many values at most."""
    found = kernels(retrained("cluster16", *cnn, workers, tmp_path))

    assert all(len(np.unique(kernel)) <= 16 for kernel in found.values())
    assert len(np.unique(found["second"])) > 8


def test_clustering_keeps_the_zeros_of_pruning(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """Both promises hold in one model."""
    found = kernels(retrained("prune80+cluster16", *cnn, workers, tmp_path))

    assert np.mean(found["second"] == 0) == pytest.approx(0.8, abs=0.02)
    assert len(np.unique(found["second"])) <= 17


def test_the_control_changes_weights_and_prunes_nothing(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """Trained on, twice as long when it says so, and nothing else."""
    once, twice = (kernels(retrained(name, *cnn, workers, tmp_path)) for name in ("extra_epochs", "extra_epochs:2"))

    assert not np.array_equal(once["second"], kernels(cnn[0])["second"])
    assert not np.array_equal(once["second"], twice["second"])
    assert not (once["second"] == 0).any()


def test_awareness_of_rounding_gives_a_graph_with_rounding_in_it(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """The SavedModel takes the source's inputs by name and holds fake quantisation."""
    made = Path(retrained("qat_int8", *cnn, workers, tmp_path).path)

    assert made.name == "saved_model"
    assert b"FakeQuantWithMinMaxVars" in (made / "saved_model.pb").read_bytes()


def test_what_was_made_before_does_not_change_what_is_made(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """The same weights to the last bit, in whatever order steps are carried out in one worker."""

    def digest(technique: str) -> str:
        found = kernels(retrained(technique, *cnn, workers, tmp_path))
        return hashlib.sha256(b"".join(kernel.tobytes() for kernel in found.values())).hexdigest()

    orders = [("prune80", "cluster16", "extra_epochs"), ("extra_epochs", "prune80", "cluster16"), ("cluster16", "extra_epochs", "prune80")]
    seen = [{technique: digest(technique) for technique in order} for order in orders]

    assert seen[0] == seen[1] == seen[2]


def models() -> dict[str, Any]:
    """Models of many kinds of layers, each with three classes."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    small, rows = keras.Input((8, 8, 4), name="small"), keras.Input((5, 8), name="rows")
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(8, activation="gelu"), layers.Dropout(0.1)], name="inner")
    one, two = keras.Input((8,), name="one"), keras.Input((8,), name="two")
    shared = layers.Dense(8, activation="tanh", name="shared")
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(layers.UpSampling2D()(small))
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Flatten()(layers.MaxPooling2D()(layers.SeparableConv2D(8, 3)(layers.ZeroPadding2D()(x))))
    attended = layers.LayerNormalization()(layers.Add()([rows, layers.MultiHeadAttention(2, 4)(rows, rows)]))
    return {
        "sequential": keras.Sequential([keras.Input((8,)), layers.Dense(16, activation="relu"), layers.Dense(3)]),
        "depthwise": keras.Model(small, layers.Dense(3)(x)),
        "lstm": keras.Model(rows, layers.Dense(3)(layers.LSTM(8)(rows))),
        "bidirectional gru": keras.Model(rows, layers.Dense(3)(layers.Bidirectional(layers.GRU(4))(rows))),
        "attention": keras.Model(rows, layers.Dense(3)(layers.GlobalAveragePooling1D()(attended))),
        "nested": keras.Model(one, layers.Dense(3)(inner(one))),
        "shared and two inputs": keras.Model([one, two], layers.Dense(3)(layers.Concatenate()([shared(one), shared(two)]))),
    }


@pytest.mark.parametrize("kind", ["sequential", "depthwise", "lstm", "bidirectional gru", "attention", "nested", "shared and two inputs"])
def test_models_of_keras_own_layers_are_rebuilt_and_brought_back(kind: str, workers: Workers, tmp_path: Path) -> None:
    """The step itself sees that both models give the same outputs, before training and after."""
    source = source_of(models()[kind], tmp_path / "source")

    made = retrained("prune50", source, rows_of(source, tmp_path / "source"), workers, tmp_path)

    assert Path(made.path).name == "model.keras"


@pytest.mark.parametrize("kind", ["lstm", "attention"])
def test_kernels_of_recurrent_and_attention_layers_are_pruned_and_clustered_too(kind: str, workers: Workers, tmp_path: Path) -> None:
    """Each kernel whole, and in its own place: the toolkit gives weights back in another order."""
    import keras

    source = source_of(models()[kind], tmp_path / "source")
    rows = rows_of(source, tmp_path / "source")

    def made(technique: str) -> list[Array]:
        model = keras.saving.load_model(retrained(technique, source, rows, workers, tmp_path).path, compile=False)
        return [np.asarray(weight) for weight in model.weights if weight.path.endswith("kernel")]

    pruned, clustered = made("prune50"), [kernel for kernel in made("cluster16") if kernel.size >= 64]
    assert [round(float(np.mean(kernel == 0)), 1) for kernel in pruned] == [0.5] * len(pruned)
    assert all(len(np.unique(kernel)) <= 16 for kernel in clustered)
    assert min(len(pruned), len(clustered)) >= 2


def refusal(technique: str, source: Source, rows: Rows, workers: Workers, folder: Path, train: Train = TRAIN) -> Refused:
    """What a step that cannot be says."""
    with pytest.raises(Refused) as caught:
        retrained(technique, source, rows, workers, folder, train)
    return caught.value


def test_models_that_cannot_be_rebuilt_are_refused_by_the_layers_name(workers: Workers, tmp_path: Path) -> None:
    """A layer that only Keras 3 has, and a model that is kept as a graph."""
    import keras

    x = keras.Input((8,), name="x")
    source = source_of(keras.Model(x, keras.layers.Dense(3)(keras.layers.RMSNormalization(name="rms")(x))), tmp_path / "new")
    rows = rows_of(source, tmp_path / "new")

    new = refusal("prune80", source, rows, workers, tmp_path)
    graph = refusal("prune80", msgspec.structs.replace(source, path=str(tmp_path / "saved_model")), rows, workers, tmp_path)

    assert (new.reason, graph.reason) == ("technique-not-for-model", "technique-not-for-model")
    assert "tf_keras has no layer RMSNormalization (rms)" in new.message
    assert "cannot be rebuilt" in graph.message


def test_a_layer_without_a_rule_for_rounding_is_refused(workers: Workers, tmp_path: Path) -> None:
    """The toolkit has none for an LSTM."""
    source = source_of(models()["lstm"], tmp_path / "source")

    found = refusal("qat_int8", source, rows_of(source, tmp_path / "source"), workers, tmp_path)

    assert found.reason == "technique-not-for-model"
    assert "no rule for a layer" in found.message


def test_a_loss_that_is_no_number_is_refused_with_what_to_change(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """Weights that are lost are not converted."""
    source, _ = cnn
    rows = rows_of(source, tmp_path, np.full((EXAMPLES, 3), 1e30, np.float32))

    wild = Train(rows=EXAMPLES, epochs=3, loss="mean_squared_error", optimizer="sgd", learning_rate=1.0)
    found = refusal("extra_epochs", source, rows, workers, tmp_path, wild)

    assert found.reason == "training-diverged"
    assert "lower train.learning_rate" in found.hint


def test_a_loss_that_does_not_fit_the_labels_is_refused(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """Numbers of classes where vectors are needed, in Keras' words; or where targets are, which would be learnt as if they were."""
    for loss in ("categorical_crossentropy", "mean_squared_error"):
        found = refusal("extra_epochs", *cnn, workers, tmp_path, Train(rows=EXAMPLES, loss=loss))

        assert found.reason == "technique-not-for-model"
        assert "train.loss" in found.hint


def test_a_label_that_is_no_class_of_the_model_is_refused(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """TensorFlow's own error has no place in a report."""
    rows = rows_of(cnn[0], tmp_path, np.full(EXAMPLES, 7))
    found = refusal("extra_epochs", cnn[0], rows, workers, tmp_path, msgspec.structs.replace(TRAIN, loss="sparse_categorical_crossentropy"))

    assert (found.reason, "the model cannot be trained on" in found.message, "Traceback" in found.message) == ("technique-not-for-model", True, False)


def test_inputs_with_names_that_are_no_words_go_through_every_step(workers: Workers, tmp_path: Path) -> None:
    """TensorFlow takes no such name for an argument."""
    import keras

    x = keras.Input((8,), name="my-input")
    source = source_of(keras.Model(x, keras.layers.Dense(3, activation="softmax")(x)), tmp_path / "source")
    made = retrained("qat_int8", source, rows_of(source, tmp_path / "source"), workers, tmp_path)
    rows = msgspec.to_builtins(rows_of(source, tmp_path / "source"))
    arguments = {"format": "tflite", "source": msgspec.to_builtins(made), "rows": rows, "technique": "qat_int8", "form": "", "folder": str(tmp_path)}
    said: Any = workers.call("tensorflow", "pocketbench.formats:make", arguments, deadline_s=300)

    assert said["anatomy"]["parameters_quantized"] == 24


def test_rows_without_labels_cannot_be_trained_on(cnn: tuple[Source, Rows], workers: Workers, tmp_path: Path) -> None:
    """Made-up rows have none."""
    source, rows = cnn

    assert refusal("prune80", source, msgspec.structs.replace(rows, labelled=False), workers, tmp_path).reason == "needs-training-data"


def test_a_model_without_kernels_has_nothing_to_prune_or_cluster(workers: Workers, tmp_path: Path) -> None:
    """Said instead of a file that is called pruned."""
    import keras

    x = keras.Input((3,), name="x")
    source = source_of(keras.Model(x, keras.layers.LayerNormalization()(x)), tmp_path / "source")
    rows = rows_of(source, tmp_path / "source")

    assert "no kernel that it can prune" in refusal("prune80", source, rows, workers, tmp_path).message
    assert "no kernel that it can cluster" in refusal("cluster16", source, rows, workers, tmp_path).message

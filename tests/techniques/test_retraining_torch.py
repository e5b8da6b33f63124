"""Torch models trained on by every step that retrains."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from pocketbench import cache, sources, techniques, torch_model
from pocketbench.errors import Refused
from pocketbench.model import Rows, Source, Tensor
from pocketbench.suite import Train

pytestmark = pytest.mark.slow

Array = np.ndarray[Any, Any]
EXAMPLES = 96
TRAIN = Train(rows=EXAMPLES, epochs=4, learning_rate=3e-3, batch=16)


def opened(name: str, folder: Path) -> tuple[Source, Rows]:
    """A model of the file beside this one, opened as for a run, with rows whose classes can be learnt."""
    folder.mkdir(parents=True, exist_ok=True)
    source = msgspec.convert(
        sources.open_source(source=f"python:retrained_models:{name}", base=str(Path(__file__).parent), folder=str(folder), framework="torch"), Source
    )
    return source, rows_of(source, folder)


def rows_of(source: Source, folder: Path, labels: Array | None = None) -> Rows:
    """Seeded rows for a source, brighter by class, with labels of three classes unless others are given."""
    random = np.random.default_rng(1)
    classes = random.integers(0, 3, EXAMPLES)
    for index, each in enumerate(source.inputs):
        noise = random.normal(size=(EXAMPLES, *each.shape[1:]))
        np.save(folder / f"training-x{index}.npy", (noise + classes.reshape(-1, *[1] * (noise.ndim - 1))).astype(np.float32))
    np.save(folder / "training-y.npy", classes if labels is None else labels)
    return Rows("0" * 64, str(folder), 0, 0, EXAMPLES, labelled=True)


def retrained(technique: str, source: Source, rows: Rows, folder: Path, train: Train = TRAIN) -> Source:
    """Carry out every step of a technique, one after another."""
    words = technique.split("+")
    for count in range(1, len(words) + 1):
        done = "+".join(words[:count])
        place = folder / done.replace(":", "-")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        said = {name: msgspec.to_builtins(value) for name, value in {"source": source, "rows": rows, "train": train}.items()}
        source = msgspec.convert(techniques.retrain(technique=done, folder=str(place), **said), Source)
    return source


def kernels(source: Source) -> dict[str, Array]:
    """The parameters of two dimensions or more, by name."""
    return {name: weight.numpy() for name, weight in torch_model.eager(source).state_dict().items() if weight.dim() > 1}


def loss(source: Source, rows: Rows) -> float:
    """The cross-entropy of the model's shares with the rows' classes."""
    import torch

    x, y = (torch.from_numpy(np.load(Path(rows.folder) / f"training-{part}.npy")) for part in ("x0", "y"))
    with torch.no_grad():
        return float(torch.nn.functional.nll_loss(torch_model.eager(source)(x).log(), y))


def refusal(technique: str, source: Source, rows: Rows, folder: Path, train: Train = TRAIN) -> Refused:
    """What a step that cannot be says."""
    with pytest.raises(Refused) as caught:
        retrained(technique, source, rows, folder, train)
    return caught.value


@pytest.fixture(scope="module")
def cnn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Rows]:
    """The convolutional one."""
    return opened("cnn", tmp_path_factory.mktemp("cnn"))


def test_training_on_makes_the_loss_fall_and_prunes_nothing(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """Twice as long, further; the source stays as it was."""
    before = loss(*cnn)
    once, twice = (retrained(name, *cnn, tmp_path) for name in ("extra_epochs", "extra_epochs:2"))

    assert loss(twice, cnn[1]) < loss(once, cnn[1]) < before
    assert loss(*cnn) == before
    assert not any((kernel == 0).any() for kernel in kernels(twice).values())


def test_pruning_leaves_the_share_of_zeros_that_its_name_says(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """In every kernel, and no more than that, while the others learn."""
    for technique, share in (("prune50", 0.5), ("prune80", 0.8)):
        made = retrained(technique, *cnn, tmp_path)

        assert loss(made, cnn[1]) < loss(*cnn)
        for kernel in kernels(made).values():
            assert np.mean(kernel == 0) == pytest.approx(share, abs=0.5 / kernel.size + 0.001)


def test_two_of_every_four_neighbours_are_zero_where_a_kernel_has_four_inputs(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """Neighbours along the input channels, which lie next to each other in TensorFlow Lite; a kernel of one input channel is left alone."""
    found = kernels(retrained("prune2x4", *cnn, tmp_path))

    for kernel in (np.moveaxis(found["second.weight"], 1, -1), found["classes.weight"]):
        assert ((kernel.reshape(-1, 4) == 0).sum(axis=1) == 2).all()
    assert not (found["first.weight"] == 0).any()


def test_clustering_leaves_as_many_values_a_kernel_as_its_name_says(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """Values that learn, and no zeros of their own."""
    for technique, most in (("cluster16", 16), ("cluster32", 32)):
        made = retrained(technique, *cnn, tmp_path)

        assert loss(made, cnn[1]) < loss(*cnn)
        assert all(most // 2 < len(np.unique(kernel)) <= most for kernel in kernels(made).values())


def test_what_pruning_and_clustering_left_outlasts_the_steps_after(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """Zeros through clustering, both through training under rounding; 0 is one value more."""
    for technique in ("prune80+cluster16", "prune80+cluster16+qat_int8", "prune80+qat_int8"):
        for kernel in kernels(retrained(technique, *cnn, tmp_path)).values():
            assert np.mean(kernel == 0) == pytest.approx(0.8, abs=0.5 / kernel.size + 0.001)
            assert "cluster" not in technique or len(np.unique(kernel)) <= 17


def test_clusters_outlast_training_under_rounding(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """And their values learn on."""
    before, after = (kernels(retrained(name, *cnn, tmp_path)) for name in ("cluster16", "cluster16+qat_int8"))

    assert all(len(np.unique(kernel)) <= 16 for kernel in after.values())
    assert not np.array_equal(before["second.weight"], after["second.weight"])


def test_training_under_rounding_gives_weights_that_lose_less_by_it(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """Floats still, other ones than plain training gives, with a falling loss."""
    plain, aware = (retrained(name, *cnn, tmp_path) for name in ("extra_epochs", "qat_int8"))

    assert loss(aware, cnn[1]) < loss(*cnn)
    assert not np.array_equal(kernels(plain)["second.weight"], kernels(aware)["second.weight"])
    assert len(np.unique(kernels(aware)["second.weight"])) > 256


@pytest.mark.parametrize("technique", ["extra_epochs", "prune80", "prune2x4", "cluster16", "qat_int8"])
def test_a_step_leaves_the_same_bytes_every_time(cnn: tuple[Source, Rows], tmp_path: Path, technique: str) -> None:
    """Whatever ran before it in this process."""
    hashes = []
    for other in ("one", "two"):
        hashes.append(cache.sha256_of(Path(retrained(technique, *cnn, tmp_path / other).path)))
        retrained("extra_epochs", *cnn, tmp_path / other)

    assert hashes[0] == hashes[1]


def test_kernels_of_recurrent_and_attention_layers_are_pruned_clustered_and_rounded(tmp_path: Path) -> None:
    """Each for itself, in both directions; the model's logits are found to be some."""
    source, rows = opened("recurrent", tmp_path)
    pruned, clustered, aware = (kernels(retrained(name, source, rows, tmp_path)) for name in ("prune50", "cluster16", "qat_int8"))

    assert len(pruned) == 4 + 2 + 1
    assert {round(float(np.mean(kernel == 0)), 1) for kernel in pruned.values()} == {0.5}
    assert {len(np.unique(kernel)) <= 16 for kernel in clustered.values()} == {True}
    assert not np.array_equal(aware["lstm.weight_hh_l0"], kernels(source)["lstm.weight_hh_l0"])


def test_depthwise_kernels_are_left_alone_and_transposed_ones_grouped_by_their_inputs(tmp_path: Path) -> None:
    """The inputs of a transposed convolution are its first axis."""
    found = kernels(retrained("prune2x4", *opened("depthwise", tmp_path), tmp_path))

    assert not (found["depthwise.weight"] == 0).any()
    assert ((np.moveaxis(found["up.weight"], 0, -1).reshape(-1, 4) == 0).sum(axis=1) == 2).all()


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "adamax", "nadam", "sgd", "rmsprop", "adagrad", "adadelta"])
def test_keras_optimizers_are_known_by_their_names(cnn: tuple[Source, Rows], tmp_path: Path, optimizer: str) -> None:
    """With values that stay shared under each of them."""
    found = kernels(retrained("cluster16", *cnn, tmp_path, msgspec.structs.replace(TRAIN, epochs=1, optimizer=optimizer)))

    assert all(len(np.unique(kernel)) <= 16 for kernel in found.values())


@pytest.mark.parametrize(
    "name", ["mean_squared_error", "mae", "huber", "categorical_crossentropy", "kl_divergence", "log_cosh", "poisson", "binary_crossentropy"]
)
def test_keras_losses_are_known_by_their_names(cnn: tuple[Source, Rows], tmp_path: Path, name: str) -> None:
    """On labels of three shares each."""
    shares = np.eye(3, dtype=np.float32)[np.arange(EXAMPLES) % 3]
    made = retrained("extra_epochs", cnn[0], rows_of(cnn[0], tmp_path, shares), tmp_path, msgspec.structs.replace(TRAIN, loss=name))

    assert not np.array_equal(kernels(made)["second.weight"], kernels(cnn[0])["second.weight"])


def test_what_does_not_fit_is_refused_with_what_to_change(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """A loss of targets for class numbers, one of shares, a label that is no class, words that nobody knows."""

    def said(labels: Array | None = None, **other: str) -> Refused:
        found = refusal("extra_epochs", cnn[0], rows_of(cnn[0], tmp_path, labels), tmp_path, msgspec.structs.replace(TRAIN, **other))
        assert found.reason == "technique-not-for-model"
        return found

    assert "the labels are numbers of classes" in said(loss="mean_squared_error").message
    assert "do not fit each other" in said(loss="categorical_crossentropy").message
    beyond = said(np.full(EXAMPLES, 7))
    assert "the model cannot be trained on: Target 7 is out of bounds" in beyond.message
    assert "train.loss must fit" in beyond.hint
    assert "train.loss is one of sparse_categorical_crossentropy" in said(loss="triplet").hint
    assert "train.optimizer is one of adam" in said(optimizer="lamb").hint


def test_an_operation_that_torch_cannot_do_the_same_way_each_time_is_named_and_the_loss_is_not(tmp_path: Path) -> None:
    """The hint is about what the message is about."""
    found = refusal("extra_epochs", *opened("unpooling", tmp_path), tmp_path)

    assert "does not have a deterministic implementation" in found.message
    assert "replace it" in found.hint
    assert "train.loss" not in found.hint


def test_a_loss_that_is_no_number_is_refused_with_what_to_change(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """Weights that are lost are not converted."""
    rows = rows_of(cnn[0], tmp_path, np.full((EXAMPLES, 3), 1e30, np.float32))
    wild = Train(rows=EXAMPLES, epochs=3, loss="mean_squared_error", optimizer="sgd", learning_rate=1.0)
    found = refusal("extra_epochs", cnn[0], rows, tmp_path, wild)

    assert found.reason == "training-diverged"
    assert "lower train.learning_rate" in found.hint


def test_a_model_without_kernels_is_refused_by_each_step(tmp_path: Path) -> None:
    """Nothing to prune, cluster or round; and rows without labels teach nothing."""
    source, rows = opened("scale", tmp_path)
    for technique in ("prune80", "prune2x4", "cluster16", "qat_int8"):
        found = refusal(technique, source, rows, tmp_path)
        assert (found.reason, "finds no" in found.message) == ("technique-not-for-model", True)

    assert refusal("extra_epochs", source, msgspec.structs.replace(rows, labelled=False), tmp_path).reason == "needs-training-data"


def test_a_model_of_several_outputs_is_refused(cnn: tuple[Source, Rows], tmp_path: Path) -> None:
    """The rows have one label each."""
    source = msgspec.structs.replace(cnn[0], outputs=(*cnn[0].outputs, Tensor("other", (-1, 3), "float32")))

    assert "2 outputs" in refusal("extra_epochs", source, cnn[1], tmp_path).message

"""Two small Keras models, kept as sources, with rows to calibrate and to compare."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from pocketbench.model import Rows, Source, Tensor

Array = np.ndarray[Any, Any]
ROWS = 24


@dataclass(frozen=True)
class Kept:
    """A model kept on disk, its rows, and what it answers to them: one array an output, in the order of its outputs."""

    source: Source
    rows: Rows
    inputs: list[Array]
    answers: list[Array]


Keep = Callable[..., Kept]


@pytest.fixture(scope="session")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Keep:
    """A function that keeps a Keras model with random rows; ``scales`` are the largest number of each input's rows."""

    def kept(model: Any, scales: Sequence[float] = (1.0,)) -> Kept:
        import keras

        folder, random = tmp_path_factory.mktemp("source"), np.random.default_rng(3)
        model.save(folder / "model.keras")
        inputs = [random.uniform(0, scale, (ROWS, *each.shape[1:])).astype("float32") for each, scale in zip(model.inputs, scales, strict=True)]
        for index, array in enumerate(inputs):
            np.save(folder / f"calibration-x{index}.npy", array)
        structure = inputs if len(inputs) > 1 else inputs[0]
        whole = keras.tree.pack_sequence_as(model.input, inputs) if isinstance(getattr(model, "input", None), dict) else structure
        answers = [np.asarray(each) for each in keras.tree.flatten(model(whole, training=False))]
        source = Source("0" * 64, "keras", str(folder / "model.keras"), _tensors(model.inputs), _tensors(model.outputs), 0)
        return Kept(source, Rows("0" * 64, str(folder), 0, ROWS, 0, labelled=False), inputs, answers)

    return kept


@pytest.fixture(scope="session")
def cnn(keep: Keep) -> Kept:
    """Convolutions without bias, batch normalisation, ReLU and one residual addition; 144 + 2304 + 4608 + 320 kernel elements."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(5)
    pixels = keras.Input((12, 12, 1), name="pixels")
    first = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same", use_bias=False)(pixels)))
    second = layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same", use_bias=False)(first))
    third = layers.Conv2D(32, 3, strides=2, activation="relu")(layers.ReLU()(layers.Add()([first, second])))
    model = keras.Model(pixels, layers.Dense(10)(layers.GlobalAveragePooling2D()(third)))
    _settle_statistics(model)
    return keep(model)


@pytest.fixture(scope="session")
def line(keep: Keep) -> Kept:
    """A linear regression of four inputs."""
    import keras

    keras.utils.set_random_seed(6)
    return keep(keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(1)]))


def _settle_statistics(model: Any) -> None:
    """Give batch normalisations statistics that are not 0 and 1, so that leaving them out would show."""
    random = np.random.default_rng(1)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            layer.set_weights([random.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])


def _tensors(those: Sequence[Any]) -> tuple[Tensor, ...]:
    """Keras' tensors as the nouns of a run."""
    return tuple(Tensor(each.name, tuple(-1 if size is None else size for size in each.shape), each.dtype) for each in those)

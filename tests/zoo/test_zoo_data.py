"""The zoo's data sets, and the one order of rows."""

import subprocess
import sys

import numpy as np

from pocketbench import zoo
from pocketbench.zoo.order import fixed_order


def test_digits_are_real_images_from_zero_to_one() -> None:
    """1,797 images of 8 x 8 pixels, ten classes, the darkest pixel 1."""
    rows = zoo.DATA.get("digits").load()
    assert (rows.x.shape, rows.x.dtype, rows.x.min(), rows.x.max()) == ((1797, 8, 8, 1), np.float32, 0, 1)
    assert (rows.y.shape, set(rows.y), rows.classes) == ((1797,), set(range(10)), tuple("0123456789"))


def test_diabetes_features_are_standardised_and_targets_keep_their_unit() -> None:
    """Ten features of mean 0 and variance 1; a progression of 25 to 346."""
    rows = zoo.DATA.get("diabetes").load()
    assert (rows.x.shape, rows.x.dtype, rows.classes) == ((442, 10), np.float32, ())
    assert np.allclose(rows.x.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(rows.x.std(axis=0), 1, atol=1e-5)
    assert (rows.y.min(), rows.y.max()) == (25, 346)


def test_the_order_of_rows_is_a_permutation_that_never_changes() -> None:
    """Its first numbers are written here: another order would let models be scored on what they learnt."""
    order = fixed_order(1797)
    assert sorted(order) == list(range(1797))
    assert order[:6].tolist() == [360, 1773, 1482, 600, 850, 196]


def test_a_models_training_rows_are_the_last_of_the_order() -> None:
    """They share no row with those that come first."""
    model, whole = zoo.MODELS.get("digits-cnn"), zoo.DATA.get("digits").load()
    rows = zoo.training_rows(model)
    assert np.array_equal(rows.x, whole.x[fixed_order(1797)[-1000:]])
    assert model.trained_on == "zoo:digits[-1000:]"


def test_every_models_files_are_there() -> None:
    """The files whose bytes are a model's identity exist."""
    for model in zoo.MODELS:
        assert len(model.files) >= 3 + len(model.makers) - 1
        assert all(file.is_file() for file in model.files)


def test_a_models_suite_uses_no_row_that_it_was_trained_on() -> None:
    """Scoring, calibration and training rows fit into the data set beside each other."""
    for model in zoo.MODELS:
        assert model.scoring + model.calibration + model.rows <= len(zoo.DATA.get(model.data).load().x)


def test_the_zoo_imports_nothing_heavy() -> None:
    """Names and descriptions cost no framework, not even NumPy."""
    code = "import sys, pocketbench.zoo; print(sorted({'numpy', 'sklearn', 'tensorflow', 'keras'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"

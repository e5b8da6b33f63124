"""A whole run of unconverted models beside what they were converted to."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pocketbench

pytestmark = pytest.mark.slow

SUITE = """
[suite]
name = "before-and-after"

[[model]]
name = "line"
source = "zoo:linear-regression"
data = { source = "zoo:diabetes", calibration = 20, scoring = 30, score = "r2" }

[[model]]
name = "own"
source = "python:models:two_inputs"
data = { source = "rows.npz", calibration = 4, scoring = 12 }

[matrix]
formats = ["source", "tflite"]
techniques = ["float32", "int8_float_io"]

[measure]
processes = 1
budget = "100ms"
"""

MODELS = """
import keras

class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x

def two_inputs():
    left, right = keras.Input((3,), name="zeta"), keras.Input((2,), name="alpha")
    mixed = Twice()(keras.layers.Concatenate()([left, keras.layers.Dense(4)(right)]))
    return keras.Model([left, right], [keras.layers.Dense(2)(mixed), keras.layers.Dense(5)(mixed)])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a zoo model, kept as a file, and of a user's own layers with two inputs, kept as a folder."""
    place, random = tmp_path_factory.mktemp("run"), np.random.default_rng(0)
    (place / "suite.toml").write_text(SUITE)
    (place / "models.py").write_text(MODELS)
    np.savez(place / "rows.npz", x0=random.random((20, 3), dtype=np.float32), x1=random.random((20, 2), dtype=np.float32))
    said = subprocess.run([sys.executable, "-m", "pocketbench", "run", "suite.toml", "--json"], cwd=place, capture_output=True, text=True, check=False)
    ended = json.loads(said.stdout.splitlines()[-1])
    assert (said.returncode, ended["ok"], ended["failed"], ended["skipped"]) == (0, 6, 0, 0), said.stdout + said.stderr
    return place


def test_each_model_is_first_run_as_it_was_trained(folder: Path) -> None:
    """The job before those of its converted forms, in its own framework; it computes what it computes."""
    jobs = pocketbench.load("last", results=folder / "results").jobs()
    own = jobs[jobs["format"] == "source"]

    assert own["job"].tolist() == [f"{model}/keras/source/as_is/python.keras/cpu/t1@host" for model in ("line", "own")]
    assert jobs.groupby("model", sort=False)["format"].first().tolist() == ["source", "source"]
    assert (own["max_abs_diff"] <= 1e-6 * np.array([300, 10])).all()
    assert own["route"].tolist() == ["keras", "keras"]
    assert own["engine_version"].str.fullmatch(r"[\d.]+ \(tensorflow [\d.]+\)").all()
    assert (own["execution"] == "full").all()
    assert (own["flaws"] == "").all()


def test_the_processes_asked_for_are_given_however_long_one_takes_to_start(folder: Path) -> None:
    """Starting TensorFlow takes longer than the whole budget: one process and twenty samples all the same."""
    frame = pocketbench.load("last", results=folder / "results").frame()
    steady = frame[(frame["format"] == "source") & (frame["metric"] == "latency") & (frame["phase"] == "steady")]

    assert (steady.groupby("job", observed=True)["process"].nunique() == 1).all()
    assert (steady.groupby("job", observed=True).size() >= 20).all()


def test_sizes_and_weights_before_and_after_stand_in_one_table(folder: Path) -> None:
    """Float weights are as many before as after; whole folders are sized."""
    jobs = pocketbench.load("last", results=folder / "results").jobs().set_index(["model", "format", "technique"])

    for model, weights in (("line", 10), ("own", 2 * 4 + 7 * 2 + 7 * 5)):
        assert jobs.loc[(model, "source", "as_is"), "parameters"] == weights
        assert jobs.loc[(model, "tflite", "float32"), "parameters"] == weights
        assert jobs.loc[(model, "source", "as_is"), "size_bytes"] > jobs.loc[(model, "tflite", "float32"), "size_bytes"]

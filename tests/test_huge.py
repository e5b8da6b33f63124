"""A convolutional network of over 500 MB, made on demand: the survey's 540 MB brought to 50 MB, and a harness that stays small."""

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

MODEL = '''
"""Convolutions of 3 x 3 over many channels and 2 x 2 pixels: many weights, little to compute."""

import keras
from keras import layers

# Of a kernel's nine places four are over pixels, and pruning leaves most of the variance: signals neither vanish nor explode.
SCALE = 7.0


def build(channels, blocks):
    keras.utils.set_random_seed(0)
    pixels = keras.Input((2, 2, 8), name="pixels")
    x = layers.Conv2D(channels, 3, padding="same", activation="relu")(pixels)
    for _ in range(blocks):
        own = keras.initializers.VarianceScaling(SCALE)  # one object for all would give equal kernels, which a converter keeps once
        x = layers.Conv2D(channels, 3, padding="same", activation="relu", kernel_initializer=own)(x)
    return keras.Model(pixels, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


def big():
    return build(1036, 14)


def small():
    return build(16, 2)
'''

# Two steps of training: pruning then sorts each kernel once.
SUITE = """
[suite]
name = "size"

[[model]]
name = "network"
source = "python:networks:{which}"
data = {{ source = "rows.npz", calibration = 4, scoring = 4, score = "accuracy" }}
train = {{ rows = 16, epochs = 1, batch = 8, learning_rate = 0.0001, optimizer = "sgd" }}

[matrix]
techniques = ["float32", "prune80+int8"]

[measure]
processes = 1
budget = "100ms"
"""

# Runs the command line in this process, then says how large it has ever been.
WATCHED = """
import sys
from pathlib import Path
from pocketbench.cli import main
try:
    main()
finally:
    print(Path("/proc/self/status").read_text(), file=sys.stderr)
"""


def carried_out(which: str, folder: Path) -> tuple[dict[str, dict[str, str]], int]:
    """Run the suite of one network; return its rows by technique and the harness's peak of resident bytes."""
    import numpy as np

    folder.mkdir()
    random = np.random.default_rng(0)
    np.savez(folder / "rows.npz", x=4 * random.standard_normal((32, 2, 2, 8), np.float32), y=random.integers(0, 4, 32))
    (folder / "networks.py").write_text(MODEL)
    (folder / "suite.toml").write_text(SUITE.format(which=which))
    ran = subprocess.run([sys.executable, "-c", WATCHED, "run", "suite.toml"], cwd=folder, capture_output=True, text=True, check=False)
    peak = re.search(r"VmHWM:\s+(\d+) kB", ran.stderr)
    assert peak is not None, ran.stderr
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    said = subprocess.run([sys.executable, "-m", "pocketbench", "report", "last", "--csv"], cwd=folder, capture_output=True, text=True, check=True)
    return {row["technique"]: row for row in csv.DictReader(io.StringIO(said.stdout))}, int(peak[1]) << 10


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
def test_a_network_of_over_500_mb_is_made_checked_and_measured_by_a_harness_that_stays_small(tmp_path: Path) -> None:
    """Every form runs; pruned and quantised, a download of 540 MB becomes one of about 50; weights never pass through the harness."""
    _, small = carried_out("small", tmp_path / "small")
    rows, big = carried_out("big", tmp_path / "big")

    assert {name: row["status"] for name, row in rows.items()} == dict.fromkeys(("float32", "prune80+int8"), "ok"), rows
    size, zipped = ({name: int(row[column]) for name, row in rows.items()} for column in ("size_bytes", "zip_bytes"))
    assert size["float32"] > 500e6
    assert size["prune80+int8"] == pytest.approx(size["float32"] / 4, rel=0.01)
    assert zipped["prune80+int8"] < 60e6
    assert float(rows["prune80+int8"]["zeros"]) > 0.79
    assert rows["float32"]["flaws"] == ""
    assert big - small < 100e6

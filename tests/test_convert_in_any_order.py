"""Variants converted in shuffled orders: what was made before never changes what is made."""

import random
from pathlib import Path

import numpy as np
import pytest

from pocketbench import convert, opened, suite
from pocketbench.formats import FORMATS
from pocketbench.model import Artifact, Variant
from pocketbench.worker import Workers

TECHNIQUES = ("float32", "dynamic_int8", "int16x8", "prune80", "prune80+int8", "cluster16", "qat_int8", "prune80+qat_int8", "prune80+cluster16+qat_int8")
SUITE = """
[suite]
name = "order"

[[model]]
name = "net"
source = "net.keras"
data = { source = "rows.npz", calibration = 16, scoring = 16, score = "accuracy" }
train = { rows = 64, epochs = 1 }
"""
TORCH_SUITE = """
[suite]
name = "order"

[[model]]
name = "net"
source = "python:nets:net"
data = { source = "rows.npz", calibration = 8, scoring = 8 }
"""
NET = """
import torch
from torch import nn

def net():
    torch.manual_seed(3)
    layers = nn.Conv2d(2, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(6), nn.Flatten(), nn.Linear(8, 3)
    return nn.Sequential(*layers).eval(), torch.zeros(1, 2, 8, 8)
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_the_order_of_variants_does_not_change_a_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three shuffled orders in workers that go on from one to the next, each with an empty cache: the same hashes."""
    import keras

    keras.utils.set_random_seed(7)
    pixels = keras.Input((6, 6, 4), name="pixels")
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(32, 3, use_bias=False)(pixels))
    keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(keras.layers.ReLU()(x)))).save(tmp_path / "net.keras")
    numbers = np.random.default_rng(0)
    np.savez(tmp_path / "rows.npz", x=numbers.random((120, 6, 6, 4), dtype=np.float32), y=numbers.integers(0, 3, 120))
    wished = suite.parse(SUITE, file="suite.toml", base=tmp_path)
    variants = [Variant("net", "keras", "tflite", technique, route="keras>tf>tflite") for technique in TECHNIQUES]

    seen = []
    with Workers(tmp_path) as workers:
        for seed in range(3):
            monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / f"cache-{seed}"))
            random.Random(seed).shuffle(variants)  # noqa: S311 - no secret
            models = opened.open_models(wished, variants, workers, lambda _: None)
            made = dict(convert.each(variants, models, workers, lambda _: None))
            assert {variant.technique: made[variant] for variant in variants if not isinstance(made[variant], Artifact)} == {}
            found = {variant.technique: artifact for variant, artifact in made.items() if isinstance(artifact, Artifact)}
            seen.append({technique: artifact.sha256 for technique, artifact in found.items()})

    assert seen[0] == seen[1] == seen[2]
    _check_what_is_left(found)


@pytest.mark.slow
def test_the_order_of_formats_does_not_change_a_byte_of_a_torch_model(tmp_path: Path) -> None:
    """Floats and integers of every format, in two shuffled orders and in workers that go on from one to the next: the same hashes."""
    (tmp_path / "nets.py").write_text(NET)
    numbers = np.random.default_rng(0)
    np.savez(tmp_path / "rows.npz", x=numbers.random((24, 2, 8, 8), dtype=np.float32), y=numbers.integers(0, 3, 24))
    wished = suite.parse(TORCH_SUITE, file="suite.toml", base=tmp_path)
    variants = [Variant("net", "torch", name, technique) for name in ("tflite", "torchscript", "executorch", "onnx") for technique in ("float32", "int8")]
    variants += [Variant("net", "torch", "ncnn", technique) for technique in ("float32", "float16")]  # whose integers nothing here makes

    seen: list[dict[str, object]] = []
    with Workers(tmp_path) as workers:
        model = opened.open_models(wished, variants[:1], workers, lambda _: None)["net", "torch"]
        for seed in range(2):
            random.Random(seed).shuffle(variants)  # noqa: S311 - no secret
            seen.append({variant.name: _sha256(variant, model, workers, tmp_path / f"{seed}-{variant.name.replace('/', '-')}") for variant in variants})

    assert seen[0] == seen[1]
    assert len(set(seen[0].values())) == len(variants)


def _sha256(variant: Variant, model: opened.Opened, workers: Workers, folder: Path) -> object:
    """Convert in the worker of the format, whatever is in the cache; give the hash."""
    folder.mkdir()
    toolchain = FORMATS.get(variant.format).toolchain("torch")
    made = workers.call(toolchain, "pocketbench.formats:make", convert._arguments(variant, model.source, model.rows, folder), deadline_s=300)
    assert isinstance(made, dict)
    return made["sha256"]


def _check_what_is_left(found: dict[str, Artifact]) -> None:
    """Of each technique in its file: zeros through clustering and rounding, few values a channel, and downloads that shrink where raw files do not."""
    broken = {"NOOP", "PARTLY-QUANTIZED", "PRUNING-LOST", "CLUSTERS-LOST"}
    assert {technique: artifact.flaws for technique, artifact in found.items() if broken & set(artifact.flaws)} == {}
    for technique in ("prune80", "prune80+int8", "prune80+qat_int8", "prune80+cluster16+qat_int8"):
        assert all(kernel.zeros > 0.78 for kernel in found[technique].anatomy.kernels), technique
    assert all(kernel.channel_values <= 16 for kernel in found["cluster16"].anatomy.kernels)
    assert found["prune80+cluster16+qat_int8"].anatomy.parameters_quantized == found["float32"].anatomy.parameters
    raw = {technique: artifact.anatomy.size_bytes for technique, artifact in found.items()}
    zipped = {technique: artifact.anatomy.zip_bytes for technique, artifact in found.items()}
    for technique in ("prune80", "cluster16"):
        assert abs(raw[technique] / raw["float32"] - 1) < 0.05
        assert zipped["float32"] > 2 * zipped[technique]
    assert zipped["prune80+int8"] < zipped["prune80"]

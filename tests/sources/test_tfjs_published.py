"""Models that others published for browsers, in packages of npm: opened, looked into, and right about what anybody can check."""

import base64
import hashlib
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from pocketbench import pages, sources
from pocketbench.model import Rows, Source

pytestmark = pytest.mark.slow

Array = np.ndarray[Any, Any]
# A graph model that hears notes, and a layers model that enlarges pictures; Apache-2.0 and MIT.
PITCH = "@spotify/basic-pitch@1.0.1", "SAxiFi9ZnyhGdhWEOS9YVhdunZiKzI3I5zOccZzDzQRr4s00Ii9lphqlPMMfby3iYa7TSupB2g8yuu1kJ6gL+Q=="
ENLARGER = "@upscalerjs/default-model@1.0.0", "D17cokQBpciTBrlFuY5WtS7TH0WE3h5m44PYiPPCSq1jlWjG9BvH5/rnm9AhQPV6TT3Bqbg5GAPV8/qpR47/hQ=="
HERTZ, SAMPLES = 22_050, 43_844
LOWEST_KEY, A4 = 27.5, 48

Fetch = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def fetch(tmp_path_factory: pytest.TempPathFactory) -> Fetch:
    """Bring a package by npm's own client, none of its scripts run; another hash is no package."""

    def brought(package: str, sha512: str) -> Path:
        folder = tmp_path_factory.mktemp("npm")
        node, npm = pages._node()
        subprocess.run([node, npm, "pack", package, "--ignore-scripts", "--loglevel=error"], cwd=folder, check=True, capture_output=True, timeout=300)
        [archive] = folder.glob("*.tgz")
        assert base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == sha512
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        return folder / "package"

    return brought


def opened(folder: Path, text: str, kept: Path, *shapes: str) -> Source:
    """Open a model as a worker does."""
    return msgspec.convert(sources.open_source(source=text, base=str(folder), folder=str(kept), asked={"shapes": list(shapes)}), Source)


def answers(source: Source, folder: Path, x: Array) -> list[Array]:
    """What it computes of rows."""
    np.save(folder / "scoring-x0.npy", x.astype(np.float32))
    rows = msgspec.to_builtins(Rows("k", str(folder), len(x), 0, 0, False))
    said = sources.reference(source=msgspec.to_builtins(source), rows=rows, folder=str(folder))
    return [np.load(folder / f"reference-y{index}.npy") for index in range(said["outputs"])]


def test_a_published_graph_hears_the_notes_that_are_played(fetch: Fetch, tmp_path: Path) -> None:
    """Middle C, A4 and A5 are the keys of a piano that it names."""
    source = opened(fetch(*PITCH), "model", tmp_path)
    assert (source.parameters, [each.shape for each in source.outputs]) == (184_561, [(-1, 172, 264), (-1, 172, 88), (-1, 172, 88)])
    keys = np.array([A4 - 9, A4, A4 + 12])
    tones = np.sin(2 * np.pi * LOWEST_KEY * 2 ** (keys[:, None] / 12) * np.arange(SAMPLES) / HERTZ) / 2
    _, notes, _ = answers(source, tmp_path, tones[..., None])
    assert np.array_equal(notes.mean(axis=1).argmax(axis=1), keys)


def test_published_layers_enlarge_a_picture(fetch: Fetch, tmp_path: Path) -> None:
    """Of any size: the suite says which. Twice as high and wide, and made small again it is the picture."""
    source = opened(fetch(*ENLARGER), "models/model.json", tmp_path, "1x24x16x3")
    assert (source.parameters, source.operations["Conv2D"]) == (221_572, 12)
    assert [each.shape for each in (*source.inputs, *source.outputs)] == [(1, 24, 16, 3), (1, 48, 32, 3)]
    y, x = np.mgrid[:24, :16]
    picture = np.stack([255 * y / 24, 255 * x / 16, 128 + 100 * np.sin(y / 4)], axis=-1)[None]
    [large] = answers(source, tmp_path, picture)
    small = large.reshape(1, 24, 2, 16, 2, 3).mean(axis=(2, 4))
    assert np.abs(small - picture)[:, 2:-2, 2:-2].mean() < 4

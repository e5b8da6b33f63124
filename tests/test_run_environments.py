"""Whole runs with an engine that has an environment of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pocketbench
import tiny_tflite

pytestmark = pytest.mark.slow

SUITE = """
[suite]
name = "two"

[[model]]
name = "linear"
source = "linear.tflite"
data = { source = "rows.npz", calibration = 0, scoring = 40, score = "r2" }

[matrix]
engines = ["litert", "tflite-runtime"]
threads = [1, 2]

[measure]
processes = 2
budget = "200ms"
"""
WEIGHTS = np.array([[1.0], [-2.0], [0.5]], dtype=np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ready-made linear model, its rows, and a suite that names two engines."""
    rows = np.random.default_rng(0).random((60, 3), dtype=np.float32)
    np.savez(tmp_path / "rows.npz", x=rows, y=rows @ WEIGHTS + 3)
    (tmp_path / "linear.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, np.array([3.0], dtype=np.float32)))
    (tmp_path / "suite.toml").write_text(SUITE, encoding="utf-8")
    return tmp_path


def ran(folder: Path, **variables: str) -> tuple[Any, str]:
    """Run the suite; give its rows by engine, and what was said meanwhile."""
    said = subprocess.run(
        [sys.executable, "-m", "pocketbench", "run", "suite.toml"],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return pocketbench.load("last", results=folder / "results").jobs().set_index("engine"), said.stderr


@pytest.mark.usefixtures("tflite_runtime")
def test_two_engines_measure_one_file_each_in_its_own_python(folder: Path) -> None:
    """Both compute the model, and each row says which runtime of which version it was."""
    jobs, _ = ran(folder)

    assert jobs["status"].tolist() == ["ok"] * 4
    assert jobs["score"].tolist() == pytest.approx([1.0] * 4, abs=1e-6)
    assert jobs.loc["tflite-runtime", "engine_version"].tolist() == ["2.14.0"] * 2
    assert jobs.loc["litert", "engine_version"].tolist() == ["2.3.0"] * 2


def test_an_environment_that_cannot_be_made_skips_its_engines_jobs_and_no_others(folder: Path) -> None:
    """Each with the reason and what to do; it is tried once and not once a job."""
    jobs, said = ran(folder, POCKETBENCH_CACHE=str(folder / "cache"), UV_CACHE_DIR=str(folder / "uv"), UV_OFFLINE="1")
    skipped = jobs.loc["tflite-runtime"]

    assert jobs.loc["litert", "status"].tolist() == ["ok"] * 2
    assert (skipped["status"].tolist(), skipped["stage"].tolist(), skipped["reason"].tolist()) == (["skipped"] * 2, ["admit"] * 2, ["toolchain-missing"] * 2)
    assert "the environment tflite-runtime could not be made" in skipped["message"].iloc[0]
    assert said.count("making the environment tflite-runtime") == 1


def test_an_environment_that_nothing_needs_is_not_made(folder: Path) -> None:
    """A file that its engine does not know is refused before anything is fetched."""
    (folder / "linear.tflite").write_bytes(tiny_tflite.custom("Frobnicate"))
    rows = np.ones((60, 4), dtype=np.float32)
    np.savez(folder / "rows.npz", x=rows, y=rows)
    jobs, said = ran(folder, POCKETBENCH_CACHE=str(folder / "cache"))

    assert jobs["reason"].tolist() == ["operation-version"] * 4
    assert "making the environment" not in said
    assert not (folder / "cache" / "environments").exists()

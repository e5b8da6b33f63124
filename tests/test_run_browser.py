"""Whole runs on this computer and in its browser."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pocketbench
import tiny_tfjs
import tiny_tflite

pytestmark = pytest.mark.slow

SUITE = """
[suite]
name = "two"

[[model]]
name = "lite"
source = "lite.tflite"
data = { source = "rows.npz", scoring = 20, score = "r2" }

[[model]]
name = "web"
source = "web/model.json"
data = { source = "rows.npz", scoring = 20, score = "r2" }

[matrix]
formats = ["tflite", "tfjs"]
accelerators = ["cpu", "wasm"]

[measure]
processes = 1
budget = "100ms"
"""
WEIGHTS = np.array([[1.0], [-2.0], [0.5]], dtype=np.float32)
BIAS = np.array([3.0], dtype=np.float32)
DEVICES = ("--device", "host", "--device", "browser")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One linear model for LiteRT and for TensorFlow.js, ready-made, its rows, and a suite."""
    rows = np.random.default_rng(0).random((60, 3), dtype=np.float32)
    np.savez(tmp_path / "rows.npz", x=rows, y=rows @ WEIGHTS + BIAS)
    (tmp_path / "lite.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, BIAS))
    tiny_tfjs.write(tmp_path / "web", *tiny_tfjs.linear(WEIGHTS, BIAS))
    (tmp_path / "suite.toml").write_text(SUITE, encoding="utf-8")
    return tmp_path


def ran(folder: Path, *words: str, **variables: str) -> tuple[Any, int]:
    """Run the suite; give its rows by where they ran, and the exit code."""
    command = [sys.executable, "-m", "pocketbench", "run", "suite.toml", *words]
    said = subprocess.run(command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, timeout=600, check=False)
    rows = pocketbench.load("last", results=folder / "results").jobs()
    rows = rows[rows.reason != "no-route"]  # neither model becomes the other
    return rows.set_index(rows["runner"].astype(str) + "/" + rows["accelerator"].astype(str)), said.returncode


@pytest.mark.needs_part("chromium")
def test_each_job_runs_where_its_engine_is(folder: Path) -> None:
    """Two devices in one run; each says what executed and computes what the model computes."""
    rows, code = ran(folder, *DEVICES)

    assert code == 0
    assert rows.device_kind.to_dict() == {"python/cpu": "host", "web/cpu": "browser", "web/wasm": "browser", "node/cpu": "host", "node/wasm": "host"}
    assert set(rows.status) == {"ok"}
    assert [name.endswith(where) for name, where in rows.executed_on.items()] == [True] * 5
    assert (rows.score > 0.9999).all()
    assert (rows.latency_median_ns > 0).all()


def test_a_browser_that_is_missing_costs_its_own_jobs_alone(folder: Path) -> None:
    """They are skips that say what to type; those of the host are measured, and nothing failed."""
    rows, code = ran(folder, *DEVICES, POCKETBENCH_CHROMIUM="/nowhere/chromium")

    assert code == 0
    assert rows.status.to_dict() == {"python/cpu": "ok", "web/cpu": "skipped", "web/wasm": "skipped", "node/cpu": "ok", "node/wasm": "ok"}
    assert set(rows.loc[["web/cpu", "web/wasm"], "reason"]) == {"toolchain-missing"}
    assert rows.loc["web/wasm", "message"].startswith("there is no Chromium here")

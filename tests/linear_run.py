"""A whole run of the smallest suite there is, started as a user starts it: a ready-made linear model, one job a device."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

import tiny_tflite

# The head of every suite that asks something else of the same model.
HEAD = """
[suite]
name = "tiny"

[[model]]
name = "linear"
source = "linear.tflite"
data = { source = "rows.npz", calibration = 0, scoring = 40, score = "r2" }
"""
SUITE = (
    HEAD
    + """
[measure]
processes = 2
budget = "200ms"
deadline = "30s"
"""
)
WEIGHTS = np.array([[1.0], [-2.0], [0.5]], dtype=np.float32)


def made(folder: Path, suite: str = SUITE) -> Path:
    """A folder with the model, its rows and a suite."""
    rows = np.random.default_rng(0).random((60, 3), dtype=np.float32)
    np.savez(folder / "rows.npz", x=rows, y=rows @ WEIGHTS + 3)
    (folder / "linear.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, np.array([3.0], dtype=np.float32)))
    (folder / "suite.toml").write_text(suite)
    return folder


def start(folder: Path, *words: str) -> "subprocess.Popen[str]":
    """Start a run with JSON events."""
    command = [sys.executable, "-m", "pocketbench", "run", "suite.toml", "--json", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def events_of(out: str) -> list[dict[str, Any]]:
    """The JSON lines of a run."""
    return [json.loads(line) for line in out.splitlines()]

"""Orders laid out on disk, and the runner started on them as a device would start it."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

import tiny_tflite
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import protocol
from pocketbench.protocol import Order, Phase, Report, TensorFile

SHORT = (Phase("load"), Phase("first"), Phase("warmup", min_runs=2), Phase("steady", min_runs=3, max_runs=5))


@pytest.fixture
def order() -> Order:
    """An outputs order for ``model.tflite``: x (1, 4) to y (1, 3), float32, five rows."""
    return Order(
        protocol=protocol.PROTOCOL, order="0123", kind="outputs", engine="litert", model="model.tflite", accelerator="cpu", threads=1, options={}, rows=ROWS,
        inputs=(TensorFile("x", "input0.bin", (1, 4), "float32"),), outputs=(TensorFile("y", "output0.bin", (1, 3), "float32"),),
    )  # fmt: skip


@pytest.fixture
def timing(order: Order) -> Order:
    """The same as a timing order of a few runs."""
    return msgspec.structs.replace(order, kind="timing", phases=SHORT)


@pytest.fixture
def rows() -> "np.ndarray[Any, Any]":
    """Five rows of the input, (5, 1, 4) float32."""
    return np.random.default_rng(7).normal(size=(ROWS, 1, 4)).astype("<f4")


@pytest.fixture
def folder(tmp_path: Path, rows: "np.ndarray[Any, Any]") -> Path:
    """A folder with a linear model and the rows."""
    (tmp_path / "model.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, BIAS))
    rows.tofile(tmp_path / "input0.bin")
    return tmp_path


@pytest.fixture
def runner(project: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The runner as a module, for its parts that need no process."""
    monkeypatch.syspath_prepend(str(project / "device_scripts"))
    return importlib.import_module("runner")


Carry = Callable[..., Report]


@pytest.fixture
def carry(project: Path) -> Carry:
    """Start the runner in a process of its own on an order, or on the text of one, and read its report as the host would."""

    def start(folder: Path, order: Order, *, said: bytes = b"", scripts: Path = project / "device_scripts") -> Report:
        protocol.write_order(order, folder)
        if said:
            (folder / protocol.ORDER).write_bytes(said)
        ended = subprocess.run([sys.executable, str(scripts / "runner.py"), str(folder)], capture_output=True, timeout=120, check=False)
        report = protocol.read_report((folder / protocol.REPORT).read_bytes(), order)
        assert ended.returncode == (0 if isinstance(report.end, protocol.Done) else 1)
        return report

    return start

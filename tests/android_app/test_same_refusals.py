"""The app refuses the orders that the Python runner refuses, for the same reasons."""

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app_core import Core
from pocketbench.protocol import REPORT

pytestmark = pytest.mark.slow

X = {"name": "x", "file": "input0.bin", "shape": [1, 4], "dtype": "float32"}
Y = {"name": "y", "file": "output0.bin", "shape": [1, 4], "dtype": "float32"}
LOAD = {"phase": "load"}
ORDER: dict[str, Any] = {
    "protocol": 1, "order": "o", "kind": "timing", "engine": "doubling", "model": "model.json", "accelerator": "cpu", "threads": 1, "options": {}, "rows": 3,
    "inputs": [X], "outputs": [Y], "phases": [LOAD, {"phase": "first"}],
}  # fmt: skip
MODEL = {"inputs": [{"name": "x", "shape": [1, 4], "dtype": "float32"}], "outputs": [{"name": "y", "shape": [1, 4], "dtype": "float32"}]}
# Values that no field of an order may have, or some fields may.
ODD: tuple[Any, ...] = (None, True, 0, -1, 1.5, 1e300, 2**31, 2**70, "", "x", "ü\x00", [], [1], {}, {"a": 1}, [[]], [None], [LOAD, LOAD])
BOUNDS: tuple[dict[str, Any], ...] = (
    {"min_runs": 0}, {"min_runs": True}, {"max_ns": 1.0}, {"min_ns": -1}, {"max_runs": 5}, {"max_runs": 10**15, "max_ns": 1}, {"other": 1}, {"phase": 7},
)  # fmt: skip
PHASES = ([], [{}], [{"phase": "first"}], [LOAD, {"phase": "steady"}, {"phase": "first"}], *([{**LOAD, **bounds}] for bounds in BOUNDS))
SHAPES: tuple[Any, ...] = ([], [4], [4, 1], [0, 4], [-1, 4], [1, 4.0], [1, True], ["4"], [2**40, 2**40], None, 4)
INSIDE, OUTSIDE = ("./input0.bin", "order.json", "report.jsonl", "model.json", "none"), ("", ".", "..", "../input0.bin", "a/../input0.bin", "/etc/passwd")
FILES = (*INSIDE, *OUTSIDE, "link", "deep/link/x", "a\x00b")
# What the app alone refuses, with the order's form: Python's True is 1, its numbers have no end, and there an engine looks at options.
ALONE = {
    **{f"{key}={number}": "protocol" for key in ("rows", "threads") for number in (2**31, 2**70)},
    "protocol=True": "protocol",
    "options={'a': 1}": "protocol",
    "output shape=[1099511627776, 1099511627776]": "shape-mismatch",
}


def changed() -> dict[str, dict[str, Any]]:
    """Orders, each with one change, by what was changed."""
    odd = {f"{key}={value!r}": {**ORDER, key: value} for key in (*ORDER, "batch", "stateful", "serve") for value in ODD if key != "accelerator"}
    lacking = {f"no {key}": {name: value for name, value in ORDER.items() if name != key} for key in ORDER}
    phases = {f"phases={value!r}": {**ORDER, "phases": value} for value in PHASES}
    shapes = {f"shape={value!r}": {**ORDER, "inputs": [{**X, "shape": value}]} for value in SHAPES}
    results = {f"output shape={value!r}": {**ORDER, "outputs": [{**Y, "shape": value}]} for value in SHAPES}
    dtypes = {f"dtype={value!r}": {**ORDER, "inputs": [{**X, "dtype": value}]} for value in ("bool", "float64", "uint8", "complex64", "Float32", "", 1)}
    files = {f"{key}={value!r}": {**ORDER, key: [{**tensor, "file": value}]} for key, tensor in (("inputs", X), ("outputs", Y)) for value in FILES}
    models = {f"model file={value!r}": {**ORDER, "model": value} for value in FILES}
    kinds = {f"kind={kind}, phases={phases!r}": {**ORDER, "kind": kind, "phases": phases} for kind in ("outputs", "memory", "serve") for phases in ([], [LOAD])}
    return {"as it is": ORDER, **odd, **lacking, **phases, **shapes, **results, **dtypes, **files, **models, **kinds}


def laid_out(folder: Path, order: dict[str, Any], outside: Path) -> Path:
    """A folder with an order, its model, rows and links that lead out of it."""
    (folder / "deep").mkdir(parents=True)
    for link in (folder / "link", folder / "deep" / "link"):
        link.symlink_to(outside)
    (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")
    (folder / "model.json").write_text(json.dumps(MODEL), encoding="utf-8")
    np.zeros((3, 1, 4), "<f4").tofile(folder / "input0.bin")
    return folder


def test_the_app_refuses_what_the_python_runner_refuses(core: Core, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several hundred orders, each with one change."""
    monkeypatch.syspath_prepend(str(project / "device_scripts"))
    python = importlib.import_module("order")
    orders = changed()
    folders = {what: laid_out(tmp_path / f"o{index}", order, tmp_path) for index, (what, order) in enumerate(orders.items())}
    (tmp_path / "list").write_text("\n".join(map(str, folders.values())), encoding="utf-8")

    def pythons(folder: Path) -> str:
        try:
            python.check_order(python.read_order(folder / "order.json"), folder)
        except python.Refused as error:
            return str(error.reason)
        return ""

    def apps(folder: Path) -> str:
        end = json.loads((folder / REPORT).read_text(encoding="ascii").splitlines()[-1])
        return str(end["reason"]) if end.get("stage") == "open" else ""

    wanted = {what: pythons(folder) for what, folder in folders.items()} | ALONE
    core.java("org.pocketbench.core.OneOrder", f"@{tmp_path / 'list'}")
    found = {what: apps(folder) for what, folder in folders.items()}
    assert {what: (wanted[what], found[what]) for what in orders if wanted[what] != found[what]} == {}

"""The runner's two engines of TorchScript files, started as a device would start them."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from torch import nn

from pocketbench import protocol, torch_kept
from pocketbench.protocol import Executed, FailedOrder, Order, Phase, Report, TensorFile

Array = np.ndarray[Any, Any]
Carry = Callable[..., Report]
ROWS = 3
SHORT = (Phase("load", min_runs=2), Phase("first"), Phase("warmup", min_runs=2), Phase("steady", min_runs=3, max_runs=5))
ENGINES = ("pytorch-lite", "torchscript")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:torch.ao.quantization is deprecated:DeprecationWarning")]


class Counting(nn.Module):  # type: ignore[misc, unused-ignore]
    """Counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add how often it was called."""
        self.calls += 1
        return x * 0 + self.calls


@pytest.fixture
def linear(tmp_path: Path) -> tuple[Path, Order, Array]:
    """A folder with a linear layer and rows, an outputs order, and what is to come out."""
    torch.manual_seed(1)
    module = nn.Linear(4, 2)
    x = np.random.default_rng(2).normal(size=(ROWS, 1, 4)).astype("float32")
    x.tofile(tmp_path / "input0.bin")
    _save(_traced(module), tmp_path)
    with torch.no_grad():
        return tmp_path, _order(), module(torch.from_numpy(x)).numpy()


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_are_run_and_the_cpu_ran_them(linear: tuple[Path, Order, Array], carry: Carry, engine: str) -> None:
    """A file made elsewhere has the order's names; the version is torch's."""
    folder, order, wanted = linear
    report = carry(folder, msgspec.structs.replace(order, engine=engine))

    assert report.executed == Executed("cpu", "", "full", None, None)
    assert report.hello.engine_version == torch.__version__.partition("+")[0]
    np.testing.assert_allclose(np.fromfile(folder / "output0.bin", "float32").reshape(wanted.shape), wanted, rtol=1e-5, atol=1e-6)


def test_phases_are_timed(linear: tuple[Path, Order, Array], carry: Carry) -> None:
    """Loading twice leaves nothing open."""
    folder, order, _ = linear
    report = carry(folder, msgspec.structs.replace(order, kind="timing", phases=SHORT))

    assert {each.phase: len(each.ns) >= 1 for each in report.samples} == dict.fromkeys(("load", "first", "warmup", "steady"), True)


@pytest.mark.parametrize(("engine", "kernels"), [("pytorch-lite", "qnnpack"), ("torchscript", "x86")])
def test_integer_kernels_are_those_that_the_file_was_made_for(tmp_path: Path, carry: Carry, engine: str, kernels: str) -> None:
    """The driver is the engine that the file names, which was set before it was loaded; its numbers are right."""
    x = np.random.default_rng(2).normal(size=(ROWS, 1, 4)).astype("float32")
    x.tofile(tmp_path / "input0.bin")
    wanted = _dynamic(tmp_path, kernels, x)
    report = carry(tmp_path, msgspec.structs.replace(_order(), engine=engine))

    assert report.executed == Executed("cpu", kernels, "full", None, None)
    np.testing.assert_allclose(np.fromfile(tmp_path / "output0.bin", "float32").reshape(wanted.shape), wanted, rtol=1e-5, atol=1e-6)


def test_kernels_that_this_torch_does_not_have_are_refused_by_name(linear: tuple[Path, Order, Array], carry: Carry) -> None:
    """Any other engine would give wrong numbers and say nothing."""
    folder, order, _ = linear
    _save(_traced(nn.Linear(4, 2)), folder, {"quantized_engine": "abacus"})
    end = carry(folder, order).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "engine-cannot-read")
    assert "abacus" in end.message


@pytest.mark.parametrize("engine", ENGINES)
def test_a_truncated_file_cannot_be_read(linear: tuple[Path, Order, Array], carry: Carry, engine: str) -> None:
    """Torch's words reach the report."""
    folder, order, _ = linear
    (folder / "model.ptl").write_bytes((folder / "model.ptl").read_bytes()[:-200])
    end = carry(folder, msgspec.structs.replace(order, engine=engine)).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("load", "engine-cannot-read")


def test_a_stateful_model_begins_anew_with_each_row(linear: tuple[Path, Order, Array], carry: Carry) -> None:
    """Each row is the first."""
    folder, order, _ = linear
    with torch_kept.deprecations_unheard():
        _save(torch.jit.script(Counting()), folder)
    output = TensorFile("y", "output0.bin", (1, 4), "float32")
    carry(folder, msgspec.structs.replace(order, outputs=(output,), stateful=True))

    assert set(np.fromfile(folder / "output0.bin", "float32").tolist()) == {1.0}


def test_tensors_are_those_that_the_file_names(runner: ModuleType, linear: tuple[Path, Order, Array]) -> None:
    """A file made here says what goes in and out, and options are refused; after closing twice it can be loaded again."""
    folder, _, _ = linear
    said = {"inputs": [{"name": "x", "shape": [1, 4], "dtype": "float32"}], "outputs": [{"name": "out", "shape": [1, 2], "dtype": "float32"}]}
    _save(_traced(nn.Linear(4, 2)), folder, said)
    shared = importlib.import_module("torchscript_file")
    order = {"options": {}, "threads": torch.get_num_threads(), "inputs": [], "outputs": []}

    def load(model: str) -> Any:
        with torch_kept.deprecations_unheard():
            return torch.jit.load(model)  # type: ignore[no-untyped-call, unused-ignore]

    engine = shared.TorchScriptEngine("torchscript", load, torch.jit.export_opnames, str(folder / "model.ptl"), order)
    before = torch.backends.quantized.engine
    for _ in range(2):
        engine.load()
        assert (engine.inputs(), engine.outputs()) == ([("x", (1, 4), "float32")], [("out", (1, 2), "float32")])
        assert torch.is_inference_mode_enabled()
        engine.close()
        engine.close()
        assert not torch.is_inference_mode_enabled()
    torch.backends.quantized.engine = before
    with pytest.raises(ValueError, match="no options"):
        shared.TorchScriptEngine("torchscript", load, None, "", {**order, "options": {"a": "b"}})


def _order() -> Order:
    """An outputs order: x (1, 4) to y (1, 2)."""
    return Order(
        protocol=protocol.PROTOCOL, order="0123", kind="outputs", engine="pytorch-lite", model="model.ptl", accelerator="cpu", threads=1, options={}, rows=ROWS,
        inputs=(TensorFile("x", "input0.bin", (1, 4), "float32"),), outputs=(TensorFile("y", "output0.bin", (1, 2), "float32"),),
    )  # fmt: skip


def _traced(module: nn.Module) -> Any:
    """Trace a module in eval mode."""
    with torch_kept.deprecations_unheard(), torch.no_grad():
        made: Any = torch.jit.trace(module.eval(), (torch.zeros(1, 4),))  # type: ignore[no-untyped-call, unused-ignore]
        return made


def _dynamic(folder: Path, kernels: str, x: Array) -> Array:
    """Write a linear layer with integer weights for some kernels; return what it gives."""
    from torch.ao import quantization as ao

    torch.manual_seed(3)
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = kernels
    try:
        with torch_kept.deprecations_unheard(), torch.no_grad():
            made: Any = ao.quantize_dynamic(nn.Sequential(nn.Linear(4, 2)), {nn.Linear: ao.default_dynamic_qconfig})
            _save(_traced(made), folder, {"quantized_engine": kernels})
            return np.stack([made(torch.from_numpy(row)).numpy() for row in x])
    finally:
        torch.backends.quantized.engine = before


def _save(module: Any, folder: Path, said: dict[str, Any] | None = None) -> None:
    """Write a file, with what it says of itself or without."""
    extra = {} if said is None else {"pocketbench.json": json.dumps(said)}
    with torch_kept.deprecations_unheard():
        module._save_for_lite_interpreter(str(folder / "model.ptl"), _extra_files=extra)

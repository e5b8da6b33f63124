"""The runner's torch engine: exported programs and TorchScript, run row by row in a process of their own."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from pocketbench import protocol
from pocketbench.protocol import Executed, FailedOrder, Order, Phase, Report, TensorFile

Array = np.ndarray[Any, Any]
Carry = Callable[..., Report]
ROWS = 4
SHORT = (Phase("load", min_runs=2), Phase("first"), Phase("warmup", min_runs=2), Phase("steady", min_runs=3, max_runs=5))

pytestmark = pytest.mark.slow


class Two(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """An image and words in; sums and the image out."""

    def __init__(self) -> None:
        super().__init__()
        self.table = torch.nn.Embedding(10, 3)

    def forward(self, words: torch.Tensor, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Look the words up."""
        return self.table(words).sum(1), image * 2


class Counting(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """Counts its calls in a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add how often it was called."""
        self.calls += 1
        return x * 0 + self.calls


def _order(folder: Path, model: str, rows: dict[str, Array], outputs: dict[str, tuple[int, ...]]) -> Order:
    """An outputs order, its inputs written beside it."""
    for index, array in enumerate(rows.values()):
        array.tofile(folder / f"input{index}.bin")
    return Order(
        protocol=protocol.PROTOCOL, order="0123", kind="outputs", engine="torch", model=model, accelerator="cpu", threads=1, options={}, rows=ROWS,
        inputs=tuple(TensorFile(name, f"input{index}.bin", (1, *array.shape[1:]), array.dtype.name) for index, (name, array) in enumerate(rows.items())),
        outputs=tuple(TensorFile(name, f"output{index}.bin", shape, "float32") for index, (name, shape) in enumerate(outputs.items())),
    )  # fmt: skip


def _program(module: Any, row: tuple[Any, ...], file: Path) -> None:
    """Write an exported program."""
    with warnings.catch_warnings(action="ignore"):
        torch.export.save(torch.export.export(module.eval(), row, strict=False), file)


def test_integers_and_an_image_in_and_two_outputs_out_are_those_of_the_module(tmp_path: Path, carry: Carry) -> None:
    """In the module's order, one row at a time."""
    torch.manual_seed(0)
    module, random = Two(), np.random.default_rng(0)
    _program(module, (torch.zeros(1, 5, dtype=torch.int64), torch.zeros(1, 2, 2)), tmp_path / "model.pt2")
    rows: dict[str, Array] = {"words": random.integers(0, 10, (ROWS, 5)), "image": random.normal(size=(ROWS, 2, 2)).astype(np.float32)}
    order = _order(tmp_path, "model.pt2", rows, {"sums": (1, 3), "image": (1, 2, 2)})
    report = carry(tmp_path, order)

    assert isinstance(report.end, protocol.Done)
    assert report.executed == Executed("cpu", "", "full")
    expected = module(torch.from_numpy(rows["words"]), torch.from_numpy(rows["image"]))
    for file, answer in zip(order.outputs, expected, strict=True):
        np.testing.assert_allclose(np.fromfile(tmp_path / file.file, "<f4").reshape(answer.shape), answer.detach().numpy(), rtol=1e-6)


def test_torchscript_is_timed_in_all_phases(tmp_path: Path, carry: Carry) -> None:
    """Load, first, warm-up and steady, each with its samples."""
    with warnings.catch_warnings(action="ignore"):
        torch.jit.save(torch.jit.trace(torch.nn.Linear(3, 2), torch.zeros(1, 3)), tmp_path / "model.pt")
    order = _order(tmp_path, "model.pt", {"x": np.ones((ROWS, 3), np.float32)}, {"y": (1, 2)})
    report = carry(tmp_path, msgspec.structs.replace(order, kind="timing", phases=SHORT))

    assert isinstance(report.end, protocol.Done)
    assert [samples.phase for samples in report.samples] == ["load", "first", "warmup", "steady"]


def test_buffers_that_a_call_changes_are_brought_back_where_the_order_says_so(tmp_path: Path, carry: Carry) -> None:
    """A module that counts its calls says one each time."""
    _program(Counting(), (torch.zeros(1, 2),), tmp_path / "model.pt2")
    order = _order(tmp_path, "model.pt2", {"x": np.ones((ROWS, 2), np.float32)}, {"y": (1, 2)})
    counted = []
    for stateful in (True, False):
        carry(tmp_path, msgspec.structs.replace(order, stateful=stateful))
        counted.append(np.fromfile(tmp_path / "output0.bin", "<f4").reshape(ROWS, 2)[:, 0].tolist())

    assert counted == [[1, 1, 1, 1], [1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("changed", "stage", "reason"),
    [({"options": {"xnnpack": "on"}}, "open", "engine-error"), ({"model": "other.pt2"}, "load", "engine-cannot-read")],
)
def test_what_it_cannot_do_is_said_at_its_stage(tmp_path: Path, carry: Carry, changed: dict[str, Any], stage: str, reason: str) -> None:
    """An option that it has not, a file that is no model."""
    _program(torch.nn.Linear(3, 2), (torch.zeros(1, 3),), tmp_path / "model.pt2")
    (tmp_path / "other.pt2").write_bytes(b"no archive")
    order = _order(tmp_path, "model.pt2", {"x": np.ones((ROWS, 3), np.float32)}, {"y": (1, 2)})
    end = carry(tmp_path, msgspec.structs.replace(order, **changed)).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == (stage, reason)

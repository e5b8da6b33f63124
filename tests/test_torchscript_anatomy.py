"""TorchScript files looked into: weights under their names or by their place, kinds, scales, zeros, operations."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from pocketbench import torch_kept
from pocketbench.errors import Refused
from pocketbench.model import DEPTHWISE, KERNEL, MATRIX, TABLE, Kernel
from pocketbench.torchscript_anatomy import anatomy_of
from pocketbench.torchscript_reader import About, about

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:torch.ao.quantization is deprecated:DeprecationWarning")]


class Mixed(nn.Module):  # type: ignore[misc, unused-ignore]
    """A table, positions, a depthwise and a transposed convolution, a product and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.table, self.depthwise, self.up = nn.Embedding(20, 8), nn.Conv1d(8, 8, 3, groups=8), nn.ConvTranspose1d(8, 4, 3)
        self.product, self.positions, self.dense = nn.Parameter(torch.randn(4, 6)), nn.Parameter(torch.randn(1, 10, 8)), nn.Linear(6, 2)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """From (1, 10) whole numbers to (1, 2)."""
        x = (self.table(words) + self.positions).transpose(1, 2)
        return self.dense(self.up(self.depthwise(x)).mean(2) @ self.product)


class Again(nn.Module):  # type: ignore[misc, unused-ignore]
    """One layer called twice, behind a branch that depends on data."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From (1, 4) to (1, 4)."""
        if x.sum() > 0:
            x = self.dense(x)
        return self.dense(x)


class Counting(nn.Module):  # type: ignore[misc, unused-ignore]
    """Keeps a number between calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Count."""
        self.calls += 1
        return x * self.calls


def test_each_weight_has_its_name_and_kind(tmp_path: Path) -> None:
    """Biases are none; whatever works with a matrix, it is counted."""
    seen = anatomy_of(_saved(_traced(Mixed(), torch.zeros(1, 10, dtype=torch.int64)), tmp_path))

    assert {each.name: (each.kind, each.shape) for each in seen.kernels} == {
        "table.weight": (TABLE, (20, 8)), "up.weight": (KERNEL, (8, 4, 3)), "positions": (MATRIX, (1, 10, 8)),
        "depthwise.weight": (DEPTHWISE, (8, 1, 3)), "product": (KERNEL, (4, 6)), "dense.weight": (KERNEL, (2, 6)),
    }  # fmt: skip
    assert seen.parameters == 160 + 96 + 80 + 24 + 24 + 12
    assert seen.operations["aten::_convolution"] == 2


def test_a_frozen_files_weights_are_named_by_their_place(tmp_path: Path) -> None:
    """They are constants, which have no names."""
    with torch_kept.deprecations_unheard():
        frozen: Any = torch.jit.freeze(_traced(Mixed(), torch.zeros(1, 10, dtype=torch.int64)))  # type: ignore[no-untyped-call, unused-ignore]
    seen = anatomy_of(_saved(frozen, tmp_path))

    assert {each.name for each in seen.kernels} == {"embedding_0", "_convolution_0", "_convolution_1", "add_0", "matmul_0", "linear_0"}
    assert seen.parameters == 396


def test_a_layer_that_is_called_twice_is_counted_once(tmp_path: Path) -> None:
    """Also within a branch, whose operations are counted."""
    with torch_kept.deprecations_unheard():
        seen = anatomy_of(_saved(torch.jit.script(Again()), tmp_path))

    assert (seen.parameters, seen.operations["aten::linear"], seen.operations["prim::If"]) == (16, 2, 1)


def test_zeros_shared_values_and_groups_of_four_are_seen(tmp_path: Path) -> None:
    """By output channel and along the inputs, as pruning and clustering leave them, also in a convolution."""
    made = nn.Sequential(nn.Conv2d(4, 2, 3, bias=False), nn.Flatten(), nn.Linear(2, 3))
    with torch.no_grad():
        made[0].weight.copy_(torch.arange(72.0).reshape(2, 4, 3, 3) % 5 + 1)
        made[0].weight[:, 2:] = 0
        made[2].weight.fill_(0.5)
    kernels = {each.name: each for each in anatomy_of(_saved(_traced(made, torch.zeros(1, 4, 3, 3)), tmp_path)).kernels}

    assert _told(kernels["0.weight"]) == (0.5, 6, 6, 1.0)
    assert _told(kernels["2.weight"]) == (0.0, 1, 1, None)


def test_integers_count_by_their_zero_points_and_scales(tmp_path: Path) -> None:
    """A packed weight is as it was before it was packed, with one scale or one a channel."""
    from torch.ao import quantization as ao

    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = "qnnpack"
    try:
        with torch_kept.deprecations_unheard():
            made = ao.quantize_dynamic(nn.Sequential(nn.Linear(8, 6), nn.ReLU()), {nn.Linear: ao.default_dynamic_qconfig})
            (seen,) = [each for each in anatomy_of(_saved(_traced(made, torch.zeros(1, 8)), tmp_path)).kernels if each.dtype == "int8"]
    finally:
        torch.backends.quantized.engine = before

    assert (seen.name, seen.shape, seen.scales, seen.elements) == ("0.weight", (6, 8), 1, 48)


def test_a_module_that_changes_itself_is_stateful(tmp_path: Path) -> None:
    """It is reset before each row."""
    with torch_kept.deprecations_unheard():
        counting, still = torch.jit.script(Counting()), torch.jit.script(Again())

    assert [anatomy_of(_saved(each, tmp_path)).stateful for each in (counting, still)] == [True, False]


def test_a_file_made_elsewhere_is_read_without_what_files_made_here_say(tmp_path: Path) -> None:
    """Its tensors are not known; its bytecode's version is."""
    seen = anatomy_of(_saved(_traced(nn.Linear(2, 1), torch.zeros(1, 2)), tmp_path))

    assert (seen.inputs, seen.outputs, seen.about) == ((), (), {"bytecode": "8"})


@pytest.mark.parametrize("record", [b"{", b'{"inputs": 1}', b" " * ((1 << 20) + 1)])
def test_a_record_that_is_not_what_is_written_here_is_refused(record: bytes, tmp_path: Path) -> None:
    """No JSON, another shape, or too large."""
    with zipfile.ZipFile(tmp_path / "model.ptl", "w") as archive:
        archive.writestr("model/extra/pocketbench.json", record)

    with pytest.raises(Refused) as caught:
        about(tmp_path / "model.ptl")
    assert caught.value.reason == "engine-cannot-read"


def test_nothing_is_said_where_there_is_no_record(tmp_path: Path) -> None:
    """An archive of another kind has none."""
    with zipfile.ZipFile(tmp_path / "model.ptl", "w") as archive:
        archive.writestr("model/data.pkl", b"")

    assert about(tmp_path / "model.ptl") == About()


def _traced(module: nn.Module, row: torch.Tensor) -> Any:
    """Trace a module in eval mode."""
    with torch_kept.deprecations_unheard(), torch.no_grad():
        made: Any = torch.jit.trace(module.eval(), (row,))  # type: ignore[no-untyped-call, unused-ignore]
        return made


def _saved(module: Any, folder: Path) -> Path:
    """Write a file as torch does."""
    with torch_kept.deprecations_unheard():
        module._save_for_lite_interpreter(str(folder / "model.ptl"))
    return folder / "model.ptl"


def _told(kernel: Kernel) -> tuple[float, int, int, float | None]:
    """What was counted."""
    return kernel.zeros, kernel.unique_values, kernel.channel_values, kernel.two_of_four

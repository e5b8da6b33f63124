"""Convolutions behind a padding of their own: what XNNPACK computes wrongly when it quantises as it goes stays in floats."""

import warnings
from pathlib import Path

import msgspec
import pytest
import torch

from pocketbench import sources, torch_model
from pocketbench.formats import FORMATS
from pocketbench.model import Rows, Source

pytestmark = pytest.mark.slow

CODE = """
import torch


class Padded(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.wide, self.deep = torch.nn.Conv2d(4, 8, 3, stride=2), torch.nn.Conv2d(8, 4, 1)

    def forward(self, x):
        return self.deep(self.wide(torch.nn.functional.pad(x, (0, 1, 0, 1))))


def build():
    return Padded(), torch.zeros(1, 4, 8, 8)
"""


def test_a_dynamically_quantised_model_with_paddings_computes_what_the_model_computes(tmp_path: Path) -> None:
    """The other convolution is in 8 bits."""
    with warnings.catch_warnings(action="ignore"):  # of what ExecuTorch and torch call deprecated in each other
        from executorch.extension.pybindings import portable_lib

    (tmp_path / "padded.py").write_text(CODE)
    for name in ("kept", "made"):
        (tmp_path / name).mkdir()
    opened = sources.open_source(source="python:padded:build", base=str(tmp_path), folder=str(tmp_path / "kept"), framework="torch")
    source, adapter = msgspec.convert(opened, Source), FORMATS.get("executorch")
    path = adapter.convert(source, Rows("", "", 0, 0, 0, labelled=False), "dynamic_int8", "", tmp_path / "made")
    row = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found, expected = portable_lib._load_for_executorch(str(path)).forward([row])[0], torch_model.eager(source)(row)

    assert float((found - expected).norm() / expected.norm()) < 0.02
    assert adapter.anatomy(path).parameters_by_dtype == {"float32": 288, "int8": 32}

"""Models that came as TorchScript with integer kernels: their file names the engine that these were packed for."""

import warnings
from pathlib import Path

import msgspec
import pytest
import torch

from pocketbench import sources
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS
from pocketbench.model import Rows, Source

pytestmark = pytest.mark.slow

ROWS = Rows("", "", 0, 0, 0, labelled=False)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Two linear layers, dynamically quantised for the engine that torch begins with here, traced."""
    with warnings.catch_warnings(action="ignore"):
        small = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 4)).eval())
        torch.jit.save(torch.jit.trace(small, torch.zeros(1, 8)), tmp_path / "small.torchscript")
    (tmp_path / "kept").mkdir()
    asked = {"shapes": ["1x8"]}
    return msgspec.convert(sources.open_source(source="small.torchscript", base=str(tmp_path), folder=str(tmp_path / "kept"), asked=asked), Source)


def test_the_file_names_the_engine_that_the_kernels_came_for(source: Source, tmp_path: Path) -> None:
    """And its packed weights are counted, 8 bits each."""
    adapter = FORMATS.get("torchscript")
    inside = adapter.anatomy(adapter.convert(source, ROWS, "float32", "", tmp_path))

    assert source.parameters == 96
    assert (inside.about["quantized_engine"], inside.parameters_quantized) == (torch.backends.quantized.engine, 96)


@pytest.mark.parametrize("technique", ["float16", "dynamic_int8", "int8"])
def test_nothing_is_quantised_twice(source: Source, tmp_path: Path, technique: str) -> None:
    """What has no floats has nothing to be made smaller."""
    with pytest.raises(Refused, match=r"came with integer kernels|came as TorchScript") as caught:
        FORMATS.get("torchscript").convert(source, ROWS, technique, "", tmp_path)
    assert caught.value.reason == "technique-not-for-model"

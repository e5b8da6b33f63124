"""What the form ``vulkan`` writes otherwise."""

import warnings
from typing import Any

import pytest
import torch

from pocketbench.formats import torchscript_forms
from pocketbench.formats.torchscript_capture import captured

pytestmark = pytest.mark.slow
ROWS, IMAGES = torch.rand(2, 5), torch.rand(1, 3, 4, 4)


class Called(torch.nn.Module):  # type: ignore[misc]
    """Softmax by torch's function, over a dimension."""

    def __init__(self, dim: int, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.dim, self.dtype = dim, dtype

    def forward(self, x: Any) -> Any:
        """Softmax of x."""
        return torch.softmax(x, self.dim, dtype=self.dtype)


def graph(module: Any, x: Any, form: str) -> Any:
    """The graph that a form makes of a module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all of TorchScript is to go
        return captured(module.eval(), (x,), torchscript_forms.parse(form))[0]


@pytest.mark.parametrize("module", [Called(1), Called(-1), torch.nn.Softmax(dim=1), torch.nn.Softmax(dim=-1)], ids=str)
def test_softmax_of_rows_is_one_of_images_for_vulkan_alone(module: Any) -> None:
    """Vulkan's expects four dimensions; the numbers are the same, and other forms are left as they are."""
    made, plain = graph(module, ROWS, "vulkan"), graph(module, ROWS, "")

    torch.testing.assert_close(made(ROWS), plain(ROWS))
    assert "aten::reshape" in str(made.inlined_graph)
    assert "aten::reshape" not in str(plain.inlined_graph)


@pytest.mark.parametrize(("module", "x"), [(Called(0), ROWS), (Called(1), IMAGES), (Called(1, torch.float64), ROWS)], ids=["columns", "images", "other dtype"])
def test_other_softmaxes_are_left_alone(module: Any, x: Any) -> None:
    """What Vulkan has, or has in no form."""
    assert "aten::reshape" not in str(graph(module, x, "vulkan").inlined_graph)

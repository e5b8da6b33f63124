"""What the form ``vulkan`` writes otherwise, for the back end of phones: PyTorch 1.12 ("Vulkan softmax expects 4-dimensional input!")."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pocketbench.formats.torchscript_forms import VULKAN, Form

ROWS_AND_CLASSES = 2


def shaped(form: Form) -> AbstractContextManager[Any]:
    """While a module is traced for Vulkan: softmax over the classes of rows is computed over the channels of images of one pixel, the same numbers."""
    return _mode() if VULKAN in form.words else nullcontext()


def _mode() -> AbstractContextManager[Any]:
    """Catches softmax wherever it is called from: torch, its layers, a tensor."""
    import torch
    from torch.overrides import TorchFunctionMode

    class Images(TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            given = kwargs or {}
            x = args[0] if args else given.get("input")
            if getattr(func, "__name__", "") == "softmax" and isinstance(x, torch.Tensor) and _over_classes(x, args, given):
                return torch.softmax(x.reshape(*x.shape, 1, 1), 1).reshape(x.shape)
            return func(*args, **given)

    made: AbstractContextManager[Any] = Images()
    return made


def _over_classes(x: Any, args: Any, given: Any) -> bool:
    """Whether it is over the second of two axes, in the numbers' own dtype."""
    dim = args[1] if len(args) > 1 else given.get("dim")
    return x.dim() == ROWS_AND_CLASSES and dim in (1, -1) and given.get("dtype") is None

"""TorchScript in torch's full runtime, on the CPU, as in ``../torchscript_file.py``: what ``torch.jit.load`` makes of a file."""

import warnings
from typing import Any

from torchscript_file import TorchScriptEngine


class Engine(TorchScriptEngine):
    """One file. What the methods do is in ``README.md`` beside the runner."""

    accelerators = ("cpu",)

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import torch; nothing is loaded yet. Raises ImportError, ValueError."""
        import torch

        super().__init__("torchscript", _load, torch.jit.export_opnames, model, order)


def _load(model: str) -> Any:
    """Load a file for inference; its pickles are read by torch's own reader, which makes nothing but tensors and script objects."""
    import torch

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is deprecated", DeprecationWarning)
        return torch.jit.load(model, map_location="cpu").eval()

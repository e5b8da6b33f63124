"""PyTorch's lite interpreter, which phones have, on the CPU of this computer, as in ``../torchscript_file.py``."""

import warnings
from typing import Any

from torchscript_file import TorchScriptEngine


class Engine(TorchScriptEngine):
    """One ``.ptl`` file. What the methods do is in ``README.md`` beside the runner."""

    accelerators = ("cpu",)

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import torch; nothing is loaded yet. Raises ImportError, ValueError."""
        from torch.jit.mobile import _export_operator_list

        super().__init__("pytorch-lite", _load, _export_operator_list, model, order)


def _load(model: str) -> Any:
    """Load a file's bytecode."""
    from torch.jit.mobile import _load_for_lite_interpreter

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Lite Interpreter is deprecated", DeprecationWarning)
        return _load_for_lite_interpreter(model, map_location="cpu")

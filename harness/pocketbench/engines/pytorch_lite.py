"""PyTorch's lite interpreter: the runtime of ``.ptl`` files on phones, here on this computer's CPU."""

from pocketbench.engines import ENGINES
from pocketbench.engines.torchscript_file import TorchScriptEngine


class PytorchLite(TorchScriptEngine):
    """The engine that ``device_scripts/engines/pytorch-lite.py`` carries."""

    name = "pytorch-lite"


ENGINES.add(PytorchLite())

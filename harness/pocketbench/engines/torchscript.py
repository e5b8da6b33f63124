"""TorchScript in torch's full runtime: the same files as on a phone, by the interpreter that optimises graphs while it runs."""

from pocketbench.engines import ENGINES
from pocketbench.engines.torchscript_file import TorchScriptEngine


class TorchScript(TorchScriptEngine):
    """The engine that ``device_scripts/engines/torchscript.py`` carries."""

    name = "torchscript"


ENGINES.add(TorchScript())

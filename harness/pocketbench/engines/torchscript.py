"""TorchScript in torch's full runtime: the same files as on a phone, by the interpreter that optimises graphs while it runs."""

from collections.abc import Mapping

from pocketbench import torchscript_reader
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal


class TorchScript:
    """The engine that ``device_scripts/engines/torchscript.py`` carries."""

    name = "torchscript"
    reads: tuple[str, ...] = ("torchscript",)
    frameworks: tuple[str, ...] = ()
    runners: tuple[str, ...] = ("python",)
    accelerators: tuple[str, ...] = ("cpu",)
    package = "torch"
    environment = ""
    usual = True

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """None."""
        return {}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:  # noqa: ARG002
        """What was written for Android's NNAPI: accelerator-absent."""
        return torchscript_reader.refusal(anatomy)


ENGINES.add(TorchScript())

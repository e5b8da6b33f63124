"""PyTorch's lite interpreter: the runtime of ``.ptl`` files on phones, here on this computer's CPU."""

from collections.abc import Mapping

from pocketbench import torchscript_reader
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal


class PytorchLite:
    """The engine that ``device_scripts/engines/pytorch-lite.py`` carries."""

    name = "pytorch-lite"
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


ENGINES.add(PytorchLite())

"""What both engines of ``.ptl`` files have in common; ``device_scripts/torchscript_file.py`` is what their other halves share."""

from collections.abc import Mapping

from pocketbench import torchscript_reader
from pocketbench.model import Anatomy, Refusal


class TorchScriptEngine:
    """All but the name."""

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

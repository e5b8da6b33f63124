"""LiteRT, TensorFlow Lite's runtime on this computer and on Linux boards: the CPU, with XNNPACK or without."""

from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal
from pocketbench.tflite_anatomy import unknown_to_litert
from pocketbench.tflite_reader import CUSTOM, FLEX


class Litert:
    """The engine that ``device_scripts/engines/litert.py`` carries."""

    name = "litert"
    reads: tuple[str, ...] = ("tflite",)
    runners: tuple[str, ...] = ("python",)
    accelerators: tuple[str, ...] = ("cpu",)
    package = "ai-edge-litert"

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """``xnnpack``: whether operations may be taken over by XNNPACK."""
        return {"xnnpack": ("on", "off")}

    def refuses(self, anatomy: Anatomy) -> Refusal | None:
        """Name the operations that the runtime has no kernel for: export-only for Select TF ones, operation-version for unknown custom ones."""
        missing = unknown_to_litert(anatomy.operations)
        if flex := [name for name in missing if name.startswith(FLEX)]:
            return Refusal("admit", "export-only", f"litert runs no Select TF operations, and the file has {', '.join(flex)}; its sizes are reported")
        if missing:
            own = ", ".join(name.removeprefix(CUSTOM) for name in missing)
            return Refusal("admit", "operation-version", f"litert has no kernel for the custom operation {own}", hint="convert the model without it")
        return None


ENGINES.add(Litert())

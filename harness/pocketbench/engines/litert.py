"""LiteRT, TensorFlow Lite's runtime on this computer and on Linux boards: the CPU, with XNNPACK or without, and the GPU through Vulkan."""

from collections.abc import Mapping

from pocketbench import tflite_versions
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal

NO_DRIVER = "pocketbench doctor --install"


class Litert:
    """The engine that ``device_scripts/engines/litert.py`` carries."""

    name = "litert"
    reads: tuple[str, ...] = ("tflite",)
    frameworks: tuple[str, ...] = ()
    runners: tuple[str, ...] = ("python",)
    accelerators: tuple[str, ...] = ("cpu", "gpu")
    package = "ai-edge-litert"
    environment = ""
    usual = True

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """``xnnpack``: whether operations may be taken over by XNNPACK; of no meaning on the GPU."""
        return {"xnnpack": ("on", "off")}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:
        """Name the operations that the runtime has no kernel for: export-only for Select TF ones, operation-version for others.

        On the GPU: accelerator-absent where the device says that it has no Vulkan driver. What the GPU does not take of a file,
        the runtime says itself when it loads it.
        """
        if refused := tflite_versions.refusal(anatomy.operations, self.name):
            return refused
        if accelerator == "gpu" and facts.get("vulkan") == "":
            return Refusal("admit", "accelerator-absent", "litert reaches a GPU through Vulkan, and there is no Vulkan driver here", NO_DRIVER)
        return None


ENGINES.add(Litert())

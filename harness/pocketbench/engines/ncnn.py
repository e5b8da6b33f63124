"""ncnn on this computer and on Linux boards: the CPU, and GPUs through Vulkan."""

from collections.abc import Mapping

from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal

NO_DRIVER = "pocketbench doctor --install"


class Ncnn:
    """The engine that ``device_scripts/engines/ncnn.py`` carries."""

    name = "ncnn"
    reads: tuple[str, ...] = ("ncnn",)
    runners: tuple[str, ...] = ("python",)
    accelerators: tuple[str, ...] = ("cpu", "vulkan")
    frameworks: tuple[str, ...] = ()
    package = "ncnn"
    environment = ""
    usual = True

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """``fp16``: whether numbers may be halves while it runs, where the device has such arithmetic: as the file's weights are, never, always."""
        return {"fp16": ("file", "off", "on")}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:  # noqa: ARG002
        """On the GPU accelerator-absent, where the device says that it has no Vulkan driver."""
        if accelerator == "vulkan" and facts.get("vulkan") == "":
            return Refusal("admit", "accelerator-absent", "ncnn reaches a GPU through Vulkan, and there is no Vulkan driver here", NO_DRIVER)
        return None


ENGINES.add(Ncnn())

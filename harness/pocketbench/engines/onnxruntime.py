"""ONNX Runtime on the CPU of this computer and of Linux boards. The package's wheels have no XNNPACK, so there is nothing to choose beside its own kernels."""

from collections.abc import Mapping

from pocketbench import onnx_versions
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal


class Onnxruntime:
    """The engine that ``device_scripts/engines/onnxruntime.py`` carries."""

    name = "onnxruntime"
    reads: tuple[str, ...] = ("onnx",)
    runners: tuple[str, ...] = ("python",)
    accelerators: tuple[str, ...] = ("cpu",)
    frameworks: tuple[str, ...] = ()
    package = "onnxruntime"
    environment = ""
    usual = True

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """``exact_int8``: whether to use kernels in which sums of 8-bit products do not overflow; by itself on x86 processors without VNNI, which need them."""
        return {"exact_int8": ("auto", "on", "off")}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:  # noqa: ARG002
        """Name the operations (operation-version) of a domain or a version that the runtime does not know."""
        return onnx_versions.refusal(anatomy.operations)


ENGINES.add(Onnxruntime())

"""ONNX Runtime on the CPU of this computer and of Linux boards. The package's wheels have no XNNPACK, so there is nothing to choose beside its own kernels."""

from collections.abc import Mapping

from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal

# What 1.31.1 knows: the newest version of ONNX's own operations, and the domains of others.
OPSET = 26
DOMAINS = ("ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc")


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
        """``exact_int8``: whether x86 processors without VNNI use slower kernels in which sums of 8-bit products do not overflow; others always are exact."""
        return {"exact_int8": ("on", "off")}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:  # noqa: ARG002
        """Name the operations (operation-version) of a domain or a version that the runtime does not know."""
        foreign, newer = _unknown(anatomy.operations)
        if foreign:
            message = f"onnxruntime has no kernel for the custom operation{'s' if len(foreign) > 1 else ''} {', '.join(foreign)}"
            return Refusal("admit", "operation-version", message[:300])
        if newer:
            return Refusal("admit", "operation-version", f"onnxruntime knows operations of opset {OPSET} and before, and the file has {', '.join(newer)}"[:300])
        return None


def _unknown(operations: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """The operations of domains that the runtime does not know, and those newer than it ("Cast v27")."""
    foreign, newer = [], []
    for each in operations:
        name, _, version = each.rpartition(" v")
        domain = name.rpartition(".")[0]
        if domain and domain not in DOMAINS:
            foreign.append(name)
        elif not domain and int(version) > OPSET:
            newer.append(each)
    return foreign, newer


ENGINES.add(Onnxruntime())

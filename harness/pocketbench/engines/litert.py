"""LiteRT, TensorFlow Lite's runtime on this computer and on Linux boards: the CPU, with XNNPACK or without."""

from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy

# Custom operations that the runtime itself has kernels for (tried one by one with ai-edge-litert 2.3.0).
BUILT_IN_CUSTOM = frozenset({"AudioSpectrogram", "Mfcc", "NumericVerify", "TFLite_Detection_PostProcess"})
FLEX = "Flex"
CUSTOM = "CUSTOM:"


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

    def refuses(self, anatomy: Anatomy) -> str:
        """Name the operations that the runtime has no kernel for: Select TF ones (``Flex…``) and custom ones; "" when there are none."""
        missing = [name for name in (key.rpartition(" v")[0] or key for key in anatomy.operations) if _is_missing(name)]
        return f"litert has no kernel for {', '.join(missing)}" if missing else ""


ENGINES.add(Litert())


def _is_missing(operation: str) -> bool:
    """Whether an operation comes from outside the runtime."""
    custom = operation.removeprefix(CUSTOM)
    return custom.startswith(FLEX) or (operation.startswith(CUSTOM) and custom not in BUILT_IN_CUSTOM)

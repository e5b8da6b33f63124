"""tflite-runtime, TensorFlow Lite's runtime on Linux before LiteRT: an older reader of the same files, in an environment of its own."""

from collections.abc import Mapping

from pocketbench import tflite_versions
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal


class TfliteRuntime:
    """The engine that ``device_scripts/engines/tflite-runtime.py`` carries."""

    name = "tflite-runtime"
    reads: tuple[str, ...] = ("tflite",)
    frameworks: tuple[str, ...] = ()
    runners: tuple[str, ...] = ("python",)
    accelerators: tuple[str, ...] = ("cpu",)
    package = "tflite-runtime"
    environment = "tflite-runtime"
    usual = False

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """``xnnpack``: whether operations may be taken over by XNNPACK."""
        return {"xnnpack": ("on", "off")}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:  # noqa: ARG002
        """Name the operations that it does not know, or not in the file's version."""
        return tflite_versions.refusal(anatomy.operations, self.name)


ENGINES.add(TfliteRuntime())

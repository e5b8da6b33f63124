"""TensorFlow Lite 2.16.1 in the Android app: the CPU with XNNPACK or without, the GPU by its delegate, NNAPI's accelerators by its delegate."""

from collections.abc import Mapping

from pocketbench import tflite_versions
from pocketbench.engines import ENGINES, in_app
from pocketbench.model import Anatomy, Refusal


class Tflite:
    """The engine that ``android_app/app/java/org/pocketbench/app/engines/TfliteEngine.java`` carries."""

    name = "tflite"
    reads: tuple[str, ...] = ("tflite",)
    frameworks: tuple[str, ...] = ()
    runners: tuple[str, ...] = ("app",)
    accelerators: tuple[str, ...] = ("cpu", "gpu", "nnapi")
    package = ""
    environment = ""
    usual = True

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """``xnnpack``: whether XNNPACK may take over what is left to the CPU; ``gpu_backend``: what the GPU is reached through, OpenCL before OpenGL ES.

        ``nnapi_accelerator``: the phone's own name of one of NNAPI's accelerators, or any but its CPU's; ``nnapi_fp16``: whether it may compute in halves.
        """
        return {"xnnpack": ("on", "off"), "gpu_backend": ("any", "opencl", "gles"), "nnapi_accelerator": ("any",), "nnapi_fp16": ("off", "on")}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:
        """Name the operations that 2.16.1 has no kernel for, or not in the file's version: export-only, operation-version.

        On NNAPI and the GPU accelerator-absent or device-too-old, where the phone's facts say so. What a delegate takes of a file it
        says itself, when it loads it.
        """
        if refused := tflite_versions.refusal(anatomy.operations, self.name):
            return refused
        if accelerator == "nnapi":
            return in_app.nnapi(self.name, facts)
        if accelerator == "gpu" and facts.get("opencl") == "" and facts.get("gles") == "":
            return Refusal("admit", "accelerator-absent", "tflite reaches a GPU through OpenCL or OpenGL ES, and the phone has neither")
        return None


ENGINES.add(Tflite())

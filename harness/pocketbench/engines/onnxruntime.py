"""ONNX Runtime: on the CPU of this computer and of Linux boards, whose wheels have no XNNPACK, and in the Android app, which has more."""

from collections.abc import Mapping

from pocketbench import onnx_versions
from pocketbench.engines import ENGINES, in_app
from pocketbench.model import Anatomy, Refusal


class Onnxruntime:
    """The engine that ``device_scripts/engines/onnxruntime.py`` carries, and OnnxruntimeEngine.java in the app."""

    name = "onnxruntime"
    reads: tuple[str, ...] = ("onnx",)
    runners: tuple[str, ...] = ("python", "app")
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

    @property
    def app_accelerators(self) -> tuple[str, ...]:
        """The CPU, NNAPI, and GPUs through WebGPU, which is Vulkan on phones."""
        return ("cpu", "nnapi", "webgpu")

    @property
    def app_options(self) -> dict[str, tuple[str, ...]]:
        """``xnnpack``: whether XNNPACK takes over what it can of what the CPU computes.

        ``nnapi_cpu``: whether NNAPI may use its own implementation for the CPU too, or that only; ``nnapi_fp16``: whether it may compute in halves.
        """
        return {"xnnpack": ("off", "on"), "nnapi_cpu": ("off", "on", "only"), "nnapi_fp16": ("off", "on")}

    def app_refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:
        """Operations that the app's 1.29.0 does not know, of which it has the same opset; accelerators that the phone's facts say it lacks."""
        if refused := onnx_versions.refusal(anatomy.operations):
            return refused
        lacking = {"nnapi": in_app.nnapi, "webgpu": in_app.vulkan}.get(accelerator)
        return lacking(self.name, facts) if lacking else None


ENGINES.add(Onnxruntime())

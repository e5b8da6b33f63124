"""TensorFlow.js in a page, in the Android app's WebView and, without GPUs, in Node.js: plain JavaScript, WebAssembly, and GPUs through WebGL and WebGPU."""

from collections.abc import Mapping

from pocketbench import tfjs_operations
from pocketbench.engines import ENGINES, in_app
from pocketbench.model import Anatomy, Refusal
from pocketbench.tfjs_reader import GRAPH

_WORDS = {"webgl": "WebGL", "webgpu": "WebGPU"}


class Tfjs:
    """The engine that ``device_scripts/web/engines/tfjs.js`` carries."""

    name = "tfjs"
    reads: tuple[str, ...] = ("tfjs",)
    runners: tuple[str, ...] = ("web", "node", "app")
    accelerators: tuple[str, ...] = ("cpu", "wasm", "webgl", "webgpu")
    frameworks: tuple[str, ...] = ()
    package = "playwright"
    environment = ""
    usual = True

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """``simd``: WebAssembly's vector instructions; ``cpu_forward``: whether webgl and webgpu leave small tensors to the CPU."""
        return {"simd": ("on", "off"), "cpu_forward": ("on", "off")}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:
        """Name the operations and layers (unsupported-operation) that TensorFlow.js does not have, or not on that back end.

        On GPUs: accelerator-absent where the device says that its browser has no such thing.
        """
        if refused := _lacking(anatomy, accelerator):
            return refused
        if facts.get(accelerator) == "" and accelerator in _WORDS:
            words = f"tfjs computes on a GPU through {_WORDS[accelerator]}, and the browser gives no {_WORDS[accelerator]} here"
            return Refusal("admit", "accelerator-absent", words)
        return None

    @property
    def app_accelerators(self) -> tuple[str, ...]:
        """As in a browser: a WebView is one."""
        return self.accelerators

    @property
    def app_options(self) -> dict[str, tuple[str, ...]]:
        """As in a browser."""
        return self.options

    def app_refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:
        """What TensorFlow.js does not have, and a phone whose WebView is missing or too old. What its WebView has of GPUs the page finds out."""
        return _lacking(anatomy, accelerator) or in_app.webview(self.name, facts)


ENGINES.add(Tfjs())


def _lacking(anatomy: Anatomy, accelerator: str) -> Refusal | None:
    """Operations and layers that a back end does not have."""
    return tfjs_operations.refusal(anatomy.operations, anatomy.about.get("model", GRAPH), accelerator)

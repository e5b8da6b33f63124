"""PyTorch's lite interpreter, the runtime of ``.ptl`` files on phones: in the Android app, and on the CPU of this computer."""

from collections.abc import Mapping

from pocketbench.engines import ENGINES, in_app
from pocketbench.engines.torchscript_file import TorchScriptEngine
from pocketbench.model import Anatomy, Refusal

RELEASE = "PyTorch 1.12.2"
# What the app's release loads, as it says itself: "The model version must be between 4 and 9 but the model version is 10".
BYTECODE = range(4, 10)
PHONES_ENGINE = "qnnpack"
# Those whose half floats today's torch computes on a CPU, and 1.12.2 does not.
LAYERS = frozenset({"aten::_convolution", "aten::conv1d", "aten::conv2d", "aten::linear", "aten::matmul", "aten::addmm", "aten::mm", "aten::bmm"})


class PytorchLite(TorchScriptEngine):
    """The engine that ``device_scripts/engines/pytorch-lite.py`` carries, and PytorchLiteEngine.java in the app."""

    name = "pytorch-lite"
    runners: tuple[str, ...] = ("python", "app")

    @property
    def app_accelerators(self) -> tuple[str, ...]:
        """The CPU, GPUs through Vulkan, and NNAPI for files whose own code hands their model to it."""
        return ("cpu", "vulkan", "nnapi")

    @property
    def app_options(self) -> dict[str, tuple[str, ...]]:
        """None."""
        return {}

    def app_refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:
        """What the app's release does not load, or loads and computes wrongly; on Vulkan and NNAPI what is not made for them."""
        return _unread(anatomy) or {"vulkan": _vulkan, "nnapi": _nnapi}.get(accelerator, _cpu)(anatomy, facts)


def _unread(anatomy: Anatomy) -> Refusal | None:
    """Files that 1.12.2 does not load, and integer kernels that it takes for its own."""
    bytecode, engine = anatomy.about.get("bytecode", ""), anatomy.about.get("quantized_engine", "")
    if bytecode.isdecimal() and int(bytecode) not in BYTECODE:
        return Refusal("admit", "operation-version", f"{RELEASE} reads bytecode {BYTECODE[0]} to {BYTECODE[-1]}, and the file has {bytecode}")
    if engine not in ("", PHONES_ENGINE):
        words = f"the file's integer kernels are for {engine}; {RELEASE} has {PHONES_ENGINE} on phones, loads the file and computes something else"
        return Refusal("admit", "engine-cannot-read", words, "leave the form out: it is for phones")
    if anatomy.parameters_by_dtype.get("float16") and (layers := sorted(LAYERS & set(anatomy.operations))):
        words = f'{RELEASE} has no {layers[0]} of half floats ("not implemented for \'Half\'", it says, and on Vulkan "format not supported")'
        return Refusal("admit", "operation-version", words, "write 'float32' or 'int8', or take tflite or onnx")
    return None


def _cpu(anatomy: Anatomy, facts: Mapping[str, str | int | float]) -> Refusal | None:  # noqa: ARG001
    """What does not run on the CPU."""
    if anatomy.about.get("made_for") == "nnapi":
        return Refusal("admit", "accelerator-absent", "the file hands its model to NNAPI, and this job is the CPU's", 'write accelerators = ["nnapi"]')
    return None


def _vulkan(anatomy: Anatomy, facts: Mapping[str, str | int | float]) -> Refusal | None:
    """What does not run on Vulkan: integers, what was prepacked for XNNPACK, files for NNAPI; an operation that it lacks ends the run."""
    if refused := in_app.vulkan("pytorch-lite", facts):
        return refused
    if anatomy.about.get("made_for") == "nnapi":
        return Refusal("admit", "accelerator-absent", "the file hands its model to NNAPI, and this job is Vulkan's", 'write forms = ["vulkan"]')
    if packed := sorted({name.partition("::")[0] for name in anatomy.operations} & {"prepacked", "quantized"}):
        words = f"PyTorch's Vulkan back end has no {' and '.join(packed)} operations, which the file has"
        hint = "leave it to the CPU, or write 'float32' in the form \"vulkan\"" if "quantized" in packed else 'write forms = ["vulkan"]'
        return Refusal("admit", "accelerator-absent", words, hint)
    if "aten::batch_norm" in anatomy.operations:
        return Refusal("admit", "accelerator-absent", "PyTorch's Vulkan back end has no batch normalisation, which the file has", 'write forms = ["vulkan"]')
    if "aten::to" in anatomy.operations and anatomy.about.get("made_for") != "vulkan":
        words = "the file moves its tensors to the CPU's memory or another dtype itself (aten::to), so that what follows would run on the CPU without a word"
        return Refusal("admit", "accelerator-absent", words, 'write forms = ["vulkan"]')
    return None


def _nnapi(anatomy: Anatomy, facts: Mapping[str, str | int | float]) -> Refusal | None:
    """Phones without it. Files of today's torch ask it by a method that 1.12.2 does not have; others are for the CPU, which would run them without a word."""
    if refused := in_app.nnapi("pytorch-lite", facts):
        return refused
    if anatomy.about.get("made_for") == "nnapi":
        return Refusal("admit", "operation-version", f"{RELEASE} has no Compilation.init2, by which files of torch 2 hand their model to NNAPI")
    if anatomy.about.get("made_for") or anatomy.inputs:
        return Refusal("admit", "accelerator-absent", "the file was not made for NNAPI: its operations are the CPU's", 'write forms = ["nnapi"]')
    return None


ENGINES.add(PytorchLite())

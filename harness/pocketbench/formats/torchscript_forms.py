"""The forms of a TorchScript file: how the module becomes a graph, what is done to that graph, which integer kernels it is for.

A form is its words joined by ``+``. How: traced unless ``scripted`` or ``mixed`` says otherwise. What is done: ``frozen``, or one
of what freezes first: ``optimized`` (XNNPACK's kernels on a phone's CPU), ``vulkan``, ``nnapi``; ``fused`` is done to the module
before. Integer kernels: QNNPACK's, weights by channel, unless ``x86`` or ``per_tensor`` says otherwise.
"""

from dataclasses import dataclass
from pathlib import Path

from pocketbench import torch_kept
from pocketbench.model import Refusal, Source

SCRIPTED, MIXED = "scripted", "mixed"
FROZEN, OPTIMIZED, VULKAN, NNAPI = "frozen", "optimized", "vulkan", "nnapi"
FUSED, PER_TENSOR, X86 = "fused", "per_tensor", "x86"
FORMS = (
    "", SCRIPTED, MIXED, FROZEN, f"{SCRIPTED}+{FROZEN}", f"{MIXED}+{FROZEN}", FUSED, OPTIMIZED, f"{SCRIPTED}+{OPTIMIZED}", VULKAN, NNAPI,
    PER_TENSOR, X86, f"{X86}+{PER_TENSOR}",
)  # fmt: skip
STATIC = ("int8", "qat_int8")
INTEGER = (*STATIC, "dynamic_int8")
HALVED = ("float16", "bfloat16")
# What of a form has no meaning for a technique, and why.
_NOT_STATIC = {
    FUSED: "static int8 always fuses layers: the usual form is it", MIXED: "static int8 makes one graph of the model, in which nothing is left to script",
    VULKAN: "PyTorch's Vulkan back end takes floats", NNAPI: "only float models are written for NNAPI here",
}  # fmt: skip
_NOT_DYNAMIC = {
    PER_TENSOR: "dynamic_int8 always has one scale a tensor", VULKAN: "PyTorch's Vulkan back end takes floats",
    NNAPI: "only float models are written for NNAPI here",
}  # fmt: skip
_NOT_FLOAT = {PER_TENSOR: "the form says how integer weights are scaled", X86: "the form says which integer kernels the file is for"}
_NOT_HALVED = {
    **_NOT_FLOAT, OPTIMIZED: "XNNPACK's prepacked kernels take 32-bit floats", VULKAN: "PyTorch's Vulkan back end takes 32-bit floats",
    NNAPI: "only 32-bit float models are written for NNAPI here",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """A form taken apart: its words."""

    words: tuple[str, ...]

    @property
    def scripted(self) -> bool:
        """Whether the whole module is scripted."""
        return SCRIPTED in self.words

    @property
    def mixed(self) -> bool:
        """Whether the module's own parts are scripted inside of a traced whole."""
        return MIXED in self.words

    @property
    def fused(self) -> bool:
        """Whether layers are fused before; Vulkan has no batch normalisation of its own."""
        return FUSED in self.words or VULKAN in self.words

    @property
    def engine(self) -> str:
        """The quantised engine that integer kernels are made for."""
        return X86 if X86 in self.words else "qnnpack"

    @property
    def per_tensor(self) -> bool:
        """Whether integer weights have one scale a tensor."""
        return PER_TENSOR in self.words


def parse(form: str) -> Form:
    """Take a form apart."""
    return Form(tuple(form.split("+")) if form else ())


def unfit(form: str, source: Source, technique: str) -> Refusal | None:
    """Why a form makes no sense for a technique, or either for a model as it came (stage ``convert``)."""
    without = _NOT_STATIC if technique in STATIC else _NOT_DYNAMIC if technique == "dynamic_int8" else _NOT_HALVED if technique in HALVED else _NOT_FLOAT
    for word in parse(form).words:
        if word in without:
            return Refusal("convert", "technique-not-for-format", f"torchscript has no form {form!r} for {technique}: {without[word]}", "leave the form out")
    return _not_for_model(parse(form), source, technique)


def _not_for_model(form: Form, source: Source, technique: str) -> Refusal | None:
    """Why a model as it came cannot have a form or a technique."""
    keras = source.framework == "keras"
    code = torch_kept.has_eager(source)
    if keras and not code:
        return _refusal(f"{Path(source.path).name} is a TensorFlow graph, which torch cannot read", "give the model as a .keras file")
    if keras and technique == "qat_int8":
        return _refusal("training a Keras model on under rounding leaves a TensorFlow graph, which torch cannot read", "write 'int8', or take tflite")
    if keras and (form.scripted or form.mixed):
        return _refusal("a Keras model cannot be scripted: its layers take any arguments, and TorchScript has none such", "leave the form out: it is traced")
    if not code and torch_kept.about(source).made_by == torch_kept.SCRIPTED and (technique in INTEGER or form.fused):
        what = technique if technique in INTEGER else "fusing"
        return _refusal(f"{what} replaces layers of torch.nn, and the model came as TorchScript, without them", _ANOTHER)
    if not code and (form.scripted or form.mixed):
        return _refusal("the model came without the Python code that scripting reads", "give the model as python:module:function")
    return None


_ANOTHER = "give the model as python:module:function that returns an nn.Module"


def _refusal(message: str, hint: str) -> Refusal:
    """Not for this model."""
    return Refusal("convert", "technique-not-for-model", message, hint)

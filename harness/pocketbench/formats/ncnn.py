"""ncnn: a folder with ``model.ncnn.param`` and ``model.ncnn.bin``, made by pnnx."""

from dataclasses import dataclass
from pathlib import Path

from pocketbench.errors import Refused
from pocketbench.formats import FORMATS, by_torch
from pocketbench.formats.ncnn_export import exported
from pocketbench.model import Anatomy, Refusal, Rows, Source
from pocketbench.ncnn_anatomy import anatomy_of

AFTER_TRAINING = ("float32", "float16")
# ncnn runs 8 bits, but what makes such files, ncnn2table and ncnn2int8, has to be built from ncnn's sources: no package of PyPI brings it.
WITHOUT_TOOLS = ("int8", "qat_int8", "dynamic_int8")
NOTHING_HALVED = "pnnx halves kernels and tables of layers, not constants that the model multiplies with, and the model has nothing else"
INPUTS, OUTPUTS = ("float32", "int64", "int32"), ("float32",)


@dataclass(frozen=True, slots=True)
class Ncnn:
    """The adapter. Every artifact takes one row at a time, with the source's order of inputs and outputs."""

    name: str = "ncnn"
    code: tuple[str, ...] = (
        "pocketbench.formats.ncnn_export", "pocketbench.torch_model", "pocketbench.ncnn_anatomy", "pocketbench.ncnn_reader", "pocketbench.ncnn_layers",
        "pocketbench.anatomy", "pocketbench.kernels", "pocketbench.torch_kept",
        "pocketbench.formats.by_torch",
    )  # fmt: skip
    steps: tuple[str, ...] = (*AFTER_TRAINING, *WITHOUT_TOOLS, *by_torch.RETRAINING)
    forms: tuple[str, ...] = ("",)
    usual_forms: tuple[str, ...] = ("",)

    def techniques(self, framework: str) -> tuple[str, ...]:  # noqa: ARG002
        """What pnnx does, what retrains, and the controls."""
        return (*AFTER_TRAINING, *by_torch.RETRAINED)

    def toolchain(self, framework: str) -> str:  # noqa: ARG002
        """Torch, pnnx and ncnn."""
        return "torch-ncnn"

    def packages(self, framework: str) -> tuple[str, ...]:
        """What traces, and what converts."""
        return ("torch", "pnnx", "ncnn", *(("keras",) if framework == "keras" else ()))

    def routes(self, framework: str) -> tuple[str, ...]:
        """Torch models are traced, Keras models on Keras' torch back end."""
        return {"torch": ("torch>pnnx>ncnn",), "keras": ("keras>torch>pnnx>ncnn",)}.get(framework, ())

    def unfit(self, source: Source, technique: str, form: str) -> Refusal | None:  # noqa: ARG002
        """Why a technique makes no sense for the model."""
        if any(step in WITHOUT_TOOLS for step in technique.split("+")):
            words = "ncnn's tools for 8 bits, ncnn2table and ncnn2int8, are in none of its packages: they are built from its sources"
            return Refusal("convert", "known-limit", words)
        if source.framework == "keras" and Path(source.path).suffix != ".keras":
            return Refusal("convert", "technique-not-for-model", "a SavedModel is a graph of TensorFlow, which torch cannot trace")
        for what, tensors, dtypes in (("takes", source.inputs, INPUTS), ("gives", source.outputs, OUTPUTS)):
            if other := [f"{each.name} of {each.dtype}" for each in tensors if each.dtype not in dtypes]:
                return Refusal("convert", "technique-not-for-model", f"ncnn {what} {' or '.join(dtypes)}, the model has {', '.join(other)}"[:300])
        return None

    def convert(self, source: Source, rows: Rows, technique: str, form: str, folder: Path) -> Path:  # noqa: ARG002
        """Write the folder ``model.ncnn``. Raises Refused: unsupported-operation, converter-error or technique-not-for-…."""
        if form or technique not in AFTER_TRAINING:
            raise Refused("technique-not-for-format", f"ncnn has no {f'form {form!r}' if form else f'technique {technique!r}'}")
        if refusal := self.unfit(source, technique, form):
            raise Refused(refusal.reason, refusal.message, hint=refusal.hint)
        path = exported(source, halves=technique == "float16", folder=folder)
        if technique == "float16" and not self.anatomy(path).parameters_by_dtype.get("float16"):
            raise Refused("technique-not-for-model", NOTHING_HALVED)
        return path

    def anatomy(self, path: Path) -> Anatomy:
        """Look inside the folder. Raises Refused (engine-cannot-read) when a file of it is not whole."""
        return anatomy_of(path)


FORMATS.add(Ncnn())

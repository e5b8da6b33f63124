"""TorchScript: ``.ptl`` files, which torch's lite interpreter on phones and torch's full runtime both read."""

from dataclasses import dataclass
from pathlib import Path

from pocketbench.errors import Refused
from pocketbench.formats import FORMATS, by_torch
from pocketbench.formats.torchscript_conversion import convert
from pocketbench.formats.torchscript_forms import FORMS, unfit
from pocketbench.model import Anatomy, Refusal, Rows, Source
from pocketbench.torchscript_anatomy import anatomy_of

OWN = ("float32", "float16", "bfloat16", "dynamic_int8", "int8")
ROUTES = {"torch": ("torch>torchscript",), "keras": ("keras>torch>torchscript",)}


@dataclass(frozen=True, slots=True)
class TorchScript:
    """The adapter. Every artifact is one file ``model.ptl`` that takes one row at a time, with the source's order of inputs and outputs."""

    name: str = "torchscript"
    code: tuple[str, ...] = (
        "pocketbench.formats.torchscript_answers", "pocketbench.formats.torchscript_archive", "pocketbench.formats.torchscript_capture",
        "pocketbench.formats.torchscript_conversion", "pocketbench.formats.torchscript_followed", "pocketbench.formats.torchscript_forms",
        "pocketbench.formats.torchscript_static", "pocketbench.formats.torchscript_vulkan",
        "pocketbench.formats.torchscript_techniques", "pocketbench.torch_model", "pocketbench.torchscript_anatomy", "pocketbench.torchscript_reader",
        "pocketbench.formats.torchscript_layers", "pocketbench.formats.executorch_folding", "pocketbench.formats.executorch_graph",
        "pocketbench.formats.executorch_layout", "pocketbench.formats.executorch_nodes", "pocketbench.anatomy", "pocketbench.kernels", "pocketbench.torch_kept",
        "pocketbench.formats.by_torch", "pocketbench.formats.executorch_products",
    )  # fmt: skip
    steps: tuple[str, ...] = (*OWN, *by_torch.RETRAINING, "qat_int8")
    forms: tuple[str, ...] = FORMS
    usual_forms: tuple[str, ...] = ("",)

    def techniques(self, framework: str) -> tuple[str, ...]:
        """What torch does after training, what retrains, and the controls of what retrains."""
        return (*OWN, *by_torch.retrained(framework))

    def toolchain(self, framework: str) -> str:  # noqa: ARG002
        """Torch's, also for Keras models, which run on it."""
        return "torch"

    def packages(self, framework: str) -> tuple[str, ...]:
        """Torch, and Keras for its models."""
        return ("torch", "keras") if framework == "keras" else ("torch",)

    def routes(self, framework: str) -> tuple[str, ...]:
        """Torch models, and Keras models by Keras' torch back end."""
        return ROUTES.get(framework, ())

    def convert(self, source: Source, rows: Rows, technique: str, form: str, folder: Path) -> Path:
        """Write ``model.ptl``. Raises Refused: unsupported-operation, converter-error, needs-calibration-data or technique-not-for-…."""
        path = folder / "model.ptl"
        if form not in self.forms:
            raise Refused("technique-not-for-format", f"torchscript has no form {form!r}")
        if technique not in (*OWN, "qat_int8"):
            raise Refused("technique-not-for-format", f"torchscript has no technique {technique!r}; torch itself knows {', '.join(OWN)}")
        if refusal := unfit(form, source, technique):
            raise Refused(refusal.reason, refusal.message, hint=refusal.hint)
        convert(source, rows, technique, form, path)
        return path

    def anatomy(self, path: Path) -> Anatomy:
        """Look inside the file. Raises Refused (engine-cannot-read) when it is not a whole one."""
        return anatomy_of(path)

    def unfit(self, source: Source, technique: str, form: str) -> Refusal | None:
        """Why the form or the technique makes no sense for this model."""
        return unfit(form, source, technique)


FORMATS.add(TorchScript())

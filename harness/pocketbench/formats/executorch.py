"""ExecuTorch: ``.pte`` programs, lowered to XNNPACK, to ExecuTorch's own kernels, or for chips that only phones have."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketbench import torch_kept, torch_model
from pocketbench.errors import Refused
from pocketbench.executorch_anatomy import anatomy_of
from pocketbench.formats import FORMATS, by_torch
from pocketbench.formats.executorch_lowering import CALIBRATING, COREML, FLOAT16, FLOAT32, FORMS, TECHNIQUES, lowered
from pocketbench.formats.executorch_refusal import refusal
from pocketbench.model import Anatomy, Refusal, Rows, Source

AFTER_TRAINING = ("float32", "float16", "dynamic_int8", "int8")


@dataclass(frozen=True, slots=True)
class Executorch:
    """The adapter. Every artifact takes one row at a time, with the source's order of inputs and outputs; floats go in and come out as float32."""

    name: str = "executorch"
    code: tuple[str, ...] = (
        "pocketbench.formats.executorch_lowering", "pocketbench.formats.executorch_graph", "pocketbench.formats.executorch_folding",
        "pocketbench.formats.executorch_products", "pocketbench.formats.executorch_layout", "pocketbench.formats.executorch_nodes",
        "pocketbench.formats.executorch_refusal", "pocketbench.formats.executorch_settled", "pocketbench.torch_model", "pocketbench.executorch_anatomy",
        "pocketbench.pte_reader", "pocketbench.pte_delegates", "pocketbench.pte_coreml", "pocketbench.flatbuffer", "pocketbench.anatomy",
        "pocketbench.kernels", "pocketbench.torch_kept",
        "pocketbench.formats.by_torch",
    )  # fmt: skip

    def toolchain(self, framework: str) -> str:  # noqa: ARG002 - the same for all
        """Torch's: Keras models come by their torch back end."""
        return "torch"

    def packages(self, framework: str) -> tuple[str, ...]:
        """What exports, quantises and lowers."""
        return ("torch", "torchao", "executorch", *(("keras",) if framework == "keras" else ()))

    @property
    def steps(self) -> tuple[str, ...]:
        """What can be done on the way, and what can be done to a model before."""
        return (*TECHNIQUES, *by_torch.RETRAINING)

    def techniques(self, framework: str) -> tuple[str, ...]:
        """What can be done after training, what retrains, and the controls of what retrains."""
        return (*AFTER_TRAINING, *by_torch.retrained(framework))

    @property
    def forms(self) -> tuple[str, ...]:
        """The usual one, lowered to XNNPACK; no back end; Vulkan's and CoreML's, which nothing here runs."""
        return FORMS

    @property
    def usual_forms(self) -> tuple[str, ...]:
        """XNNPACK's: portable kernels are there to be right, and take a hundred times as long."""
        return ("",)

    def routes(self, framework: str) -> tuple[str, ...]:
        """Torch models are exported, Keras models by Keras' torch back end."""
        return {"torch": ("torch>executorch",), "keras": ("keras>torch>executorch",)}.get(framework, ())

    def unfit(self, source: Source, technique: str, form: str) -> Refusal | None:
        """Why a technique or form makes no sense for the model."""
        if refused := torch_kept.unexportable(source):
            return refused
        if refused := by_torch.unfit(source, technique):
            return refused
        if form == COREML and technique not in (FLOAT32, FLOAT16):
            return Refusal("convert", "technique-not-for-format", f"the form {COREML} has {FLOAT32} and {FLOAT16}: its integers need a quantiser of its own")
        return None

    def convert(self, source: Source, rows: Rows, technique: str, form: str, folder: Path) -> Path:
        """Write ``model.pte``. Raises Refused: unsupported-operation, converter-error, needs-calibration-data or technique-not-for-…."""
        if form not in self.forms:
            raise Refused("technique-not-for-format", f"executorch has no form {form!r}")
        if technique not in TECHNIQUES:
            raise Refused("technique-not-for-format", f"executorch has no technique {technique!r}; its converter knows {', '.join(TECHNIQUES)}")
        if unfit := self.unfit(source, technique, form):
            raise Refused(unfit.reason, unfit.message)
        path = folder / "model.pte"
        path.write_bytes(_made(source, _ranges(source, rows, technique), technique, form))
        return path

    def anatomy(self, path: Path) -> Anatomy:
        """Look inside the file. Raises Refused (engine-cannot-read) when it is not a whole one."""
        return anatomy_of(path)


def _ranges(source: Source, rows: Rows, technique: str) -> Iterable[tuple[Any, ...]]:
    """The rows that a technique calibrates with; none for one that does not. Raises Refused (needs-calibration-data) before anything is exported."""
    return torch_model.calibration(source, rows, technique) if technique in CALIBRATING else ()


def _made(source: Source, rows: Iterable[tuple[Any, ...]], technique: str, form: str) -> bytes:
    """The bytes of a program made with one technique, in one form."""
    program = torch_model.program(source)
    try:
        return lowered(program, torch_model.example(source), technique, form, rows)
    except Exception as error:  # exporters, quantisers and back ends raise nearly anything
        raise refusal(error) from error


FORMATS.add(Executorch())

"""ONNX: ``.onnx`` files, made by torch's exporters and ONNX Runtime's quantiser."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pocketbench import torch_kept, torch_model
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS, by_torch
from pocketbench.formats.onnx_export import exported
from pocketbench.formats.onnx_shapes import seen
from pocketbench.formats.onnx_techniques import CALIBRATING, QUANTISING, TECHNIQUES, applied
from pocketbench.model import Anatomy, Refusal, Rows, Source
from pocketbench.onnx_anatomy import anatomy_of

AFTER_TRAINING = ("float32", "float16", "dynamic_int8", "int8")
AS_IS = "as_is"
CLASSIC, PER_TENSOR = "classic", "per_tensor"


@dataclass(frozen=True, slots=True)
class Onnx:
    """The adapter. Every artifact takes one row at a time, with the source's order of inputs and outputs; what is made here is of opset 20."""

    name: str = "onnx"
    code: tuple[str, ...] = (
        "pocketbench.formats.onnx_export", "pocketbench.formats.onnx_techniques", "pocketbench.formats.onnx_shapes", "pocketbench.torch_model",
        "pocketbench.onnx_anatomy", "pocketbench.onnx_reader", "pocketbench.anatomy", "pocketbench.kernels", "pocketbench.torch_kept",
        "pocketbench.formats.by_torch",
    )  # fmt: skip

    def toolchain(self, framework: str) -> str:
        """Ready-made files need no torch."""
        return "onnx" if framework == self.name else "torch-onnx"

    def packages(self, framework: str) -> tuple[str, ...]:
        """What exports, and what quantises."""
        if framework == self.name:
            return ("onnx",)
        return ("torch", "onnx", "onnxscript", "onnxruntime", *(("keras",) if framework == "keras" else ()))

    @property
    def steps(self) -> tuple[str, ...]:
        """What ONNX Runtime's tools can do, and what can be done to a model before."""
        return (*TECHNIQUES, *by_torch.RETRAINING)

    def techniques(self, framework: str) -> tuple[str, ...]:
        """What can be done after training, what retrains, and the controls of what retrains."""
        return (*AFTER_TRAINING, *by_torch.retrained(framework))

    @property
    def forms(self) -> tuple[str, ...]:
        """The usual one, the older exporter, one scale for all channels of a weight, and both."""
        return ("", CLASSIC, PER_TENSOR, f"{CLASSIC}+{PER_TENSOR}")

    @property
    def usual_forms(self) -> tuple[str, ...]:
        """The usual one."""
        return ("",)

    def routes(self, framework: str) -> tuple[str, ...]:
        """Torch models are exported, Keras models by Keras' torch back end; ready-made files are taken as they are."""
        return {"torch": ("torch>onnx",), "keras": ("keras>torch>onnx",), self.name: (self.name,)}.get(framework, ())

    def unfit(self, source: Source, technique: str, form: str) -> Refusal | None:
        """Why a technique or form makes no sense for the model."""
        if form.partition("+")[0] != CLASSIC and (refused := torch_kept.unexportable(source)):
            return refused
        if refused := by_torch.unfit(source, technique):
            return refused
        if PER_TENSOR in form and technique.rpartition("+")[2] not in QUANTISING:
            return Refusal("convert", "technique-not-for-format", f"the form {PER_TENSOR} is about {', '.join(QUANTISING)} alone: others have no scales")
        return None

    def convert(self, source: Source, rows: Rows, technique: str, form: str, folder: Path) -> Path:
        """Write ``model.onnx``. Raises Refused: unsupported-operation, converter-error, needs-calibration-data or technique-not-for-…."""
        path = folder / "model.onnx"
        if form not in self.forms:
            raise Refused("technique-not-for-format", f"onnx has no form {form!r}")
        if Path(source.path).suffix == ".onnx":
            if technique != AS_IS:
                raise Refused("technique-not-for-model", f"{Path(source.path).name} is already an onnx file: it is run as it is")
            shutil.copyfile(source.path, path)
        elif technique in TECHNIQUES:
            path.write_bytes(_made(source, rows, technique, form))
        else:
            raise Refused("technique-not-for-format", f"onnx has no technique {technique!r}; its converter knows {', '.join(TECHNIQUES)}")
        return path

    def anatomy(self, path: Path) -> Anatomy:
        """Look inside the file. Raises Refused (engine-cannot-read) when it is not a whole one."""
        inside = anatomy_of(path)
        return msgspec.structs.replace(inside, outputs=seen(path, inside))


def _made(source: Source, rows: Rows, technique: str, form: str) -> bytes:
    """The bytes of a model made with one technique, in one form."""
    if technique in CALIBRATING:
        torch_model.check_calibration(rows, technique)  # before anything is exported

    def ranges() -> Iterator[dict[str, Any]]:
        for row in torch_model.calibration(source, rows, technique):
            yield {each.name: value.numpy() for each, value in zip(source.inputs, row, strict=True)}

    model = exported(source, classic=CLASSIC in form)
    try:
        return bytes(applied(model, technique, ranges, per_channel=PER_TENSOR not in form).SerializeToString(deterministic=True))
    except Refused:
        raise
    except Exception as error:  # the quantiser raises nearly anything
        first = str(error).strip().partition("\n")[0]
        raise Refused("converter-error", f"ONNX Runtime's tools, {technique}: {type(error).__name__}: {first}"[:300]) from error


FORMATS.add(Onnx())

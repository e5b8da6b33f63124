"""TensorFlow Lite: ``.tflite`` files, made after training by TensorFlow's own converter or, of torch models, by LiteRT's."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketbench import torch_kept
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS, Missing, tflite_probe, tflite_torch
from pocketbench.formats.by_torch import RETRAINING
from pocketbench.formats.tflite_conversion import converted
from pocketbench.formats.tflite_forms import FORMS, Form, unfit
from pocketbench.formats.tflite_settings import SETTINGS, calibrates, knows, set_up
from pocketbench.model import Anatomy, Refusal, Rows, Source
from pocketbench.tflite_anatomy import anatomy_of

AFTER_TRAINING = ("float32", "float16", "dynamic_int8", "int8_float_io", "int8", "uint8", "int16x8")
# Each way to retrain, what int8 makes of it, and the controls: trained on as long, and nothing else.
RETRAINED = (
    "extra_epochs", "prune50", "prune80", "prune2x4", "prune80+sparse", "prune2x4+sparse", "cluster16", "cluster32",
    "extra_epochs:2", "prune80+cluster16",
    "extra_epochs+int8", "qat_int8", "prune80+int8", "cluster16+int8",
    "extra_epochs:2+int8", "prune80+qat_int8", "cluster16+qat_int8", "prune80+cluster16+int8",
    "extra_epochs:3+int8", "prune80+cluster16+qat_int8",
)  # fmt: skip


def _has_way_from_torch(technique: str) -> bool:
    """Whether what a technique leaves to the converter is something that those for torch can do."""
    last = technique.rpartition("+")[2].partition(":")[0]
    return last in (*RETRAINING, *tflite_torch.KNOWN)


@dataclass(frozen=True, slots=True)
class Tflite:
    """The adapter. Every artifact takes one row at a time: a batch dimension of 1, with the source's order of inputs and outputs."""

    name: str = "tflite"
    code: tuple[str, ...] = (
        "pocketbench.formats.tflite_conversion", "pocketbench.formats.tflite_forms", "pocketbench.formats.tflite_fused", "pocketbench.formats.tflite_probe",
        "pocketbench.formats.tflite_saved", "pocketbench.formats.tflite_settings", "pocketbench.formats.tflite_torch", "pocketbench.formats.tflite_quantizer",
        "pocketbench.formats.tflite_pt2e", "pocketbench.torch_model", "pocketbench.tflite_anatomy", "pocketbench.tflite_reader", "pocketbench.tflite_sparse",
        "pocketbench.anatomy", "pocketbench.kernels", "pocketbench.torch_kept",
    )  # fmt: skip

    @property
    def steps(self) -> tuple[str, ...]:
        """What the converters can do, and what can be done to a model before."""
        return (*SETTINGS, *RETRAINING)

    def techniques(self, framework: str) -> tuple[str, ...]:
        """What the framework's converter can do after training, what retrains, and the controls of what retrains."""
        every = (*AFTER_TRAINING, *RETRAINED)
        return tuple(filter(_has_way_from_torch, every)) if framework == "torch" else every

    @property
    def forms(self) -> tuple[str, ...]:
        """The usual one, three of TensorFlow's converter (older operations, fused recurrent layers, TensorFlow's own operations), one of torch's tools."""
        return (*FORMS, tflite_torch.PT2E)

    @property
    def usual_forms(self) -> tuple[str, ...]:
        """The usual one."""
        return ("",)

    def routes(self, framework: str) -> tuple[str, ...]:
        """Keras and torch models are converted, ready-made files are taken as they are."""
        return {"keras": ("keras>tf>tflite",), "torch": ("torch>litert-torch>tflite",), "tflite": ("tflite",)}.get(framework, ())

    def toolchain(self, framework: str) -> str:
        """TensorFlow's, but for torch models."""
        return "torch" if framework == "torch" else "tensorflow"

    def packages(self, framework: str) -> tuple[str, ...]:
        """TensorFlow, whose converter it is, and Keras; for torch models, LiteRT's converter and the tools that quantise."""
        return tflite_torch.PACKAGES if framework == "torch" else ("tensorflow", "keras")

    def convert(self, source: Source, rows: Rows, technique: str, form: str, folder: Path) -> Path:
        """Write ``model.tflite``. Raises Refused: unsupported-operation, converter-error, needs-calibration-data, shape-mismatch or technique-not-for-…."""
        path = folder / "model.tflite"
        if form not in self.forms:
            raise Refused("technique-not-for-format", f"tflite has no form {form!r}")
        if Path(source.path).suffix == ".tflite":
            if technique != "as_is":
                raise Refused("technique-not-for-model", f"{Path(source.path).name} is already a tflite file: it is run as it is")
            shutil.copyfile(source.path, path)
        elif source.framework == "torch":
            tflite_torch.write(source, rows, technique, form, path)
        elif knows(technique):
            _write(source, rows, technique, form, path)
        else:
            raise Refused("technique-not-for-format", f"tflite has no technique {technique!r}; its converter knows {', '.join(SETTINGS)}")
        return path

    def anatomy(self, path: Path) -> Anatomy:
        """Look inside the file. Raises Refused (engine-cannot-read) when it is not a whole one."""
        return anatomy_of(path)

    def everyday(self, source: Source) -> bool:
        """Whether the model is made of operations that TensorFlow Lite always has; of a torch model only converting shows it."""
        return source.framework == "torch" or Path(source.path).suffix == ".tflite" or tflite_probe.everyday(source)

    def missing(self, source: Source) -> Missing:
        """Name the operations that TensorFlow Lite does not have."""
        return tflite_probe.missing(source)

    def unfit(self, source: Source, technique: str, form: str) -> Refusal | None:
        """Why the form or the technique makes no sense for this model."""
        if source.framework == "torch":
            return torch_kept.unexportable(source) or tflite_torch.unfit(technique, form)
        return unfit(form, source, technique)

    def refusal(self, missing: Missing, form: str) -> Refusal | None:
        """Why a model with such operations has no file of this form."""
        return tflite_probe.refusal(missing, form)


def _write(source: Source, rows: Rows, technique: str, form: str, path: Path) -> None:
    """Convert with one technique, in one form."""
    if calibrates(technique) and rows.calibration == 0:
        raise Refused("needs-calibration-data", f"{technique} calibrates, and no rows are set aside for it", hint="give data = { calibration = 200, … }")
    chosen = Form(form, source, technique)

    def all_set_up(converter: Any, representative: Callable[[], Any]) -> None:
        set_up(converter, technique, representative)
        chosen.set_up(converter)

    path.write_bytes(converted(source, rows, all_set_up, chosen.change))
    chosen.check(path)


FORMATS.add(Tflite())

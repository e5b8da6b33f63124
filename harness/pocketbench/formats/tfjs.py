"""TensorFlow.js: a folder with ``model.json`` and the weights in shards, made by TensorFlow's own converter.

    ""        a graph model: the operations of the model's graph, folded and fused
    layers    a layers model: Keras' layers by their names, as tfjs has them itself

Keras models and SavedModels become graphs by TensorFlow, torch models by way of ONNX.
"""

from dataclasses import dataclass
from pathlib import Path

from pocketbench import tfjs_anatomy
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS, by_torch, tfjs_graphs, tfjs_onnx, tfjs_rebuilt
from pocketbench.formats.tfjs_folder import KEPT_AS, copied
from pocketbench.model import Anatomy, Refusal, Rows, Source

AFTER_TRAINING = tuple(KEPT_AS)
# What 8-bit weights make of retrained models, with their controls.
RETRAINED_UINT8 = ("extra_epochs", "prune80", "cluster16", "extra_epochs:2", "prune80+cluster16")
AS_IS = "as_is"
LAYERS = "layers"
FOLDER = "model"


@dataclass(frozen=True, slots=True)
class Tfjs:
    """The adapter. Graph models take one row at a time, layers models any number; inputs and outputs come in the source's order."""

    name: str = "tfjs"
    code: tuple[str, ...] = (
        "pocketbench.formats.tfjs_graphs", "pocketbench.formats.tfjs_onnx", "pocketbench.formats.tfjs_rebuilt", "pocketbench.formats.tfjs_folder",
        "pocketbench.formats.tfjs_mended", "pocketbench.formats.tfjs_unfused", "pocketbench.formats.tfjs_refusal", "pocketbench.formats.tflite_saved",
        "pocketbench.keras_legacy", "pocketbench.tfjs_anatomy", "pocketbench.tfjs_graph", "pocketbench.tfjs_layers", "pocketbench.tfjs_operations",
        "pocketbench.tfjs_reader", "pocketbench.tfjs_shards", "pocketbench.anatomy", "pocketbench.kernels",
    )  # fmt: skip

    def toolchain(self, framework: str) -> str:
        """TensorFlow.js' converter in its environment; torch models come as ONNX, which needs torch's lanes before."""
        return {"torch": "tfjs-onnx", self.name: "plain"}.get(framework, "tfjs")

    def packages(self, framework: str) -> tuple[str, ...]:
        """The converter, and what makes graphs for it."""
        if framework == self.name:
            return ()
        return ("tensorflowjs", "tensorflow", "tf-keras", *(("onnx2tf", "onnx", "onnxsim") if framework == "torch" else ("keras",)))

    def made_of(self, framework: str) -> str:
        """Torch models are converted to ONNX before."""
        return "onnx" if framework == "torch" else ""

    @property
    def steps(self) -> tuple[str, ...]:
        """How weights may be kept, and what can be done to a model before."""
        return (*AFTER_TRAINING, *by_torch.RETRAINING)

    def techniques(self, framework: str) -> tuple[str, ...]:  # noqa: ARG002 - the same for all
        """How weights may be kept, what retrains, and the controls of what retrains."""
        return (*AFTER_TRAINING, *by_torch.RETRAINED, *(f"{each}+weights_uint8" for each in RETRAINED_UINT8))

    @property
    def forms(self) -> tuple[str, ...]:
        """A graph, and Keras' layers."""
        return ("", LAYERS)

    @property
    def usual_forms(self) -> tuple[str, ...]:
        """A graph: every source has one."""
        return ("",)

    def routes(self, framework: str) -> tuple[str, ...]:
        """By TensorFlow, whatever comes before; ready-made files are taken as they are."""
        return {"keras": ("keras>tf>tfjs",), "torch": ("torch>onnx>tf>tfjs",), self.name: (self.name,)}.get(framework, ())

    def unfit(self, source: Source, technique: str, form: str) -> Refusal | None:  # noqa: ARG002
        """Why a model has no such form."""
        return tfjs_rebuilt.unfit(source) if form == LAYERS else tfjs_graphs.unfit(source)

    def convert(self, source: Source, rows: Rows, technique: str, form: str, folder: Path) -> Path:  # noqa: ARG002 - nothing calibrates
        """Write the folder ``model``. Raises Refused: unsupported-operation, converter-error, known-limit, shape-mismatch or technique-not-for-…."""
        place = folder / FOLDER
        if form not in self.forms:
            raise Refused("technique-not-for-format", f"tfjs has no form {form!r}")
        if source.framework == self.name:
            if technique != AS_IS:
                raise Refused("technique-not-for-model", f"{Path(source.path).name} is already a tfjs model: it is run as it is")
            copied(Path(source.path), place)
        elif technique not in KEPT_AS:
            raise Refused("technique-not-for-format", f"tfjs has no technique {technique!r}; its converter knows {', '.join(KEPT_AS)}")
        elif form == LAYERS:
            tfjs_rebuilt.write(source, technique, place)
        else:
            tfjs_graphs.write(source, technique, place, keep=tfjs_onnx.keep if source.framework == "torch" else tfjs_graphs.keep)
        return place

    def anatomy(self, path: Path) -> Anatomy:
        """Look inside the folder. Raises Refused (engine-cannot-read) when it is not a whole one."""
        return tfjs_anatomy.anatomy_of(path)


FORMATS.add(Tfjs())

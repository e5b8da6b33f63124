"""Graph models: a source written as a SavedModel that takes one row, and that converted by TensorFlow.js' own converter."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pocketbench.errors import Refused
from pocketbench.formats import tfjs_mended, tflite_saved
from pocketbench.formats.tfjs_folder import KEPT_AS, SHARD_BYTES, read, settle_graph
from pocketbench.formats.tfjs_refusal import refusal
from pocketbench.formats.tfjs_unfused import unfuse
from pocketbench.model import Refusal, Source, Tensor

# Writes a source as a SavedModel that takes such inputs and gives ``output_<place>`` for each output.
Keep = Callable[[Source, Sequence[Tensor], str], None]


def unfit(source: Source) -> Refusal | None:
    """Why a model can be no graph; None when it may."""
    if source.stateful:
        message = "the model remembers from row to row, and a graph of TensorFlow.js has no variables that change: freezing makes constants of them"
        return Refusal("convert", "technique-not-for-model", message, "the form layers has recurrent layers that remember")
    return None


def keep(source: Source, inputs: Sequence[Tensor], folder: str) -> None:
    """Write a Keras model as TensorFlow.js can run it, or a SavedModel again."""
    tflite_saved.keep(source, inputs, folder, tfjs_mended.rewrite)


def write(source: Source, technique: str, place: Path, *, keep: Keep) -> None:
    """Convert a source. Raises Refused: unsupported-operation, converter-error, shape-mismatch, or what ``keep`` raises."""
    if refused := unfit(source):
        raise Refused(refused.reason, refused.message, hint=refused.hint)
    inputs = tflite_saved.one_row(source.inputs)
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as converter

    with tempfile.TemporaryDirectory(prefix="pocketbench-") as name:
        try:
            keep(source, inputs, name)
            tfjs_mended.mend(name)
            converter.convert_tf_saved_model(
                name, str(place), quantization_dtype_map=KEPT_AS[technique], weight_shard_size_bytes=SHARD_BYTES, control_flow_v2=True
            )
        except Refused:
            raise
        except Exception as error:  # converters raise nearly anything
            raise refusal(error) from error
    said = read(place)
    tfjs_mended.check_loops(said["modelTopology"])
    unfuse(said)
    settle_graph(place, said, {each.name: f"{plain.name}:0" for each, plain in zip(source.inputs, inputs, strict=True)}, _outputs(source))


def _outputs(source: Source) -> dict[str, str]:
    """The graph's tensor of each output, by name: TensorFlow numbers them in the sorted order of ``output_<place>``."""
    numbers = {place: number for number, place in enumerate(sorted(range(len(source.outputs)), key=lambda place: f"output_{place}"))}
    return {each.name: f"Identity_{numbers[place]}:0" if numbers[place] else "Identity:0" for place, each in enumerate(source.outputs)}

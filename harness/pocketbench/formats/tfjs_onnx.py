"""From ONNX to TensorFlow, by onnx2tf: a graph that takes and gives what the ONNX model does, in its layout, and computes the same.

onnx2tf turns images to channels last wherever it can. Inputs are told to stay as they are; outputs that were turned are turned back,
which is seen by what they hold: made-up rows go through ONNX Runtime and through the graph.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import Refused
from pocketbench.formats.tfjs_refusal import gave_up
from pocketbench.model import Source, Tensor

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# Of the largest number: two orders of the same float32 sums, through a whole model.
SAME = 1e-3


@dataclass(frozen=True, slots=True)
class Turned:
    """How an output of the graph is turned to be the ONNX model's: the order of its axes, None for as it is."""

    axes: tuple[int, ...] | None


def keep(source: Source, inputs: Sequence[Tensor], folder: str) -> None:
    """Write the ONNX model of a source as a SavedModel. Raises Refused: unsupported-operation or converter-error."""
    import onnx
    import tensorflow as tf

    model = onnx.load(source.path)
    graph = _converted(_simplified(model))
    row = _made_up(inputs)
    turned = _turned(_answers(graph, row), _wanted(source, row))

    def one_row(*given: Any) -> dict[str, Any]:
        answers = zip(_answers(graph, given), turned, strict=True)
        return {f"output_{place}": each if how.axes is None else tf.transpose(each, how.axes) for place, (each, how) in enumerate(answers)}

    module = tf.Module()
    module.whole = graph
    module.serve = tf.function(one_row, input_signature=[tf.TensorSpec(each.shape, each.dtype, name=each.name) for each in inputs])
    module.held = list(module.serve.get_concrete_function().graph.variables)  # some are in no layer, and none may be lost
    tf.saved_model.save(module, folder, signatures=module.serve)


def _simplified(model: Any) -> Any:
    """The model with its shapes computed beforehand, where the simplifier can; it may give up on what is right."""
    import onnxsim

    with contextlib.suppress(Exception):
        simpler, same = onnxsim.simplify(model)
        return simpler if same else model
    return model


def _converted(model: Any) -> Any:
    """Convert to a tf_keras model, its inputs in the ONNX model's layout. Raises Refused."""
    import onnx
    import onnx2tf
    import tf_keras

    tf_keras.backend.clear_session()  # what is made gets the same names whatever was converted before
    names = [each.name for each in model.graph.input]
    with tempfile.TemporaryDirectory(prefix="pocketbench-") as folder, _heard() as said:
        onnx.save(model, Path(folder) / "model.onnx")  # it writes over what it reads
        try:
            return onnx2tf.convert(
                input_onnx_file_path=f"{folder}/model.onnx", output_folder_path=f"{folder}/made", keep_shape_absolutely_input_names=names,
                enable_rnn_unroll=True, disable_group_convolution=True, not_use_onnxsim=True, disable_model_save=True, verbosity="error",
            )  # fmt: skip
        except (Exception, SystemExit) as error:  # it leaves by either
            raise gave_up(error, said()) from error


@contextlib.contextmanager
def _heard() -> Iterator[Callable[[], str]]:
    """Listen to what is printed, which goes to the log all the same."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        yield printed.getvalue
    print(printed.getvalue())  # noqa: T201 - a worker's output is its log


def _answers(graph: Any, given: Sequence[Any]) -> list[Any]:
    """Call a tf_keras model."""
    found = graph(list(given) if len(given) > 1 else given[0], training=False)
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _wanted(source: Source, row: "Sequence[Array]") -> "list[Array]":
    """What the ONNX model gives for a row."""
    import onnxruntime

    session = onnxruntime.InferenceSession(source.path, providers=["CPUExecutionProvider"])
    return list(session.run(None, {each.name: value for each, value in zip(session.get_inputs(), row, strict=True)}))


def _made_up(inputs: Sequence[Tensor]) -> "list[Array]":
    """A row of seeded random numbers for each input; zeros and ones where it takes integers."""
    import numpy as np

    generator = np.random.default_rng(0)
    return [(generator.standard_normal(each.shape) if "float" in each.dtype else generator.integers(0, 2, each.shape)).astype(each.dtype) for each in inputs]


def _turned(found: "Sequence[Any]", wanted: "Sequence[Array]") -> list[Turned]:
    """How each output is turned. Raises Refused where one is not the ONNX model's in any way."""
    import numpy as np

    if len(found) != len(wanted):
        raise Refused("converter-error", f"onnx2tf made {len(found)} outputs of {len(wanted)}")
    return [_one_turned(np.asarray(one), other, place) for place, (one, other) in enumerate(zip(found, wanted, strict=True))]


def _one_turned(found: "Array", wanted: "Array", place: int) -> Turned:
    """As it is, or with the channels first again."""
    rank = found.ndim
    ways = [None, (0, rank - 1, *range(1, rank - 1))] if rank > 2 else [None]
    apart = [_apart(found if axes is None else found.transpose(axes), wanted) for axes in ways]
    best = min(range(len(ways)), key=lambda way: apart[way])
    if apart[best] > SAME:
        raise Refused("converter-error", f"what onnx2tf made is another model: output {place} is off by {apart[best]:.3g} of its largest number"[:300])
    return Turned(ways[best])


def _apart(found: "Array", wanted: "Array") -> float:
    """The largest difference as a share of the largest number; infinite where the shapes differ, or where only one is no number."""
    import numpy as np

    if found.shape != wanted.shape:
        return float("inf")
    finite = np.isfinite(wanted)
    if (np.isfinite(found) != finite).any():
        return float("inf")
    difference = np.abs(found[finite].astype(np.float64) - wanted[finite].astype(np.float64))
    return float(difference.max(initial=0.0)) / max(float(np.abs(wanted[finite]).max(initial=0.0)), 1.0)

"""TensorFlow Lite: ``.tflite`` files, made after training by TensorFlow's own converter."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import Refused
from pocketbench.formats import FORMATS
from pocketbench.formats.tflite_refusal import refusal
from pocketbench.model import Anatomy, Rows, Source, Tensor
from pocketbench.tflite_anatomy import anatomy_of
from pocketbench.tflite_reader import read

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SPARSE = "sparse"
OLD_OPS = "old_ops"
# The one technique with older versions to choose: its dense layers are FULLY_CONNECTED version 12 with a scale a channel, version 9 with one
# scale. Those that calibrate write version 4 for either (seen with TensorFlow 2.21).
WITH_OLDER = "dynamic_int8"
AFTER_TRAINING = ("float32", "float16", "dynamic_int8", "int8_float_io", "int8", "uint8", "int16x8")
RETRAINING = ("prune50", "prune80", "prune2x4", "cluster16", "cluster32", "extra_epochs")
# Each way to retrain, what int8 makes of it, and the controls: trained on as long, and nothing else.
RETRAINED = (
    "extra_epochs", "prune50", "prune80", "prune2x4", "prune80+sparse", "prune2x4+sparse", "cluster16", "cluster32",
    "extra_epochs:2", "prune80+cluster16",
    "extra_epochs+int8", "qat_int8", "prune80+int8", "cluster16+int8",
    "extra_epochs:2+int8", "prune80+qat_int8", "cluster16+qat_int8", "prune80+cluster16+int8",
    "extra_epochs:3+int8", "prune80+cluster16+qat_int8",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tflite:
    """The adapter. Every artifact takes one row at a time: a batch dimension of 1, with the source's order of inputs and outputs."""

    name: str = "tflite"
    toolchain: str = "tensorflow"
    packages: tuple[str, ...] = ("tensorflow", "keras")
    code: tuple[str, ...] = (
        "pocketbench.tflite_anatomy", "pocketbench.tflite_reader", "pocketbench.tflite_sparse", "pocketbench.anatomy", "pocketbench.kernels",
    )  # fmt: skip

    @property
    def steps(self) -> tuple[str, ...]:
        """What the converter can do, and what can be done to a Keras model before."""
        return (*_SETTINGS, *RETRAINING, SPARSE)

    @property
    def techniques(self) -> tuple[str, ...]:
        """What the converter can do after training, what retrains, and the controls of what retrains."""
        return (*AFTER_TRAINING, *RETRAINED)

    @property
    def forms(self) -> tuple[str, ...]:
        """The usual one, and older versions of operations for older runtimes."""
        return ("", OLD_OPS)

    @property
    def usual_forms(self) -> tuple[str, ...]:
        """The usual one."""
        return ("",)

    def routes(self, framework: str) -> tuple[str, ...]:
        """Keras models are converted, ready-made files are taken as they are."""
        return {"keras": ("keras>tf>tflite",), "tflite": ("tflite",)}.get(framework, ())

    def convert(self, source: Source, rows: Rows, technique: str, form: str, folder: Path) -> Path:
        """Write ``model.tflite``. Raises Refused: unsupported-operation, converter-error, needs-calibration-data, shape-mismatch or technique-not-for-…."""
        path = folder / "model.tflite"
        if form not in self.forms:
            raise Refused("technique-not-for-format", f"tflite has no form {form!r}")
        if Path(source.path).suffix == ".tflite":
            if technique != "as_is":
                raise Refused("technique-not-for-model", f"{Path(source.path).name} is already a tflite file: it is run as it is")
            shutil.copyfile(source.path, path)
        elif technique.removesuffix(f"+{SPARSE}") in (*_SETTINGS, SPARSE):
            path.write_bytes(_converted(source, rows, technique, form))
            _check_older(path, form)
        else:
            raise Refused("technique-not-for-format", f"tflite has no technique {technique!r}; its converter knows {', '.join(_SETTINGS)}")
        return path

    def anatomy(self, path: Path) -> Anatomy:
        """Look inside the file. Raises Refused (engine-cannot-read) when it is not a whole one."""
        return anatomy_of(path)


def _float32(converter: Any, _: Callable[[], Any]) -> None:
    """Change nothing."""
    del converter


def _float16(converter: Any, _: Callable[[], Any]) -> None:
    """Store weights as float16; the file turns them back into float32 when it is loaded."""
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def _dynamic_int8(converter: Any, _: Callable[[], Any]) -> None:
    """Quantise the weights of tensors with 1,024 elements or more; smaller ones stay as they are."""
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def _int8_float_io(converter: Any, representative: Callable[[], Any]) -> None:
    """Quantise what can be, keep the rest in floats, and keep float inputs and outputs."""
    _dynamic_int8(converter, representative)
    converter.representative_dataset = representative


def _int8(converter: Any, representative: Callable[[], Any]) -> None:
    """Quantise everything, inputs and outputs too; an operation without an integer kernel is an error."""
    import tensorflow as tf

    _whole_integer(converter, representative, tf.int8)


def _uint8(converter: Any, representative: Callable[[], Any]) -> None:
    """As int8, with unsigned inputs and outputs; inside it is signed."""
    import tensorflow as tf

    _whole_integer(converter, representative, tf.uint8)


def _qat_int8(converter: Any, _: Callable[[], Any]) -> None:
    """Quantise everything by the ranges that training left in the graph."""
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8


def _sparse(converter: Any, _: Callable[[], Any]) -> None:
    """Leave zeros out of the weights that have enough of them, beside what else was set."""
    import tensorflow as tf

    converter.optimizations = [*converter.optimizations, tf.lite.Optimize.EXPERIMENTAL_SPARSITY]


def _int16x8(converter: Any, representative: Callable[[], Any]) -> None:
    """Quantise weights to 8 bits and activations to 16, where every operation must have such a kernel.

    Inputs and outputs stay floats: runtimes read int16 inputs unevenly, and the conversion costs nothing beside these kernels.
    """
    import tensorflow as tf

    _int8_float_io(converter, representative)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]


def _whole_integer(converter: Any, representative: Callable[[], Any], dtype: Any) -> None:
    """Allow integer kernels only, behind inputs and outputs of one dtype."""
    import tensorflow as tf

    _int8_float_io(converter, representative)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = dtype


_SETTINGS: Mapping[str, Callable[[Any, Callable[[], Any]], None]] = {
    "float32": _float32,
    "float16": _float16,
    "dynamic_int8": _dynamic_int8,
    "int8_float_io": _int8_float_io,
    "int8": _int8,
    "uint8": _uint8,
    "int16x8": _int16x8,
    "qat_int8": _qat_int8,
}
_CALIBRATING = ("int8_float_io", "int8", "uint8", "int16x8")


def _converted(source: Source, rows: Rows, technique: str, form: str) -> bytes:
    """Convert with one technique, in one form."""
    if form == OLD_OPS and technique != WITH_OLDER:
        raise Refused("technique-not-for-format", f"{technique} is written in the same versions of operations in the form {OLD_OPS} as in the usual one")
    if technique.removesuffix(f"+{SPARSE}") in _CALIBRATING and rows.calibration == 0:
        raise Refused("needs-calibration-data", f"{technique} calibrates, and no rows are set aside for it", hint="give data = { calibration = 200, … }")
    inputs = _one_row(source.inputs)
    import tensorflow as tf

    with tempfile.TemporaryDirectory(prefix="pocketbench-") as name:
        try:
            (_keep_saved_model if Path(source.path).is_dir() else _keep_keras)(source, inputs, name)
            converter = tf.lite.TFLiteConverter.from_saved_model(name)
            for step in technique.split("+"):
                {**_SETTINGS, SPARSE: _sparse}[step](converter, lambda: _representative(inputs, rows))
            converter._experimental_disable_per_channel_quantization_for_dense_layers = form == OLD_OPS  # noqa: SLF001 - there is no public way
            content = bytearray(converter.convert())
        except Exception as error:  # converters raise nearly anything
            raise refusal(error) from error
    return _in_order(content, [tensor.name for tensor in inputs], len(source.outputs))


def _check_older(path: Path, form: str) -> None:
    """See that the form older operations was asked for in made a difference. Raises Refused where the model has no operation that it is about."""
    if form != OLD_OPS:
        return
    operations = [operation for graph in read(path).graphs for operation in graph.operations]
    if not any(operation.name == "FULLY_CONNECTED" and operation.version > 1 for operation in operations):
        message = f"no dense layer of this model is large enough to be quantised, so its usual form has the same versions of operations as {OLD_OPS}"
        raise Refused("technique-not-for-model", message)


def _one_row(inputs: Sequence[Tensor]) -> list[Tensor]:
    """The inputs with a batch of 1, under names that TensorFlow takes. Raises Refused where another batch is built in."""
    for tensor in inputs:
        if tensor.shape[:1] not in ((-1,), (1,)):
            message = f"input {tensor.name} has the shape {tensor.shape}, whose first dimension is no batch of one row"
            raise Refused("shape-mismatch", message, hint="build the model with a batch dimension of None")
    plain = [tensor.name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", tensor.name) else f"input_{index}" for index, tensor in enumerate(inputs)]
    names = plain if len(set(plain)) == len(plain) else [f"input_{index}" for index in range(len(inputs))]
    return [Tensor(name, (1, *tensor.shape[1:]), tensor.dtype) for name, tensor in zip(names, inputs, strict=True)]


def _keep_keras(source: Source, inputs: Sequence[Tensor], folder: str) -> None:
    """Write a Keras model as a SavedModel that takes one row.

    TFLiteConverter.from_keras_model does the same inside, but with a free batch dimension, and when it fails it goes on
    by another way. The export archive tracks the model, so its weights go with it.
    """
    import keras

    keras.utils.clear_session()  # layers get the same names whatever was converted before
    model = keras.saving.load_model(source.path, compile=False, safe_mode=True)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", lambda *row: _outputs(keras.tree.flatten(_called(model, row))), _specs(inputs))
    archive.write_out(folder, verbose=False)


def _called(model: Any, row: Sequence[Any]) -> Any:
    """Call a Keras model with its inputs in the order of ``model.inputs``, put together the way it was built."""
    import keras

    if len(row) == 1:
        return model(row[0], training=False)
    structure = getattr(model, "input", None)
    return model(list(row) if structure is None else keras.tree.pack_sequence_as(structure, list(row)), training=False)


def _keep_saved_model(source: Source, inputs: Sequence[Tensor], folder: str) -> None:
    """Write a SavedModel again, taking one row. Its default signature is called by the names of the source's inputs."""
    import tensorflow as tf

    module = tf.Module()
    module.whole = tf.saved_model.load(source.path)
    serve = module.whole.signatures["serving_default"]
    names = [tensor.name for tensor in source.inputs]

    def one_row(*row: Any) -> dict[str, Any]:
        answers = serve(**dict(zip(names, row, strict=True)))
        return _outputs([answers[tensor.name] for tensor in source.outputs])

    module.serve = tf.function(one_row, input_signature=_specs(inputs))
    tf.saved_model.save(module, folder, signatures=module.serve)


def _specs(inputs: Sequence[Tensor]) -> list[Any]:
    """What TensorFlow calls such inputs."""
    import tensorflow as tf

    return [tf.TensorSpec([None if size < 0 else size for size in tensor.shape], tensor.dtype, name=tensor.name) for tensor in inputs]


def _outputs(answers: Sequence[Any]) -> dict[str, Any]:
    """Name outputs by their place."""
    return {f"output_{index}": answer for index, answer in enumerate(answers)}


def _representative(inputs: Sequence[Tensor], rows: Rows) -> Iterator[dict[str, "Array"]]:
    """The calibration rows one by one, by the names of the inputs: the converter keeps no order of them."""
    import numpy as np

    arrays = [np.load(Path(rows.folder) / f"calibration-x{index}.npy", mmap_mode="r", allow_pickle=False) for index in range(len(inputs))]
    for row in zip(*arrays, strict=True):
        yield {tensor.name: np.asarray(value, tensor.dtype)[np.newaxis] for tensor, value in zip(inputs, row, strict=True)}


def _in_order(content: bytearray, inputs: Sequence[str], outputs: int) -> bytes:
    """Put the file's lists of inputs and outputs into the source's order; the converter has an order of its own.

    Both are lists of numbers inside the file, so its length and everything else stay the same.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.Model.GetRootAsModel(content, 0)
    signature, graph = model.SignatureDefs(0), model.Subgraphs(0)
    given = {item.Name().decode(): item.TensorIndex() for item in map(signature.Inputs, range(signature.InputsLength()))}
    taken = {item.Name().decode(): item.TensorIndex() for item in map(signature.Outputs, range(signature.OutputsLength()))}
    _put(graph.InputsAsNumpy(), [given[name] for name in inputs])
    _put(graph.OutputsAsNumpy(), [taken[f"output_{index}"] for index in range(outputs)])
    return bytes(content)


def _put(place: "Array", order: Sequence[int]) -> None:
    """Write an order over a list of the file's. Raises Refused when the file does not have just these tensors."""
    if sorted(place.tolist()) != sorted(order):
        raise Refused("converter-error", f"the converter kept {len(place)} of {len(order)} inputs or outputs", hint="the model has inputs it does not use")
    place[:] = order


FORMATS.add(Tflite())

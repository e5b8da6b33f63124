"""Models written as SavedModels that take one row, which is what TensorFlow's converter is given, and the order of what it makes of them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.errors import Refused
from pocketbench.model import Rows, Source, Tensor
from pocketbench.tensors import argument_names

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def one_row(inputs: Sequence[Tensor]) -> list[Tensor]:
    """The inputs with a batch of 1, under names that TensorFlow takes. Raises Refused where another batch is built in."""
    for tensor in inputs:
        if tensor.shape[:1] not in ((-1,), (1,)):
            message = f"input {tensor.name} has the shape {tensor.shape}, whose first dimension is no batch of one row"
            raise Refused("shape-mismatch", message, hint="build the model with a batch dimension of None")
    return [Tensor(name, (1, *tensor.shape[1:]), tensor.dtype) for name, tensor in zip(argument_names(inputs), inputs, strict=True)]


def keep(source: Source, inputs: Sequence[Tensor], folder: str, change: Callable[[Any], None] | None = None) -> None:
    """Write a source as a SavedModel that takes one row. ``change`` is done to a Keras model before; a source that is a SavedModel is no such."""
    if Path(source.path).is_dir():
        _keep_saved_model(source, inputs, folder)
    else:
        _keep_keras(source, inputs, folder, change or _nothing)


def _nothing(model: Any) -> None:
    """Leave a model as it is."""
    del model


def _keep_keras(source: Source, inputs: Sequence[Tensor], folder: str, change: Callable[[Any], None]) -> None:
    """Write a Keras model as a SavedModel.

    TFLiteConverter.from_keras_model does the same inside, but with a free batch dimension, and when it fails it goes on
    by another way. The export archive tracks the model, so its weights go with it.
    """
    import keras

    keras.utils.clear_session()  # layers get the same names whatever was converted before
    model = keras.saving.load_model(source.path, compile=False, safe_mode=True)
    change(model)
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
    taken = serve.structured_input_signature[1]
    names = [tensor.name if tensor.name in taken else plain for tensor, plain in zip(source.inputs, argument_names(source.inputs), strict=True)]

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


def representative(inputs: Sequence[Tensor], rows: Rows) -> Iterator[dict[str, "Array"]]:
    """The calibration rows one by one, by the names of the inputs: the converter keeps no order of them."""
    import numpy as np

    arrays = [np.load(Path(rows.folder) / f"calibration-x{index}.npy", mmap_mode="r", allow_pickle=False) for index in range(len(inputs))]
    for row in zip(*arrays, strict=True):
        yield {tensor.name: np.asarray(value, tensor.dtype)[np.newaxis] for tensor, value in zip(inputs, row, strict=True)}


def in_order(content: bytearray, inputs: Sequence[str], outputs: int) -> bytes:
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

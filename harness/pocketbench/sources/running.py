"""Sources run over rows: the numbers that every artifact is held against."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import tensors
from pocketbench.errors import SourceError
from pocketbench.model import Source

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

BATCH = 32


def outputs(source: Source, inputs: Sequence["Array"]) -> list["Array"]:
    """Return one float32 array of shape (rows, …) an output, in the source's order. Raises SourceError when it does not run."""
    import numpy as np

    path = Path(source.path)
    run = _keras if path.suffix == ".keras" else _tflite if path.suffix == ".tflite" else _saved_model
    try:
        arrays = run(source, inputs)
    except SourceError:
        raise
    except Exception as error:  # a model's own operations may raise anything
        first = str(error).strip().partition("\n")[0]
        raise SourceError(f"the model does not run over the scoring rows: {type(error).__name__}: {first}", hint="check that the rows suit it") from error
    return [np.asarray(array, np.float32) for array in arrays]


def _keras(source: Source, inputs: Sequence["Array"]) -> list["Array"]:
    """Run ``model.keras``; layers that remember forget before each row."""
    import keras
    import numpy as np

    from pocketbench.sources import structure

    model = keras.saving.load_model(source.path, compile=False)
    if not source.stateful:
        return list(keras.tree.flatten(model.predict(structure.packed(model, inputs), batch_size=_batch(source), verbose=0)))
    rows = []
    for row in range(len(inputs[0])):
        for layer in structure.stateful_layers(model):
            layer.reset_state()
        rows.append(keras.tree.flatten(model.predict_on_batch(structure.packed(model, [array[row : row + 1] for array in inputs]))))
    return [np.concatenate(column) for column in zip(*rows, strict=True)]


def _saved_model(source: Source, inputs: Sequence["Array"]) -> list["Array"]:
    """Run a SavedModel's signature, batch by batch."""
    import numpy as np
    import tensorflow as tf

    from pocketbench.sources.saved_model import load, signature_of

    loaded = load(Path(source.path), source.path)
    signature, size, batches = signature_of(loaded, source.path), _batch(source), []
    for start in range(0, len(inputs[0]), size):
        given = {each.name: tf.constant(array[start : start + size], each.dtype) for each, array in zip(source.inputs, inputs, strict=True)}
        answer = signature(**given)
        batches.append([answer[each.name].numpy() for each in source.outputs])
    return [np.concatenate(column) for column in zip(*batches, strict=True)]


def _tflite(source: Source, inputs: Sequence["Array"]) -> list["Array"]:
    """Run a ``.tflite`` file row by row; what it remembers is reset before each."""
    import numpy as np

    from pocketbench.sources.tflite_file import interpreter

    ready = interpreter(Path(source.path), source.path)
    takes, gives = ready.get_input_details(), ready.get_output_details()
    stored = [tensors.stored(array, each) for each, array in zip(source.inputs, inputs, strict=True)]
    rows = []
    for row in range(len(inputs[0])):
        if source.stateful:
            ready.reset_all_variables()
        for detail, array in zip(takes, stored, strict=True):
            ready.set_tensor(detail["index"], array[row : row + 1])
        ready.invoke()
        rows.append([tensors.real(ready.get_tensor(detail["index"]), each) for detail, each in zip(gives, source.outputs, strict=True)])
    return [np.concatenate(column) for column in zip(*rows, strict=True)]


def _batch(source: Source) -> int:
    """How many rows are run at once: 1 where the model takes no more, or keeps a state."""
    return 1 if source.stateful or any(each.shape[0] == 1 for each in source.inputs) else BATCH

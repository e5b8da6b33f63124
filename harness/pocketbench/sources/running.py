"""Sources run over rows: the numbers that every artifact is held against."""

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import onnx_versions, tensors, tfjs_node, tfjs_operations, tfjs_reader, tflite_versions, torch_kept
from pocketbench.errors import Refused, SourceError
from pocketbench.model import Source

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    # From a batch of each input to what each output says of it.
    Run = Callable[[list[Array]], list[Array]]

BATCH = 32
# So many rows show whether rows may be run together.
FEW = 4


def outputs(source: Source, inputs: Sequence["Array"]) -> list["Array"]:
    """Return one float32 array of shape (rows, …) an output, in the source's order; none where nothing here can run it.

    A row's outputs are what a file that takes one row gives: an output without a batch dimension has its whole shape for each
    row. Raises SourceError when the model does not run.
    """
    import numpy as np

    if _nothing_runs(source):
        return []
    if source.framework == "tfjs":
        return _tfjs(source, inputs)
    try:
        run = _run_of(source)
        arrays = _in_batches(run, inputs) if _takes_batches(source) else None
        arrays = arrays or _row_by_row(run, inputs)
    except SourceError:
        raise
    except Exception as error:  # a model's own operations may raise anything
        first = str(error).strip().partition("\n")[0]
        raise SourceError(f"the model does not run over the scoring rows: {type(error).__name__}: {first}", hint="check that the rows suit it") from error
    return [np.asarray(array, np.float32) for array in arrays]


def _nothing_runs(source: Source) -> bool:
    """Whether a ready-made file has operations that its runtime does not know."""
    kind = Path(source.path).suffix
    if kind == ".onnx":
        return any(onnx_versions.unknown(source.operations))
    if source.framework == "tfjs":
        return tfjs_operations.refusal(source.operations, tfjs_reader.read(Path(source.path)).kind, "cpu") is not None
    return kind == ".tflite" and bool(tflite_versions.unknown(source.operations, "litert"))


def _run_of(source: Source) -> "Run":
    """What runs a source, by what it is kept as."""
    if torch_kept.is_kept(source):
        return _torch(source)
    return {".keras": _keras, ".tflite": _tflite, ".onnx": _onnx}.get(Path(source.path).suffix, _saved_model)(source)


def _takes_batches(source: Source) -> bool:
    """Whether several rows may be run at once: every first dimension is free, and nothing is remembered."""
    one_row = Path(source.path).suffix in (".tflite", ".onnx") or (
        torch_kept.is_kept(source) and not torch_kept.has_eager(source)
    )  # a program is of fixed shapes
    return not one_row and not source.stateful and all(each.shape[:1] == (-1,) for each in (*source.inputs, *source.outputs))


def _in_batches(run: "Run", inputs: Sequence["Array"]) -> "list[Array] | None":
    """Run many rows at once; None when an output has not one entry a row, though its first dimension is free, or rows change each other's answers."""
    import numpy as np

    if not _each_by_itself(run, [array[:FEW] for array in inputs]):
        return None
    batches = []
    for start in range(0, len(inputs[0]), BATCH):
        given = [array[start : start + BATCH] for array in inputs]
        batches.append(run(given))
        if any(answer.shape[:1] != (len(given[0]),) for answer in batches[-1]):
            return None
    return [np.concatenate(column) for column in zip(*batches, strict=True)]


def _each_by_itself(run: "Run", few: list["Array"]) -> bool:
    """Whether a few rows give together what each gives alone: a model that branches by a mean over all it is given does not."""
    together = run(few)
    for row in range(len(few[0])):
        alone = run([array[row : row + 1] for array in few])
        if not all(whole.shape[:1] == few[0].shape[:1] and _same(whole[row], one[0]) for whole, one in zip(together, alone, strict=True)):
            return False
    return True


def _same(one: "Array", other: "Array") -> bool:
    """Whether two answers differ by rounding at most."""
    import numpy as np

    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-3, atol=1e-4 * float(np.abs(other).max(initial=0)), equal_nan=True))


def _row_by_row(run: "Run", inputs: Sequence["Array"]) -> "list[Array]":
    """Run one row at a time, and read its outputs as those of artifacts are read."""
    import numpy as np

    rows = [run([array[row : row + 1] for array in inputs]) for row in range(len(inputs[0]))]
    return [tensors.rows_first(np.stack(column)) for column in zip(*rows, strict=True)]


def _keras(source: Source) -> "Run":
    """``model.keras``; layers that remember forget before each call."""
    import keras

    from pocketbench.sources import structure

    model = keras.saving.load_model(source.path, compile=False)
    remembering = structure.stateful_layers(model)

    def run(given: "list[Array]") -> "list[Array]":
        for layer in remembering:
            layer.reset_state()
        return list(keras.tree.flatten(model.predict_on_batch(structure.packed(model, given))))

    return run


def _torch(source: Source) -> "Run":
    """A torch model: its module, its program or its TorchScript; one that remembers begins anew with each call."""
    import torch

    from pocketbench import torch_model

    module = torch_model.module(source)

    def run(given: "list[Array]") -> "list[Array]":
        with torch.no_grad(), torch_kept.deprecations_unheard():
            called = copy.deepcopy(module) if source.stateful else module
            tensors_given = [torch.from_numpy(array.copy()).to(getattr(torch, each.dtype)) for each, array in zip(source.inputs, given, strict=True)]
            return [each.float().numpy() for each in torch_model.flat(called(*tensors_given))]

    return run


def _onnx(source: Source) -> "Run":
    """An ``.onnx`` file, in ONNX Runtime."""
    from pocketbench.sources.onnx_file import session

    ready, names = session(Path(source.path), source.path), [each.name for each in source.inputs]

    def run(given: "list[Array]") -> "list[Array]":
        return list(ready.run(None, {name: tensors.stored(array, each) for name, array, each in zip(names, given, source.inputs, strict=True)}))

    return run


def _tfjs(source: Source, inputs: Sequence["Array"]) -> list["Array"]:
    """A model of TensorFlow.js, in Node.js: all rows in one process. Raises SourceError in its words."""
    import numpy as np

    try:
        arrays = tfjs_node.computed(source, tfjs_reader.read(Path(source.path)).kind, inputs)
    except Refused as error:
        raise SourceError(f"the model does not run over the scoring rows: {error.message}", hint="check that the rows suit it", log=error.log) from error
    return [np.asarray(array, np.float32) for array in arrays]


def _saved_model(source: Source) -> "Run":
    """A SavedModel's signature; what it remembers, in variables that were not trained, is brought back before each call."""
    import tensorflow as tf

    from pocketbench.sources.saved_model import load, signature_of

    loaded = load(Path(source.path), source.path)
    held = signature_of(loaded, source.path).variables if source.stateful else ()
    kept = [(variable, variable.numpy()) for variable in held if not variable.trainable]

    def run(given: "list[Array]") -> "list[Array]":
        for variable, value in kept:
            variable.assign(value)
        named = {each.name: tf.constant(array, each.dtype) for each, array in zip(source.inputs, given, strict=True)}
        answer = signature_of(loaded, source.path)(**named)  # a signature does not keep its variables alive by itself
        return [answer[each.name].numpy() for each in source.outputs]

    return run


def _tflite(source: Source) -> "Run":
    """A ``.tflite`` file, which takes one row; what it remembers is reset before each."""
    from pocketbench.sources.tflite_file import interpreter

    ready = interpreter(Path(source.path), source.path)
    takes, gives = ready.get_input_details(), ready.get_output_details()

    def run(given: "list[Array]") -> "list[Array]":
        if source.stateful:
            ready.reset_all_variables()
        for detail, each, array in zip(takes, source.inputs, given, strict=True):
            ready.set_tensor(detail["index"], tensors.stored(array, each))
        ready.invoke()
        return [tensors.real(ready.get_tensor(detail["index"]), each) for detail, each in zip(gives, source.outputs, strict=True)]

    return run

"""Which operations of a model TensorFlow Lite does not have, found out before the model is converted in every way.

Most models are made of operations that it always has, which their names tell. Any other is converted once, plainly, with all
that is missing let through: what TensorFlow's own kernels would carry comes out as ``FlexName``, what nothing carries as custom.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pocketbench.errors import Refused
from pocketbench.formats import Missing
from pocketbench.formats.tflite_conversion import converted
from pocketbench.formats.tflite_forms import SAME_FILE, SELECT_TF_OPS
from pocketbench.model import Refusal, Rows, Source
from pocketbench.tflite_reader import CUSTOM, FLEX, read

# Operations of TensorFlow that are converted whatever their attributes, in the dtypes and layouts that Keras gives them.
EVERYDAY = frozenset({
    "AddV2", "AvgPool", "BiasAdd", "Cast", "ConcatV2", "Conv2D", "DepthwiseConv2dNative", "ExpandDims", "MatMul", "Max", "MaxPool", "Mean", "Mul", "Neg",
    "Pack", "Pad", "Relu", "Relu6", "Reshape", "Rsqrt", "Shape", "Sigmoid", "Softmax", "SquaredDifference", "Squeeze", "StridedSlice", "Sub", "Sum", "Tanh",
    "Tile", "Transpose",
})  # fmt: skip


def everyday(source: Source) -> bool:
    """Whether a model is made of operations that need not be looked into."""
    return bool(source.operations) and EVERYDAY.issuperset(source.operations)


def missing(source: Source) -> Missing:
    """Convert a model once and name the operations that have no kernel of TensorFlow Lite; not known where it cannot be converted: each technique tells why."""
    with tempfile.TemporaryDirectory(prefix="pocketbench-") as name:
        path = Path(name) / "model.tflite"
        try:
            path.write_bytes(converted(source, Rows("", "", 0, 0, 0, labelled=False), _let_through))
        except Refused:
            return Missing(known=False)
        return named(operation.name for graph in read(path).graphs for operation in graph.operations)


def _let_through(converter: Any, _: object) -> None:
    """Set a converter up to refuse no operation."""
    import tensorflow as tf

    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    converter.allow_custom_ops = True


def named(operations: Iterable[str]) -> Missing:
    """Sort a file's operations into those that TensorFlow carries, those that nothing does, and the rest, which are not missing."""
    found = sorted(set(operations))
    carried, nowhere = (tuple(name.removeprefix(kind) for name in found if name.startswith(kind)) for kind in (FLEX, CUSTOM))
    return Missing(carried, nowhere)


def refusal(found: Missing, form: str) -> Refusal | None:
    """Say why a model with such operations has no file of this form; None where it may have one."""
    if found.nowhere:
        message = f"neither TensorFlow Lite nor its Select TF operations have a kernel for {', '.join(found.nowhere)}"
        return Refusal("convert", "unsupported-operation", message, "replace the layer that makes it, or choose another format")
    if found.carried and form != SELECT_TF_OPS:
        message = f"TensorFlow Lite has no kernel for {', '.join(found.carried)}; Select TF operations do"
        return Refusal("convert", "unsupported-operation", message, f'have forms = ["{SELECT_TF_OPS}"] in [matrix] too, or replace the layer that makes it')
    if form == SELECT_TF_OPS and found.known and not found.carried:
        return Refusal("convert", "technique-not-for-model", SAME_FILE)
    return None

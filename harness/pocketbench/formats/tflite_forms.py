"""The forms of a TensorFlow Lite file: what each asks of the converter, what it is not for, what it must leave in the file.

    ""               the usual one
    old_ops          older versions of operations, for older runtimes
    fused            each LSTM as one operation instead of a loop
    select_tf_ops    operations that TensorFlow Lite does not have are those of TensorFlow, which a larger runtime carries

What a form would leave as it is is refused, so that no two rows of a report are the same file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pocketbench.errors import Refused
from pocketbench.formats.tflite_fused import OPERATION, Fusing
from pocketbench.formats.tflite_settings import SPARSE, calibrates
from pocketbench.model import Refusal, Source
from pocketbench.tflite_reader import FLEX, Operation, read

OLD_OPS = "old_ops"
FUSED = "fused"
SELECT_TF_OPS = "select_tf_ops"
FORMS = ("", OLD_OPS, FUSED, SELECT_TF_OPS)
# The one technique with older versions to choose: its dense layers are FULLY_CONNECTED version 12 with a scale a channel, version 9 with one
# scale. Those that calibrate write version 4 for either (seen with TensorFlow 2.21).
WITH_OLDER = "dynamic_int8"
SAME_FILE = "every operation of the model has a kernel in TensorFlow Lite: the usual form is the same file"


def unfit(form: str, source: Source, technique: str) -> Refusal | None:
    """Why a form makes no sense for a source or a converter's technique, as far as is known before anything is made; None when it may."""
    if form and form not in FORMS:
        return Refusal("convert", "technique-not-for-model", f"the form {form} is one of torch's tools, and the model does not come from torch")
    if form == OLD_OPS and technique.removesuffix(f"+{SPARSE}") != WITH_OLDER:
        message = f"the form {OLD_OPS} is about {WITH_OLDER} alone: other files have the same versions of operations in either form"
        return Refusal("convert", "technique-not-for-format", message)
    if form == FUSED and technique.startswith("qat_"):
        return Refusal("convert", "technique-not-for-model", "quantisation-aware training leaves a graph, whose layers are not known any more")
    if form == FUSED and Path(source.path).is_dir():
        return Refusal("convert", "technique-not-for-model", "the model has code of its own or came as a SavedModel: its layers are not known any more")
    if form == SELECT_TF_OPS and calibrates(technique):
        message = f"{technique} calibrates, which runs the model, and TensorFlow's calibrator cannot run Select TF operations"
        return Refusal("convert", "technique-not-for-model", message, "choose a technique that does not calibrate: float32, float16 or dynamic_int8")
    return None


class Form:
    """One form of one conversion: asked in turn for what to do before, at and after it."""

    def __init__(self, form: str, source: Source, technique: str) -> None:
        """Raise Refused for a form that makes no sense for this source or technique."""
        self._form, self._fusing = form, Fusing() if form == FUSED else None
        if refusal := unfit(form, source, technique):
            raise Refused(refusal.reason, refusal.message, hint=refusal.hint)

    @property
    def change(self) -> Callable[[Any], None] | None:
        """What is done to a Keras model before it is written for the converter."""
        return self._fusing.change if self._fusing else None

    def set_up(self, converter: Any) -> None:
        """Set up a converter that is set up for a technique already."""
        import tensorflow as tf

        if self._form == OLD_OPS:
            converter._experimental_disable_per_channel_quantization_for_dense_layers = True  # noqa: SLF001 - there is no public way
        if self._form == SELECT_TF_OPS:
            converter.target_spec.supported_ops = [*converter.target_spec.supported_ops, tf.lite.OpsSet.SELECT_TF_OPS]

    def check(self, path: Path) -> None:
        """See that the form made the difference that it is about. Raises Refused (technique-not-for-model) where it did not."""
        if not self._form:
            return
        operations = [operation for graph in read(path).graphs for operation in graph.operations]
        if self._fusing:
            self._fusing.check(sum(operation.name == OPERATION for operation in operations))
        if self._form == OLD_OPS and not any(map(_has_older, operations)):
            message = f"no dense layer of this model is large enough to be quantised, so its usual form has the same versions of operations as {OLD_OPS}"
            raise Refused("technique-not-for-model", message)
        if self._form == SELECT_TF_OPS and not any(operation.name.startswith(FLEX) for operation in operations):
            raise Refused("technique-not-for-model", SAME_FILE)


def _has_older(operation: Operation) -> bool:
    """Whether an operation can be written in an older version."""
    return operation.name == "FULLY_CONNECTED" and operation.version > 1

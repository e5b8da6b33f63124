"""One run of TensorFlow's converter: from a source to the bytes of a file."""

import tempfile
from collections.abc import Callable
from typing import Any

from pocketbench.formats.tflite_refusal import refusal
from pocketbench.formats.tflite_saved import in_order, keep, one_row, representative
from pocketbench.model import Rows, Source

# Sets a converter up. It is given the converter and a function that gives the calibration rows, anew at each call.
SetUp = Callable[[Any, Callable[[], Any]], None]


def converted(source: Source, rows: Rows, set_up: SetUp, change: Callable[[Any], None] | None = None) -> bytes:
    """Convert a source as ``set_up`` says. ``change`` is done to a Keras model before it is written for the converter.

    Inputs and outputs come in the source's order. Raises Refused: unsupported-operation, converter-error or shape-mismatch,
    or what ``change`` raises.
    """
    inputs = one_row(source.inputs)
    import tensorflow as tf

    with tempfile.TemporaryDirectory(prefix="pocketbench-") as name:
        try:
            keep(source, inputs, name, change)
            converter = tf.lite.TFLiteConverter.from_saved_model(name)
            set_up(converter, lambda: representative(inputs, rows))
            content = bytearray(converter.convert())
        except Exception as error:  # converters raise nearly anything
            raise refusal(error) from error
    return in_order(content, [tensor.name for tensor in inputs], len(source.outputs))

"""What each technique asks of TensorFlow's converter."""

from collections.abc import Callable, Mapping
from typing import Any

SPARSE = "sparse"
CALIBRATING = ("int8_float_io", "int8", "uint8", "int16x8")


def set_up(converter: Any, technique: str, representative: Callable[[], Any]) -> None:
    """Set a converter up for the steps of a technique; ``representative`` gives the calibration rows anew at each call."""
    for step in technique.split("+"):
        SETTINGS[step](converter, representative)


def calibrates(technique: str) -> bool:
    """Whether the converter needs rows for it."""
    return technique.removesuffix(f"+{SPARSE}") in CALIBRATING


def knows(technique: str) -> bool:
    """Whether the converter can do it: one step, and the sparse encoding after it or alone."""
    return technique.removesuffix(f"+{SPARSE}") in SETTINGS


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


SETTINGS: Mapping[str, Callable[[Any, Callable[[], Any]], None]] = {
    "float32": _float32,
    "float16": _float16,
    "dynamic_int8": _dynamic_int8,
    "int8_float_io": _int8_float_io,
    "int8": _int8,
    "uint8": _uint8,
    "int16x8": _int16x8,
    "qat_int8": _qat_int8,
    SPARSE: _sparse,
}

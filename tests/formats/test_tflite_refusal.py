"""What is said when TensorFlow's converter gives up; the texts are its own."""

import pytest

from pocketbench.errors import Refused
from pocketbench.formats.tflite_refusal import MAX_MESSAGE, refusal

FLEX = (
    "Could not translate MLIR to FlatBuffer.<unknown>:0: error: loc(callsite(fused[\"MatrixInverse:\", \"functional_1/inv_1/MatrixInverse\"])): "
    "'tf.MatrixInverse' op is neither a custom op nor a flex op\n<unknown>:0: note: called from\n"
    "Some ops are not supported by the native TFLite runtime, you can enable TF kernels fallback using TF Select.\nTF Select ops: MatrixInverse\nDetails:\n"
)  # fmt: skip
LISTS = (
    "<unknown>:0: error: loc(callsite(fused[\"TensorListReserve:\", \"functional_1_1/lstm_1/TensorArrayV2_1\"])): "
    "'tf.TensorListReserve' op requires element_shape to be static during TF Lite transformation pass\n<unknown>:0: note: called from\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        (FLEX, "unsupported-operation", "TensorFlow Lite has no kernel of this kind for MatrixInverse"),
        (
            "Quantization to 16x8-bit not yet supported for op: 'UNIDIRECTIONAL_SEQUENCE_LSTM'.\n",
            "unsupported-operation",
            "TensorFlow Lite has no kernel of this kind for UNIDIRECTIONAL_SEQUENCE_LSTM",
        ),
        (LISTS, "converter-error", "RuntimeError: 'tf.TensorListReserve' op requires element_shape to be static during TF Lite transformation pass"),
        ("\n\nmodel.py:3:1: error: it does not go\nsecond line", "converter-error", "RuntimeError: it does not go"),
        ("", "converter-error", "RuntimeError: no message"),
    ],
)
def test_the_converters_words_become_a_reason_and_one_line(text: str, reason: str, said: str) -> None:
    """Missing kernels are named; anything else gives the first line that says something."""
    refused = refusal(RuntimeError(text))
    assert (refused.reason, refused.message) == (reason, said)
    assert refused.hint


def test_long_messages_are_cut() -> None:
    """A message of a hundred thousand letters is bounded."""
    assert len(refusal(ValueError("x" * 100_000)).message) == MAX_MESSAGE


def test_a_refusal_stays_what_it_is() -> None:
    """A typed refusal from inside a conversion keeps its reason."""
    refused = Refused("shape-mismatch", "it does not fit")
    assert refusal(refused) is refused

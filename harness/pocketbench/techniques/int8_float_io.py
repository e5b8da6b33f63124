"""``int8_float_io``: 8-bit weights and activations behind float inputs and outputs."""

from pocketbench.techniques import CONVERT, STEPS, Step
from pocketbench.trust import Promises

STEPS.add(
    Step(
        "int8_float_io", "weights and activations are 8-bit integers, inputs and outputs floats", CONVERT,
        Promises(quantized=True), integer=True, calibrates=True,
    )
)  # fmt: skip

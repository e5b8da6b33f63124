"""``int8_float_io``: 8-bit weights and activations behind float inputs and outputs."""

from pocketbench.techniques import STEPS, Step

STEPS.add(Step("int8_float_io", "weights and activations are 8-bit integers, inputs and outputs floats", promises="quantized", integer=True, calibrates=True))

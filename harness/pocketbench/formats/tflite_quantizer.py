"""Google's AI Edge Quantizer: a float TensorFlow Lite file made smaller.

Ranges of activations are the widest that the calibration rows show. By itself the quantizer takes a moving average of each row's
range, and so cuts off what it has seen: outputs of the zoo's networks were up to three times as far from the model's own (seen
with 0.10.0).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

CALIBRATING = ("int8_float_io", "int8", "int16x8")


def quantized(content: bytes, technique: str, calibration: Iterable[tuple[Any, ...]]) -> bytes:
    """Quantise the bytes of a file by a technique of RECIPES; ``calibration`` has rows of tensors in the order of its inputs."""
    from ai_edge_quantizer import quantizer

    tool = quantizer.Quantizer(content, RECIPES[technique]())
    ranges = _ranges(content, tool, calibration) if tool.need_calibration else None
    return bytes(tool.quantize(ranges, enable_progress_bar=False, enable_progress_report=False).quantized_model)


def _ranges(content: bytes, tool: Any, calibration: Iterable[tuple[Any, ...]]) -> Any:
    """The smallest and the largest number that each tensor holds over all rows."""
    from ai_edge_litert.interpreter import Interpreter
    from ai_edge_quantizer import calibrator
    from ai_edge_quantizer.utils import qsv_utils

    # Its own names of inputs come in alphabetical order: those that it was converted with are args_0, args_1, …
    [signature] = Interpreter(model_content=content).get_signature_list()
    dtypes = [each["dtype"] for each in Interpreter(model_content=content).get_input_details()]
    rows = [{f"args_{place}": tensor.numpy().astype(dtypes[place]) for place, tensor in enumerate(row)} for row in calibration]
    finding = calibrator.Calibrator(content, num_threads=1, qsv_update_func=qsv_utils.min_max_update)
    finding.calibrate({signature: rows}, tool._recipe_manager)  # noqa: SLF001 - its own calibrate() has no choice of ranges
    return finding.get_model_qsvs()


def _float16() -> list[dict[str, Any]]:
    """Weights stored as 16-bit floats, which the file turns back."""
    tensor = {"num_bits": 16, "symmetric": True, "granularity": "TENSORWISE", "dtype": "FLOAT", "block_size": 0}
    given = {"weight_tensor_config": tensor, "compute_precision": "FLOAT", "explicit_dequantize": True, "skip_checks": False, "min_weight_elements": 0}
    return [{"regex": ".*", "operation": "*", "algorithm_key": "float_casting", "op_config": given}]


def _dynamic_int8() -> Any:
    """Weights of 8 bits, however few; activations as they come."""
    from ai_edge_quantizer import recipe

    return recipe.dynamic_wi8_afp32()


def _int8() -> Any:
    """Weights and activations of 8 bits, inputs and outputs too."""
    from ai_edge_quantizer import recipe

    return recipe.static_wi8_ai8()


def _int8_float_io() -> Any:
    """As int8, behind float inputs and outputs."""
    return _floats_outside(_int8())


def _int16x8() -> Any:
    """Weights of 8 bits and activations of 16, behind float inputs and outputs."""
    from ai_edge_quantizer import recipe

    return _floats_outside(recipe.static_wi8_ai16())


def _floats_outside(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rules, but for inputs and outputs."""
    return [*rules, *({**rules[0], "operation": word, "algorithm_key": "no_quantize"} for word in ("INPUT", "OUTPUT"))]


RECIPES: Mapping[str, Callable[[], Any]] = {
    "float16": _float16,
    "dynamic_int8": _dynamic_int8,
    "int8_float_io": _int8_float_io,
    "int8": _int8,
    "int16x8": _int16x8,
}

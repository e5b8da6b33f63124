"""Torch's own quantisation (PT2E of torchao), by LiteRT's rules: rounding is put into the graph before it is converted."""

from collections.abc import Iterable
from typing import Any

from pocketbench import torch_kept

TECHNIQUES = ("dynamic_int8", "int8")


def rounded(module: Any, technique: str, calibration: Iterable[tuple[Any, ...]]) -> tuple[Any, Any]:
    """An exported program's module with rounding in it, and what the converter must know of it.

    ``calibration`` has one row or more, for weights too are looked at while the module runs.
    The rules know convolutions, linear layers, additions, pools and what only moves numbers; all else stays in floats.
    """
    from litert_torch.quantize.pt2e_quantizer import PT2EQuantizer, get_symmetric_quantization_config
    from litert_torch.quantize.quant_config import QuantConfig
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    rules = PT2EQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True, is_dynamic=technique == "dynamic_int8"))
    with torch_kept.deprecations_unheard():
        prepared = prepare_pt2e(module, rules)
        for row in calibration:
            prepared(*row)
        return convert_pt2e(prepared, fold_quantize=False), QuantConfig(pt2e_quantizer=rules)

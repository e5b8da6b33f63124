"""Static int8: a module whose layers and activations are 8-bit integers, by torch's FX graph mode and the observers of its engine."""

import copy
import itertools
from collections import Counter
from typing import Any

from pocketbench import torch_model
from pocketbench.formats.torchscript_followed import followed
from pocketbench.formats.torchscript_forms import Form
from pocketbench.model import Rows, Source

# Histograms of more rows cost more and tell little more.
MOST_ROWS = 256


def quantized(module: Any, source: Source, rows: Rows, technique: str, form: Form) -> tuple[Any, Any]:
    """The module with integer kernels, and the same integers computed in floats. Raises Refused: needs-calibration-data, technique-not-for-model.

    Histogram observers find the ranges of activations, minima and maxima those of weights, one scale a channel unless the form
    says otherwise; over the first MOST_ROWS rows. Recurrent layers have dynamic ranges, for torch has no static kernels of them; tables are scaled by row.
    """
    from torch.ao.quantization.quantize_fx import convert_fx, convert_to_reference_fx, prepare_fx

    given = itertools.islice(torch_model.calibration(source, rows, technique), MOST_ROWS)
    first = next(given)
    graph = followed(module, "quantise it")
    observed = prepare_fx(graph, _wishes(form, _repeated(graph)), first)
    observed(*first)
    for row in given:
        observed(*row)
    made = convert_fx(copy.deepcopy(observed))
    if form.engine == "qnnpack":
        _in_order_before_clamps(made)
    return made, convert_to_reference_fx(observed)


def _repeated(graph: Any) -> list[str]:
    """The linear layers and recurrent cells that a graph calls more than once: those of a recurrent layer that was unrolled."""
    from torch import nn

    kinds = (nn.Linear, nn.LSTMCell, nn.GRUCell, nn.RNNCell)
    counted = Counter(node.target for node in graph.graph.nodes if node.op == "call_module" and isinstance(graph.get_submodule(node.target), kinds))
    return [name for name, count in counted.items() if count > 1]


def _wishes(form: Form, repeated: list[str]) -> Any:
    """Which observers go where. Beside ``repeated`` layers arithmetic stays in floats: it is a recurrent cell's."""
    from torch import nn
    from torch.ao import quantization as ao

    wishes = ao.get_default_qconfig_mapping(form.engine)
    weight = ao.default_weight_observer if form.per_tensor else ao.default_per_channel_weight_observer
    static = ao.QConfig(activation=wishes.global_qconfig.activation, weight=weight)
    if repeated:
        wishes = ao.QConfigMapping().set_global(None)
        for layer in (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d):
            wishes.set_object_type(layer, static)
        for name in repeated:
            wishes.set_module_name(name, ao.default_dynamic_qconfig)
    else:
        # By default a reshape looks at its input's range, and what comes in with the model has none then: the layer behind it would stay float.
        wishes.set_global(static).set_object_type("reshape", static)
    for layer in (nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell, nn.RNNCell):
        wishes.set_object_type(layer, ao.default_dynamic_qconfig)
    for layer in (nn.Embedding, nn.EmbeddingBag):
        wishes.set_object_type(layer, ao.float_qparams_weight_only_qconfig)
    return wishes


def _in_order_before_clamps(made: Any) -> None:
    """Have tensors laid out in order, and not channels last, before they are clamped.

    QNNPACK's clamp takes a channels-last tensor for one in order and gives wrong numbers (seen with torch 2.1, 2.12 and 2.13: a
    MobileNetV2 with ReLU6 at 8 % instead of 95 %); its convolutions leave tensors channels last.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    functions = (functional.relu6, functional.hardtanh, torch.clamp)
    for node in list(made.graph.nodes):
        module = made.get_submodule(node.target) if node.op == "call_module" else None
        if isinstance(module, nn.Hardtanh) or node.target in functions or (node.op == "call_method" and node.target == "clamp"):
            with made.graph.inserting_before(node):
                node.replace_input_with(node.args[0], made.graph.call_method("contiguous", (node.args[0],)))
    made.recompile()

"""What each technique makes of a module before it becomes a graph: half floats, integer weights, or nothing."""

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pocketbench import torch_kept, torch_model
from pocketbench.errors import Refused
from pocketbench.formats.torchscript_followed import followed
from pocketbench.formats.torchscript_forms import HALVED, STATIC, Form
from pocketbench.formats.torchscript_layers import layers
from pocketbench.formats.torchscript_static import quantized
from pocketbench.model import Rows, Source

# The largest relative error that is no wrong answer: of a graph that computes the same, folded at most, in 32, 16 and bfloat16's
# 8 bits of mantissa, and of integer kernels beside the same integers computed in floats, where some round otherwise.
SAME, ROUNDED = {"float16": 2e-2, "bfloat16": 0.1, "": 1e-3}, 0.15


@dataclass(frozen=True, slots=True)
class Prepared:
    """A module as its graph is to compute, what it is held against, and how far it may be from that.

    ``halved`` is the dtype of 16 bits that the module takes and gives, around which the file has conversions, "" for none.
    ``engine`` is the quantised engine of its integer kernels, ``facts`` say more of it.
    """

    module: Any
    reference: Callable[..., Any]
    allowed: float
    halved: str = ""
    engine: str = ""
    facts: dict[str, str] = field(default_factory=dict)


def prepared(source: Source, rows: Rows, technique: str, form: Form) -> Prepared:
    """Apply a technique. Raises Refused."""
    import torch

    halved = technique if technique in HALVED else ""
    plain = technique == "float32" and not form.fused
    whole = torch_model.module(source) if plain or _has_layers(source) else layers(torch_model.program(source))
    if came := _engine_of(source):  # its integer weights are packed already, for the engine that its own outputs came from
        if technique != "float32":
            raise Refused("technique-not-for-model", f"the model came with integer kernels for {came}: {technique} has nothing to change in it")
        return Prepared(whole, torch_model.module(source), SAME[""], engine=came)
    if form.engine in torch.backends.quantized.supported_engines:
        torch.backends.quantized.engine = form.engine
    if technique in STATIC:
        made, emulated = quantized(whole, source, rows, technique, form)
        return Prepared(made, emulated, ROUNDED, engine=form.engine)
    made, facts = fused(whole, source, required="fused" in form.words) if form.fused else (whole, {})
    if technique == "dynamic_int8":
        made = _dynamic(made)
        return Prepared(made, copy.deepcopy(made), SAME[""], engine=form.engine, facts=facts)
    if halved:
        made = made.to(getattr(torch, halved))
        return Prepared(made, behind_floats(copy.deepcopy(made), halved), SAME[halved], halved, facts=facts)
    return Prepared(made, torch_model.module(source), SAME[""], facts=facts)


def _engine_of(source: Source) -> str:
    """The quantised engine of a model that came as TorchScript with integer kernels; "" for any other."""
    import torch

    script = torch_model.script(source)
    kinds = [] if script is None else [node.kind() for node in script.inlined_graph.nodes()]
    return str(torch.backends.quantized.engine) if any(kind.startswith("quantized::") for kind in kinds) else ""


def _has_layers(source: Source) -> bool:
    """Whether the model is made of torch's own layers, or came as TorchScript, in which nothing can be replaced."""
    if source.framework == "keras":
        return False
    return torch_kept.has_eager(source) or torch_kept.about(source).made_by == torch_kept.SCRIPTED


def behind_floats(module: Any, dtype: str) -> Any:
    """A module of 16-bit floats behind inputs and outputs of 32 bits; what is no float passes as it is."""
    import torch

    half = getattr(torch, dtype)

    class Halved(torch.nn.Module):  # type: ignore[misc]
        """Takes and gives 32-bit floats, and computes in 16-bit ones."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, *row: Any) -> Any:
            """Compute in 16-bit floats."""
            gives = self.inner(*in_dtype(row, half))
            back = in_dtype(torch_model.flat(gives), torch.float32)
            return back[0] if len(back) == 1 else back

    return Halved().eval()


def in_dtype(tensors: Sequence[Any], dtype: Any) -> tuple[Any, ...]:
    """The same tensors with their floats in a dtype."""
    return tuple(each.to(dtype) if each.is_floating_point() else each for each in tensors)


def _dynamic(module: Any) -> Any:
    """Linear and recurrent layers, and tables, with 8-bit weights; convolutions have no such kernels and stay as they are."""
    from torch import nn
    from torch.ao import quantization as ao
    from torch.ao.nn.intrinsic import LinearReLU

    layers = (nn.Linear, LinearReLU, nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell, nn.RNNCell)
    wanted = {**dict.fromkeys(layers, ao.default_dynamic_qconfig), **dict.fromkeys((nn.Embedding, nn.EmbeddingBag), ao.float_qparams_weight_only_qconfig)}
    return ao.quantize_dynamic(module, wanted, inplace=True)


def fused(module: Any, source: Source, *, required: bool) -> tuple[Any, dict[str, str]]:
    """Convolutions with their batch normalisation and ReLU, linear layers with their ReLU, and how many; Refused where it is required and nothing is fused.

    In floats a ReLU stays an operation of its own; what goes is the batch normalisation.
    """
    from torch.ao.quantization.quantize_fx import fuse_fx

    before = Counter(type(each).__name__ for each in module.modules())
    made = fuse_fx(followed(module, "fuse its layers"))
    after = Counter(type(each).__name__ for each in made.modules())
    said = [f"{count} {name}" for name, count in sorted(after.items()) if name not in before and not name.startswith("GraphModule")]
    said += [f"{before[name] - after[name]} {name} folded" for name in sorted(before) if "BatchNorm" in name and before[name] > after[name]]
    if required and not said and _has_layers(source):
        raise Refused("technique-not-for-model", "there is nothing to fuse: no convolution or linear layer with a batch normalisation or ReLU behind it")
    return made, {"fused": ", ".join(said)} if said else {}

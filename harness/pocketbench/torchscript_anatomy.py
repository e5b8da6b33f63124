"""What is inside a TorchScript file: its weights, packed ones too, its operations, inputs and outputs."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import anatomy, kernels, torchscript_reader
from pocketbench.anatomy import Weights
from pocketbench.kernels import Count
from pocketbench.model import DEPTHWISE, KERNEL, MATRIX, TABLE, Anatomy, Kernel
from pocketbench.torchscript_reader import Held, Operation

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# The inputs of an operation that hold its weights, by the schemas of torch 2.12.
WEIGHTS_AT = {
    "aten::conv1d": (1,), "aten::conv2d": (1,), "aten::conv3d": (1,), "aten::_convolution": (1,), "aten::convolution": (1,), "aten::conv_transpose1d": (1,),
    "aten::conv_transpose2d": (1,), "aten::conv_transpose3d": (1,), "aten::linear": (1,), "aten::addmm": (1, 2), "aten::mm": (0, 1), "aten::matmul": (0, 1),
    "aten::bmm": (0, 1), "aten::baddbmm": (1, 2), "aten::einsum": (1,), "aten::embedding": (0,), "aten::embedding_bag": (0,), "aten::lstm": (2,),
    "aten::gru": (2,), "aten::rnn_tanh": (2,), "aten::rnn_relu": (2,), "aten::lstm_cell": (2, 3), "aten::gru_cell": (2, 3), "aten::rnn_tanh_cell": (2, 3),
}  # fmt: skip
# Where a convolution says how many groups it has, and whether it is a transposed one.
GROUPS_AT = {"aten::conv1d": 6, "aten::conv2d": 6, "aten::conv3d": 6, "aten::_convolution": 8, "aten::convolution": 8,
             "aten::conv_transpose1d": 6, "aten::conv_transpose2d": 6, "aten::conv_transpose3d": 6}  # fmt: skip
TRANSPOSED_AT = {"aten::_convolution": 6, "aten::convolution": 6}
# Products that take their weights as (inputs, outputs), unless these were turned on the way.
INPUTS_FIRST = ("aten::einsum", "aten::addmm", "aten::mm", "aten::matmul", "aten::bmm", "aten::baddbmm")
DTYPES = ("float64", "float32", "float16", "bfloat16", "qint8", "quint8", "int8", "uint8")
PLAIN = {"qint8": "int8", "quint8": "uint8"}
MATRIX_RANK = 2
# What a record keeps of the weight tensors: the largest, and the end of their names, where they differ.
MAX_KERNELS = 1000
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight tensor at its work: torch's tensor, its name, what it is for, what tells it from others, whether inputs are its first axis.

    Of a ``product`` that is no matrix nobody here knows which axes are which.
    """

    tensor: Any
    name: str
    kind: str
    same: object
    inputs_first: bool = False
    product: bool = False


def anatomy_of(path: Path) -> Anatomy:
    """Look inside a file. Raises Refused (engine-cannot-read) when torch cannot read it."""
    from torch.jit.mobile import _get_model_bytecode_version

    about = torchscript_reader.about(path)
    module = torchscript_reader.load(path)
    operations = list(torchscript_reader.operations(module))
    found = weights_of(operations, module)
    said = {"bytecode": str(_get_model_bytecode_version(str(path))), **({"quantized_engine": about.quantized_engine} if about.quantized_engine else {})}
    return Anatomy(
        size_bytes=anatomy.size_bytes((path,)), zip_bytes=anatomy.zip_bytes((path,)), parameters=found.elements,
        parameters_quantized=found.quantized, parameters_by_dtype=dict(found.by_dtype), zeros=found.zeros, unique_values=found.unique,
        operations=_counted_operations(operations), inputs=about.inputs, outputs=about.outputs, stateful=_stateful(module.graph),
        kernels=tuple(sorted(found.kernels, key=lambda one: -one.elements)[:MAX_KERNELS]), about={**said, **about.facts},
    )  # fmt: skip


def weights_of(operations: list[Operation], module: Any) -> Weights:
    """Count the weights that operations work with, each tensor once. ``module`` gives those that only an accelerator's own model holds."""
    found, seen = Weights(), set()
    for weight in (*_weights(operations), *_of_nnapi(module)):
        if weight.same not in seen:
            seen.add(weight.same)
            dtype = str(weight.tensor.dtype).removeprefix("torch.")
            count = _counted(weight)
            found.count(PLAIN.get(dtype, dtype), count)
            found.kernels.append(_kernel(weight, PLAIN.get(dtype, dtype), count))
    return found


def _weights(operations: list[Operation]) -> Iterator[Weight]:
    """The weight tensors of operations: where an operation has its weights any matrix, elsewhere what has two sizes or more that are not 1."""
    places: Counter[str] = Counter()
    for operation in operations:
        short = operation.name.rpartition("::")[2]
        for place, held in operation.held.items():
            at_work = place in WEIGHTS_AT.get(operation.name, ())
            for number, (name, tensor, packed) in enumerate(_tensors(held, held.name)):
                if str(tensor.dtype).removeprefix("torch.") in DTYPES and _is_weight(tensor, at_work=at_work or packed is not None):
                    # What is unpacked is another tensor each time.
                    same = (tensor.data_ptr(), tuple(tensor.shape)) if packed is None else (name or id(held.value), number)
                    inputs_first = (operation.name in INPUTS_FIRST and not held.turned) or _transposed(operation)
                    kind = _kind(operation, tensor, packed, at_work=at_work)
                    yield Weight(tensor, name or f"{short}_{places[short]}", kind, same, inputs_first, operation.name in INPUTS_FIRST)
                    places[short] += not name


def _is_weight(tensor: Any, *, at_work: bool) -> bool:
    """Whether a tensor is a kernel, a table or another matrix."""
    rank: int = tensor.dim() if at_work else sum(size != 1 for size in tensor.shape)
    return rank >= MATRIX_RANK


def _tensors(held: Held, name: str) -> Iterator[tuple[str, Any, Any]]:
    """The tensors in something held: itself, those of a list, those packed in an object, with the name and the object."""
    import torch

    if isinstance(held.value, torch.Tensor):
        yield name, held.value, None
    elif isinstance(held.value, list):
        for place, each in enumerate(held.value):
            inner = each if isinstance(each, Held) else Held(each, f"{name}.{place}" if name else "")
            yield from _tensors(inner, inner.name)
    elif isinstance(held.value, torch.ScriptObject):
        name = re.sub(r"(\._packed_\w+)+$", "", name)
        for tensor in _packed(held.value):
            yield f"{name}.weight" if name else "", tensor, held.value


def _packed(packed: Any) -> Iterator[Any]:
    """The tensors of an object that keeps weights as its kernels want them, as they were before."""
    import torch

    try:
        inside = packed.unpack()
    except (AttributeError, RuntimeError):  # a recurrent cell's has none
        inside = packed.__getstate__()
    wanted = [inside]
    while wanted:
        each = wanted.pop(0)
        if isinstance(each, torch.Tensor):
            yield each
        elif isinstance(each, (tuple, list)):
            wanted += each
        elif isinstance(each, torch.ScriptObject):
            yield from _packed(each)


def _of_nnapi(module: Any) -> Iterator[Weight]:
    """The weights beside a model that was written for Android's NNAPI, which no operation of the graph shows."""
    inner = getattr(module, "nnapi_module", None)
    for place, tensor in enumerate(getattr(inner, "weights", ()) or ()):
        if tensor.dim() >= MATRIX_RANK:
            yield Weight(tensor, f"nnapi_{place}", KERNEL, f"nnapi {place}")


def _kind(operation: Operation, tensor: Any, packed: Any, *, at_work: bool) -> str:
    """What a weight is for."""
    if "embedding" in operation.name:
        return TABLE
    if tensor.dim() > MATRIX_RANK and tensor.shape[1] == 1 and _groups(operation, packed) > 1:
        return DEPTHWISE
    return KERNEL if at_work or packed is not None else MATRIX


def _groups(operation: Operation, packed: Any) -> int:
    """How many groups a convolution has; 1 where it does not say."""
    if packed is not None:
        numbers = [each for each in _unpacked(packed)[2:6] if isinstance(each, int)]
        return int(packed.groups()) if hasattr(packed, "groups") else numbers[-1] if numbers else 1
    held = operation.held.get(GROUPS_AT.get(operation.name, -1))
    return held.value if held and isinstance(held.value, int) else 1


def _unpacked(packed: Any) -> tuple[Any, ...]:
    """What a packed object gives back; nothing where it gives nothing."""
    try:
        return tuple(packed.unpack())
    except (AttributeError, RuntimeError):
        return ()


def _transposed(operation: Operation) -> bool:
    """Whether a convolution is a transposed one, whose weights have their inputs first."""
    held = operation.held.get(TRANSPOSED_AT.get(operation.name, -1))
    return "conv_transpose" in operation.name or bool(held and held.value is True)


def _counted(weight: Weight) -> Count:
    """Count one weight tensor by output channel; groups of four lie along the inputs."""
    tensor = weight.tensor
    zero = _zero(tensor)
    if weight.kind in (TABLE, MATRIX) or (weight.product and tensor.dim() > MATRIX_RANK):
        return kernels.counted_stored(_values(tensor), zero=zero)
    rows = tensor.transpose(0, 1) if weight.inputs_first else tensor
    along = _values(rows).transpose(0, *range(2, rows.dim()), 1)  # neighbours along the inputs
    inner = 0 if weight.kind == DEPTHWISE else along.shape[-1]
    return kernels.counted(kernels.pieces(along.reshape(len(along), -1)), zero=zero, inner=inner)


def _values(tensor: Any) -> "Array":
    """The elements as numpy knows them: stored integers where they are quantised, bfloat16 as the float32 numbers that they are."""
    import torch

    plain = tensor.detach()
    if plain.is_quantized:
        plain = plain.int_repr()
    values: Array = (plain.float() if plain.dtype is torch.bfloat16 else plain).numpy()
    return values


def _zero(tensor: Any) -> int:
    """The stored number that means 0; 0 where channels have different ones."""
    if not tensor.is_quantized:
        return 0
    if _by_channel(tensor):
        points = tensor.q_per_channel_zero_points().unique()
        return int(points[0]) if len(points) == 1 else 0
    return int(tensor.q_zero_point())


def _by_channel(tensor: Any) -> bool:
    """Whether each channel has a scale of its own."""
    import torch

    return tensor.qscheme() in (torch.per_channel_affine, torch.per_channel_symmetric, torch.per_channel_affine_float_qparams)


def _kernel(weight: Weight, dtype: str, count: Count) -> Kernel:
    """What a record keeps of a weight tensor."""
    tensor = weight.tensor
    scales = 0 if not tensor.is_quantized else len(tensor.q_per_channel_scales()) if _by_channel(tensor) else 1
    return Kernel(
        name=weight.name[-LONGEST_NAME:], kind=weight.kind, shape=tuple(tensor.shape), dtype=dtype, elements=count.elements, zeros=count.zero_share,
        unique_values=count.values, channel_values=count.channel_values, two_of_four=count.two_of_four, scales=scales,
    )  # fmt: skip


def _counted_operations(operations: list[Operation]) -> dict[str, int]:
    """How many there are of each, the most frequent first."""
    counted = Counter(operation.name for operation in operations)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _stateful(block: Any) -> bool:
    """Whether it changes attributes of its own while it runs."""
    return any(node.kind() == "prim::SetAttr" or any(map(_stateful, node.blocks())) for node in block.nodes())

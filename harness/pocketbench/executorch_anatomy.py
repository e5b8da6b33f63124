"""What is inside a ``.pte`` file: its weights, those that back ends hold too, its operations, inputs and outputs."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import anatomy, kernels, pte_delegates, pte_reader
from pocketbench.anatomy import Weights
from pocketbench.errors import Refused
from pocketbench.flatbuffer import WRONG_PLACE
from pocketbench.kernels import Count
from pocketbench.model import DEPTHWISE, KERNEL, MATRIX, TABLE, Anatomy, Kernel, Tensor
from pocketbench.pte_delegates import Graph, Held
from pocketbench.pte_reader import Call, PteFile, Value

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# The argument that holds an operation's weights. The order of arguments: native_functions.yaml of ATen.
WEIGHTS_AT = {"aten::convolution": 1, "aten::linear": 1, "aten::addmm": 2, "aten::mm": 1, "aten::bmm": 1, "aten::embedding": 0}
_GROUPS_AT = 8
# Operations that hand a constant on in another encoding or shape.
HANDS_ON = ("aten::permute_copy", "aten::transpose_copy", "aten::t_copy", "aten::view_copy", "executorch_prim::et_view", "aten::expand_copy",
            "quantized_decomposed::dequantize_per_tensor", "quantized_decomposed::dequantize_per_channel", "dim_order_ops::_clone_dim_order",
            "dim_order_ops::_to_dim_order_copy")  # fmt: skip
WEIGHT_DTYPES = ("float64", "float32", "float16", "bfloat16", "int16", "uint16", "int8", "uint8", "int4", "float8_e4m3fn", "float8_e5m2")
MATRIX_RANK = 2
_OUTPUTS_FIRST = ("Conv2d", "FullyConnected", "ConvTranspose2d")
_DEPTHWISE_NODE = "DepthwiseConv2d"
# What a record keeps of the weight tensors: the largest.
MAX_KERNELS = 1000


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight tensor: what it is for, its numbers as rows of output channels where there are such, the length of its last axis where inputs lie there."""

    name: str
    kind: str
    shape: tuple[int, ...]
    dtype: str
    values: "Array"
    rows: "Array | None" = None
    inner: int = 0
    zero: int = 0
    scales: int = 0


def anatomy_of(path: Path) -> Anatomy:
    """Look inside a file. Raises Refused (engine-cannot-read) when it is not a whole ExecuTorch program."""
    file = pte_reader.read(path)
    try:
        graphs = [(each.backend, pte_delegates.graph_of(each.backend, each.program, file.named)) for each in file.delegates]
        found = _tallied([*_own(file), *_held(graphs)])
    except WRONG_PLACE as error:
        raise Refused("engine-cannot-read", f"{path.name}: what a back end is handed is not whole: {error}"[:300], hint="copy or export it again") from error
    return Anatomy(
        size_bytes=anatomy.size_bytes((path,)), zip_bytes=anatomy.zip_bytes((path,)), parameters=found.elements,
        parameters_quantized=found.quantized, parameters_by_dtype=dict(found.by_dtype), zeros=found.zeros, unique_values=found.unique,
        operations=_operations(file, graphs), inputs=_described(file, file.inputs, "input"), outputs=_described(file, file.outputs, "output"),
        stateful=file.stateful, kernels=tuple(sorted(found.kernels, key=lambda one: -one.elements)[:MAX_KERNELS]),
    )  # fmt: skip


def _tallied(weights: list[Weight]) -> Weights:
    """Count weights one by one."""
    found = Weights()
    for weight in weights:
        count = _counted(weight)
        found.count(weight.dtype, count)
        found.kernels.append(Kernel(
            name=weight.name, kind=weight.kind, shape=weight.shape, dtype=weight.dtype, elements=count.elements, zeros=count.zero_share,
            unique_values=count.values, channel_values=count.channel_values, two_of_four=count.two_of_four, scales=weight.scales,
        ))  # fmt: skip
    return found


def _counted(weight: Weight) -> Count:
    """Count one weight tensor."""
    if weight.rows is None:
        return kernels.counted_stored(weight.values, zero=weight.zero)
    return kernels.counted(kernels.pieces(weight.rows), zero=weight.zero, inner=weight.inner)


def _own(file: PteFile) -> Iterator[Weight]:
    """The weights that ExecuTorch's own operations work with, and other constants of two dimensions or more; each place in the file once."""
    at_work, seen = _at_work(file), set()
    for index, value in enumerate(file.values):
        call = at_work.get(index)
        if value.constant is None or value.place in seen or value.dtype not in WEIGHT_DTYPES:
            continue
        if call is not None or sum(size != 1 for size in value.shape) >= MATRIX_RANK:
            seen.add(value.place)
            yield _weight(f"constant {index}", value, call, file)


def _at_work(file: PteFile) -> dict[int, Call]:
    """The constants that reach an operation's weights, also through operations that hand them on, and the first such operation."""
    origin = {index: index for index, value in enumerate(file.values) if value.constant is not None}
    found: dict[int, Call] = {}
    for call in file.calls:
        name, given = call.name.partition(".")[0], call.arguments
        if name in HANDS_ON and given and given[0] in origin:
            origin[given[-1]] = origin[given[0]]
        at = WEIGHTS_AT.get(name, len(given))
        if at < len(given) and given[at] in origin:
            found.setdefault(origin[given[at]], call)
    return found


def _weight(name: str, value: Value, call: Call | None, file: PteFile) -> Weight:
    """A constant as torch lays it out: a convolution's or a linear layer's outputs first, then its inputs; a product's outputs last where it is not turned."""
    operation = call.name.partition(".")[0] if call else ""
    stored = _values(value.constant, value.dtype, math.prod(value.shape))
    kind = {"": MATRIX, "aten::embedding": TABLE}.get(operation, KERNEL)
    rows: Array | None = None
    inner = 0
    if call and operation == "aten::convolution" and value.shape and value.order == tuple(range(len(value.shape))):
        groups = file.values[call.arguments[_GROUPS_AT]].number or 1
        kind = DEPTHWISE if groups > 1 and value.shape[1:2] == (1,) else KERNEL
        whole = stored.reshape(*value.shape[:2], -1)
        rows, inner = whole.transpose(0, 2, 1).reshape(len(whole), -1), value.shape[1]
    elif operation in ("aten::linear", "aten::addmm", "aten::mm") and len(value.shape) == MATRIX_RANK:
        straight = call is not None and file.values[call.arguments[WEIGHTS_AT[operation]]].place == value.place
        turned = straight and operation != "aten::linear"
        rows, inner = stored.reshape(value.shape), value.shape[0 if turned else 1]
        rows = rows.T if turned else rows
    inner = 0 if kind == DEPTHWISE else inner
    return Weight(name, kind, value.shape, value.dtype, stored, rows, inner, scales=1 if anatomy.bits(value.dtype) <= anatomy.QUANTIZED_BITS else 0)


def _held(graphs: list[tuple[str, Graph | None]]) -> Iterator[Weight]:
    """The weights that back ends hold, each once however many share it."""
    seen = set()
    for backend, graph in graphs:
        for held in graph.constants if graph else ():
            weighs = held.operation or sum(size != 1 for size in held.shape) >= MATRIX_RANK
            if weighs and held.dtype in WEIGHT_DTYPES and held.key not in seen:
                seen.add(held.key)
                yield _held_weight(f"{backend} constant {len(seen)}", held)


def _held_weight(name: str, held: Held) -> Weight:
    """A back end's weight. XNNPACK's lie as (O, H, W, I) or (O, I), those of its depthwise convolutions as (1, H, W, O)."""
    depthwise = held.operation == _DEPTHWISE_NODE
    kind = DEPTHWISE if depthwise and held.groups > 1 else KERNEL if held.operation else MATRIX
    stored = _values(held.raw, held.dtype, math.prod(held.shape))
    rows: Array | None = None
    inner = 0
    if held.operation in _OUTPUTS_FIRST and held.shape:
        rows, inner = stored.reshape(held.shape[0], -1), held.shape[-1]
    elif depthwise and held.shape:
        rows = stored.reshape(-1, held.shape[-1]).T
    return Weight(name, kind, held.shape, held.dtype, stored, rows, inner, held.zero, held.scales)


def _values(raw: "Array | None", dtype: str, count: int) -> "Array":
    """The elements of a constant as numpy knows them. Raises ValueError for one that is shorter than its shape."""
    import numpy as np

    needed = -(-count * anatomy.bits(dtype) // 8)
    if raw is None or len(raw) < needed:
        raise ValueError("a constant is longer than its data")
    if dtype == "int4":
        return anatomy.unpacked(raw[:needed], "uint4", count)
    if dtype == "bfloat16":  # the upper half of a float32
        return (raw[:needed].view("<u2").astype("<u4") << 16).view("<f4")
    return raw[:needed].view("<u1" if dtype.startswith("float8") else np.dtype(dtype).newbyteorder("<"))


def _operations(file: PteFile, graphs: list[tuple[str, Graph | None]]) -> dict[str, int]:
    """How many there are of each operation, a back end's as "XnnpackBackend Conv2d", the most frequent first; what is not looked into counts as one."""
    counted = Counter(call.name for call in file.calls)
    for backend, graph in graphs:
        counted.update(f"{backend} {name}" for name in (graph.operations if graph else ("program",)))
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _described(file: PteFile, indices: tuple[int, ...], word: str) -> tuple[Tensor, ...]:
    """Inputs or outputs in the file's order; it has no names for them."""
    return tuple(Tensor(f"{word}_{at}", file.values[index].shape, file.values[index].dtype) for at, index in enumerate(indices))

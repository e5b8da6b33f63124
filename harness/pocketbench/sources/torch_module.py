"""An ``nn.Module`` in memory, kept and described: zoo models, users' functions and trusted files all end here."""

import copy
import hashlib
import inspect
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from pocketbench import anatomy, torch_kept, torch_model
from pocketbench.errors import SourceError
from pocketbench.model import Source, Tensor
from pocketbench.sources import specs
from pocketbench.torch_kept import About

# Answers of rows at once differ from those of one at a time by as much as kernels round.
NEAR = 1e-4


def keep(module: Any, row: Sequence[Any], folder: Path, text: str, said: About) -> Source:
    """Write a module into ``folder`` and describe it; ``row`` is one row of its inputs, ``text`` names it in messages. Raises SourceError."""
    module.eval()
    module = _flat(module, tuple(row), text)
    inputs, outputs, stateful = described(module, tuple(row), text)
    try:
        path = torch_kept.write(module, tuple(row), said, folder)
    except SourceError as error:
        raise SourceError(f"{text}: {error.message}", hint=error.hint) from error
    kept = Source("", "torch", str(path), inputs, outputs, parameters(module.named_parameters()), stateful=stateful)
    return msgspec.structs.replace(kept, key=key_of(f"{module} {inputs}", module.state_dict()), operations=operations(kept))


def described(module: Any, row: tuple[Any, ...], text: str) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], bool]:
    """The inputs and outputs of something that is called with one row, and whether it remembers from one call to the next. Raises SourceError.

    The batch is free where several rows give what each gives alone. It is tried on copies: a call may change what is remembered.
    """
    with torch_kept.deprecations_unheard():
        tried = copy.deepcopy(module)
    gives = _called(tried, row, text)
    stateful = not all(map(_same, gives, _called(tried, row, text)))
    free = not stateful and _takes_more(tried, row, gives)
    inputs = tuple(specs.tensor(name, _sizes(each, free=free), _dtype(each)) for name, each in zip(_names(module, len(row)), row, strict=True))
    outputs = tuple(specs.tensor(f"output_{place}", _sizes(each, free=free), _dtype(each)) for place, each in enumerate(gives))
    specs.check(inputs, outputs, text)
    return inputs, outputs, stateful


def operations(kept: Source) -> dict[str, int]:
    """Count the operations of the program or the TorchScript that a model is kept as: ``aten.conv2d.default`` or ``aten::conv2d``."""
    scripted = torch_model.script(kept)
    if scripted is not None:
        return dict(Counter(node.kind() for node in scripted.inlined_graph.nodes() if node.kind().startswith("aten::")))
    nodes = torch_model.program(kept).graph.nodes
    return dict(Counter(str(node.target) for node in nodes if node.op == "call_function" and not str(node.target).startswith("<")))


def parameters(named: Any) -> int:
    """Count weight elements: parameters of two dimensions or more that are no bias, scale or statistic by their name."""
    return sum(each.numel() for name, each in named if anatomy.is_weight(name.replace(".", "/"), each.dim()))


def parameters_of_script(script: Any) -> int:
    """Count the weight elements of TorchScript, those that lie in its graph or are packed for integer kernels too."""
    from pocketbench import torchscript_anatomy, torchscript_reader

    return torchscript_anatomy.weights_of(list(torchscript_reader.operations(script)), script).elements


def key_of(structure: str, state: dict[str, Any]) -> str:
    """Hash how a model is built and its tensors."""
    digest = hashlib.sha256(structure.encode())
    for name, each in state.items():
        digest.update(f"{name} {tuple(each.shape)} {each.dtype}".encode())
        digest.update(each.detach().cpu().contiguous().reshape(-1).view(_bytes()).numpy().tobytes() if each.numel() else b"")
    return digest.hexdigest()


def _flat(module: Any, row: tuple[Any, ...], text: str) -> Any:
    """The module, giving a tensor or a flat tuple. Raises SourceError when it does not run or gives something else."""
    import torch

    gives = _called(copy.deepcopy(module), row, text)
    if other := [type(each).__name__ for each in gives if not isinstance(each, torch.Tensor)]:
        raise SourceError(f"{text}: the model gives a {other[0]}, not tensors alone", hint="return tensors, or a tuple or dictionary of them")
    return torch_model.flattened(module, row)


def _same(one: Any, other: Any) -> bool:
    """Whether two tensors are equal, NaNs too."""
    import torch

    return one.shape == other.shape and bool(torch.allclose(one.double(), other.double(), equal_nan=True))


def _called(module: Any, row: tuple[Any, ...], text: str) -> list[Any]:
    """What the model gives for one row. Raises SourceError in its own words."""
    import torch

    try:
        with torch.no_grad():
            return torch_model.flat(module(*row))
    except Exception as error:  # a user's module may raise anything
        shapes = ", ".join("x".join(map(str, each.shape)) for each in row)
        first = str(error).strip().partition("\n")[0][:300]
        hint = 'check the row: shapes = ["1x3x224x224", "1x128:int64"] in the suite, one text an input, or what the function returns beside the module'
        raise SourceError(f"{text}: the model does not run on a row of {shapes}: {type(error).__name__}: {first}", hint=hint) from error


def _takes_more(module: Any, row: tuple[Any, ...], gives: list[Any]) -> bool:
    """Whether three rows at once give, for each output, what each gives alone: the row, another one and its opposite, which take other branches."""
    import torch

    rows = [row, *_others(row)]
    try:
        with torch.no_grad():
            alone = [gives, *(torch_model.flat(module(*other)) for other in rows[1:])]
            together = torch_model.flat(module(*(torch.cat(column) for column in zip(*rows, strict=True))))
    except Exception:
        return False
    return all(_alike(all_rows, each) for all_rows, each in zip(together, zip(*alone, strict=True), strict=True))


def _others(row: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Two other rows: seeded normal numbers and their opposite; integers stay as they are, for nobody knows their range."""
    import torch

    random = torch.Generator().manual_seed(torch_kept.SEED)
    other = [torch.randn(each.shape, generator=random).to(each.dtype) if each.is_floating_point() else each for each in row]
    return [tuple(other), tuple(-each if each.is_floating_point() else each for each in other)]


def _alike(together: Any, alone: Sequence[Any]) -> bool:
    """Whether an output of rows at once is that of each, one after another."""
    import torch

    shapes = {each.shape[1:] for each in alone if each.shape[:1] == (1,)}
    if together.shape[:1] != (len(alone),) or shapes != {together.shape[1:]}:
        return False
    return bool(torch.allclose(together.double(), torch.cat(list(alone)).double(), NEAR, NEAR, equal_nan=True))


def _names(module: Any, count: int) -> list[str]:
    """Names of the inputs: those of ``forward``'s arguments, else by place."""
    try:
        known = [each.name for each in inspect.signature(module.forward).parameters.values() if each.kind is each.POSITIONAL_OR_KEYWORD]
    except (TypeError, ValueError):
        known = []
    return known[:count] if len(known) >= count else [f"input_{place}" for place in range(count)]


def _sizes(tensor: Any, *, free: bool) -> list[int | None]:
    """A tensor's sizes, the batch free or as it is."""
    return [None, *tensor.shape[1:]] if free and tensor.dim() else list(tensor.shape)


def _dtype(tensor: Any) -> str:
    """Numpy's word for a tensor's dtype, which is torch's."""
    return str(tensor.dtype).removeprefix("torch.")


def _bytes() -> Any:
    """Torch's dtype of single bytes."""
    import torch

    return torch.uint8

"""TorchScript files read without being run: their zip archive's records, what they say of themselves, what their graph works with.

``torch.jit.load`` reads pickles with a reader of its own that makes tensors and script objects and calls nothing; the
record that Pocketbench adds is read as JSON of a bounded size.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pocketbench.errors import Refused
from pocketbench.model import Anatomy, Refusal, Tensor
from pocketbench.torch_kept import deprecations_unheard

ABOUT = "extra/pocketbench.json"
MAX_ABOUT_BYTES = 1 << 20
# Operations that hand a tensor on, and whether they may exchange its two axes.
HANDS_ON = {
    "aten::t": True, "aten::transpose": True, "aten::permute": True, "aten::detach": False, "aten::contiguous": False, "aten::to": False,
    "aten::dequantize": False, "aten::clone": False, "aten::alias": False,
}  # fmt: skip


class About(msgspec.Struct, frozen=True):
    """What a file made here says of itself: its tensors, and ``quantized_engine``, the engine that its integer kernels were made for ("" without any).

    ``facts`` are further words for readers: what it was made for, what the tracer warned of.
    """

    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    quantized_engine: str = ""
    facts: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Held:
    """Something that the file holds: a tensor, a list or an object of weights, under its name in the module ("" for a constant)."""

    value: Any
    name: str = ""
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the graph, and those of its inputs that the file holds, by their place; ``node`` is torch's own."""

    name: str
    node: Any
    held: dict[int, Held] = field(default_factory=dict)


def about(path: Path) -> About:
    """Read what a file says of itself; nothing where it was not made here. Raises Refused (engine-cannot-read) when it is no whole archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = next((item for item in archive.infolist() if item.filename.endswith("/" + ABOUT)), None)
            if found is None:
                return About()
            if found.file_size > MAX_ABOUT_BYTES:
                raise ValueError(f"{ABOUT} has {found.file_size} bytes")
            return msgspec.convert(json.loads(archive.read(found)), About)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise Refused("engine-cannot-read", f"{path.name} is no whole TorchScript archive: {error}"[:300], hint="copy or export it again") from error


def load(path: Path) -> Any:
    """The ScriptModule of a file. Raises Refused (engine-cannot-read) in torch's words."""
    import torch

    try:
        with deprecations_unheard():
            return torch.jit.load(str(path), map_location="cpu").eval()
    except Exception as error:  # torch raises nearly anything for what it cannot read
        first = str(error).strip().partition("\n")[0]
        raise Refused("engine-cannot-read", f"{path.name}: {first}"[:300], hint="copy or export it again") from error


def refusal(anatomy: Anatomy) -> Refusal | None:
    """Why no desktop runs a file: it hands the model to NNAPI, whose library only Android has (``libneuralnetworks.so``)."""
    if anatomy.about.get("made_for") != "nnapi":
        return None
    return Refusal("admit", "accelerator-absent", "the file hands its model to Android's NNAPI (libneuralnetworks.so), which this device does not have")


def operations(module: Any) -> Iterator[Operation]:
    """The operations of a module's ``forward`` with everything inlined, those of branches and loops too, in the order of the graph.

    What only reads attributes, makes lists or calls is left out; ``prim::If`` and ``prim::Loop`` are operations.
    """
    graph = module.inlined_graph
    known = {next(graph.inputs()).debugName(): Held(module)}
    yield from _walk(graph, known)


def _walk(block: Any, known: dict[str, Held]) -> Iterator[Operation]:
    """The operations of one block. ``known`` collects what the file holds by the graph's own names."""
    for node in block.nodes():
        kind, inputs = node.kind(), list(node.inputs())
        held = {place: known[each.debugName()] for place, each in enumerate(inputs) if each.debugName() in known}
        if found := _handed(node, kind, held):
            known[node.output().debugName()] = found
        elif not kind.startswith("prim::") or kind in ("prim::If", "prim::Loop", "prim::CallMethod"):
            yield Operation(kind, node, held)
        for inner in node.blocks():
            yield from _walk(inner, known)


def _handed(node: Any, kind: str, held: dict[int, Held]) -> Held | None:
    """What a node only hands on: an attribute, a constant, a list of held things, a tensor seen otherwise."""
    if kind == "prim::GetAttr":
        owner = held.get(0)
        return _attribute(owner, node.s("name")) if owner else None
    if kind == "prim::Constant":
        return Held(node.output().toIValue()) if node.output().type().kind() != "NoneType" else None
    if kind == "prim::ListConstruct":
        return Held([held[place] for place in sorted(held)]) if held else None
    if kind in HANDS_ON and 0 in held and not isinstance(held[0].value, (int, float, bool, str)):
        return Held(held[0].value, held[0].name, held[0].turned ^ HANDS_ON[kind])
    return None


def _attribute(owner: Held, name: str) -> Held | None:
    """An attribute of a module, with its whole name."""
    value = getattr(owner.value, name, None)
    return None if value is None else Held(value, f"{owner.name}.{name}" if owner.name else name)

"""A model of TensorFlow.js as plain tuples: what ``model.json`` says, and where each weight lies in the shards beside it. Nothing is executed.

The files may come from anywhere: their sizes are bounded, and what the manifest says of the weights is held against the bytes that are
there. The format: ``ModelJSON`` and ``WeightsManifestConfig`` in tfjs-core/src/io/types.ts; how bytes become tensors:
``decodeWeights`` in tfjs-core/src/io/io_utils.ts.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec

from pocketbench.tfjs_shards import FILE, LONGEST_NAME, Shards, shards, unreadable

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

GRAPH, LAYERS = "graph", "layers"
MAX_TEXT_BYTES = 1 << 26
# Of one tensor, so that no product of sizes is a number that takes long.
MAX_RANK, MAX_SIZE = 32, (1 << 31) - 1
# Bytes of an element; texts come each with its length in front.
BYTES = {"float32": 4, "int32": 4, "complex64": 8, "bool": 1, "uint8": 1, "uint16": 2, "float16": 2}
TEXT, LENGTH_BYTES = "string", 4
NOTHING = msgspec.Raw(b"null")

Size = Annotated[int, msgspec.Meta(ge=0, le=MAX_SIZE)]
Shape = Annotated[tuple[Size, ...], msgspec.Meta(max_length=MAX_RANK)]
T = TypeVar("T")


class Quantization(msgspec.Struct, frozen=True):
    """How a weight is kept: as halves, or as whole numbers of which each stands for ``number * scale + min``."""

    dtype: Literal["uint8", "uint16", "float16"]
    scale: float | None = None
    min: float | None = None


class Entry(msgspec.Struct, frozen=True):
    """What the manifest says of one weight."""

    name: str
    dtype: Literal["float32", "int32", "bool", "string", "complex64"]
    shape: Shape
    quantization: Quantization | None = None

    @property
    def kept(self) -> str:
        """The dtype of its bytes."""
        return self.quantization.dtype if self.quantization else self.dtype

    @property
    def elements(self) -> int:
        """How many there are."""
        return math.prod(self.shape)


class Group(msgspec.Struct, frozen=True):
    """Shards, and the weights that lie in them one after another."""

    paths: list[str]
    weights: list[Entry]


class Model(msgspec.Struct, frozen=True, rename="camel"):
    """``model.json``; topologies and signatures stay as they are until what knows their kind reads them."""

    model_topology: msgspec.Raw
    weights_manifest: list[Group]
    format: str | None = None
    generated_by: str | None = None
    converted_by: str | None = None
    signature: msgspec.Raw = NOTHING
    user_defined_metadata: msgspec.Raw = NOTHING
    model_initializer: msgspec.Raw = NOTHING


@dataclass(frozen=True, slots=True)
class Stored:
    """A weight and where it lies: its first byte, counted over all shards, and how many bytes it has."""

    entry: Entry
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class TfjsModel:
    """What is in a folder: ``model.json`` read, its shards, each weight by its name; ``kind`` is graph or layers."""

    folder: Path
    kind: str
    said: Model
    shards: Shards
    weights: dict[str, Stored]

    @property
    def files(self) -> tuple[Path, ...]:
        """``model.json`` and the shards."""
        return (self.folder / FILE, *self.shards.paths)

    def values(self, stored: Stored) -> "Array":
        """The elements of a weight in the dtype and shape that it is kept in; of numbers, not of texts."""
        import numpy as np

        dtype = np.dtype(stored.entry.kept).newbyteorder("<")
        return self.shards.bytes(stored.start, stored.size).view(dtype).reshape(stored.entry.shape)


def read(folder: Path) -> TfjsModel:
    """Read a folder. Raises Refused (engine-cannot-read), naming file and key, when it is not a whole model of TensorFlow.js."""
    said = decoded(_text(folder / FILE), Model, FILE)
    kind = _kind(said)
    found = shards(folder, _names(said))
    return TfjsModel(folder, kind, said, found, _weights(said, found))


def files(path: Path) -> tuple[Path, ...]:
    """A model's files: one like ``model.json``, whatever its name, and the shards that it names. Raises Refused (engine-cannot-read)."""
    said = decoded(_text(path), Model, path.name)
    return (path, *shards(path.parent, _names(said)).paths)


def decoded(text: bytes | msgspec.Raw, kind: type[T], where: str) -> T:
    """Read JSON as what it must be. Raises Refused (engine-cannot-read) with the path of the key that is something else, below ``where``."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(where, str(error)) from error


def _names(said: Model) -> list[str]:
    """The shards' names in their order."""
    return [name for group in said.weights_manifest for name in group.paths]


def _text(path: Path) -> bytes:
    """The bytes of ``model.json``."""
    try:
        size = path.stat().st_size if path.is_file() else -1
        if not 0 <= size <= MAX_TEXT_BYTES:
            why = "there is no such file" if size < 0 else f"it has {size} bytes, and {MAX_TEXT_BYTES} is the most"
            raise unreadable(path.name, why)
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path.name, str(error)) from error


def _kind(said: Model) -> str:
    """Which of the two kinds it is, by what the topology is made of; what ``format`` says must not be another."""
    keys = decoded(said.model_topology, dict[str, msgspec.Raw], f"{FILE}: modelTopology")
    found = GRAPH if "node" in keys else LAYERS if {"model_config", "class_name"} & keys.keys() else ""
    if not found or said.format not in (None, f"{found}-model"):
        has = ", ".join(list(keys)[:5])[:LONGEST_NAME] or "nothing"
        raise unreadable(FILE, f"modelTopology has {has}, and format is {str(said.format)[:LONGEST_NAME]!r}")
    return found


def _weights(said: Model, found: Shards) -> dict[str, Stored]:
    """Each weight by its name. Raises Refused when the manifest and the shards do not go together."""
    stored: dict[str, Stored] = {}
    at = 0
    for entry in (entry for group in said.weights_manifest for entry in group.weights):
        _check(entry, again=entry.name in stored)
        size = _texts_bytes(found, at, entry) if entry.dtype == TEXT else entry.elements * BYTES[entry.kept]
        if at + size > found.size:
            left = found.size - at
            raise unreadable(FILE, f"weight {_short(entry)} of shape {entry.shape} needs {size} bytes, and the shards have {left} left")
        stored[entry.name] = Stored(entry, at, size)
        at += size
    if at != found.size:
        raise unreadable(FILE, f"weightsManifest describes {at} bytes of weights, and the shards have {found.size}")
    return stored


def _check(entry: Entry, *, again: bool) -> None:
    """See that a weight can be what its entry says. Raises Refused, naming it."""
    kept, where = entry.quantization, f"weight {_short(entry)}"
    if again:
        raise unreadable(FILE, f"{where} comes twice")
    if kept is None:
        return
    if entry.dtype not in ("float32", "int32") or (kept.dtype == "float16" and entry.dtype != "float32"):
        raise unreadable(FILE, f"{where} of {entry.dtype} cannot be kept as {kept.dtype}")
    if kept.dtype != "float16" and (kept.scale is None or kept.min is None):
        raise unreadable(FILE, f"{where} is kept as {kept.dtype}, and its quantization has no {'scale' if kept.scale is None else 'min'}")


def _texts_bytes(found: Shards, at: int, entry: Entry) -> int:
    """How many bytes texts take, each with its length in front. Raises Refused where they end behind the shards."""
    content, end, left = found.bytes(at, found.size - at), 0, entry.elements
    while left and end + left * LENGTH_BYTES <= len(content):
        end += LENGTH_BYTES + int.from_bytes(content[end : end + LENGTH_BYTES], "little")
        left -= 1
    if left or end > len(content):
        raise unreadable(FILE, f"the {entry.elements} texts of weight {_short(entry)} end behind the shards")
    return end


def _short(entry: Entry) -> str:
    """A weight's name as messages have it."""
    return repr(entry.name[-LONGEST_NAME:])

"""A ready-made TensorFlow.js model, of a graph or of layers: run as it is."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pocketbench import cache, tfjs_node, tfjs_operations, tfjs_reader
from pocketbench.errors import Refused, SourceError
from pocketbench.model import Anatomy, Source, Tensor
from pocketbench.sources import SOURCES, sizes, specs
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import check_file, path_of
from pocketbench.sources.tfjs_signature import complete
from pocketbench.tfjs_anatomy import anatomy_of
from pocketbench.tfjs_shards import FILE

FOLDER = "model"
# A folder that holds this too is a SavedModel.
SAVED_MODEL = "saved_model.pb"


@dataclass(frozen=True, slots=True)
class TfjsFile:
    """A ``model.json``, which may have another name, with the shards beside it. Their bytes are its key; open sizes are those that a suite says."""

    name: str = "TensorFlow.js model"
    looks_like: tuple[str, ...] = (".json", "a folder with model.json")
    takes: tuple[str, ...] = ("shapes",)

    def toolchain(self, framework: str) -> str:  # noqa: ARG002
        """TensorFlow.js in Node.js."""
        return tfjs_node.TOOLCHAIN

    def frameworks(self, text: str, base: Path) -> tuple[str, ...]:  # noqa: ARG002
        """The format that it is in already."""
        return ("tfjs",)

    def reads(self, text: str, base: Path) -> bool:
        """Whether the text ends in ``.json``, or is a folder that holds ``model.json`` and no SavedModel."""
        path = path_of(text, base)
        return Path(text).suffix.lower() == ".json" or (path_of(FILE, path).is_file() and not path_of(SAVED_MODEL, path).exists())

    def check(self, text: str, base: Path) -> None:
        """See that it says which weights it has, and that they are there. Raises SourceError."""
        _files(text, base)

    def identity(self, text: str, base: Path) -> str:
        """Hash its files."""
        return _hash(_files(text, base))

    def open(self, text: str, base: Path, folder: Path, framework: str, asked: Asked) -> Source:  # noqa: ARG002
        """Copy it, read it whole, give open sizes those that were asked for, and ask TensorFlow.js for those of outputs. Raises SourceError.

        A model with operations that TensorFlow.js does not have is only read: its sizes can still be reported.
        """
        files, own = _files(text, base), folder / FOLDER
        path = str(files[0])
        for place, file in zip(_places(files, own), files, strict=True):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
        inside = _inside(own, path)
        inputs = sizes.given(inside.inputs, asked.inputs(), path) if asked.shapes else inside.inputs
        sizes.check(inputs, inside.outputs, path)
        outputs = _outputs(own, inside, inputs, path)
        specs.check(inputs, outputs, path)
        if (inputs, outputs) != (inside.inputs, inside.outputs):
            complete(own, inputs, outputs)
            inside = _inside(own, path)
        kept = tfjs_reader.files(own / FILE)
        return Source(_hash(kept), "tfjs", str(own), inside.inputs, inside.outputs, inside.parameters, inside.operations, inside.stateful)


def _file(text: str, base: Path) -> Path:
    """The file that the text speaks of. Raises SourceError."""
    path = path_of(text, base)
    if path.is_dir():
        return path_of(FILE, path)
    check_file(text, base)
    return path


def _files(text: str, base: Path) -> tuple[Path, ...]:
    """The model's files. Raises SourceError."""
    path = _file(text, base)
    try:
        return tfjs_reader.files(path)
    except Refused as error:
        raise SourceError(f"{path} cannot be used: {error.message}", hint=error.hint) from error


def _places(files: Sequence[Path], own: Path) -> list[Path]:
    """Where the files go: as they lie, but the first one is called ``model.json``."""
    first, *shards = files
    return [own / FILE, *(own / shard.relative_to(first.parent) for shard in shards)]


def _hash(files: Sequence[Path]) -> str:
    """The sha256 of the files' own, in their order."""
    return cache.key_of({"files": [cache.sha256_of(file) for file in files]})


def _inside(own: Path, path: str) -> Anatomy:
    """What is in the copy. Raises SourceError, naming the file that was given."""
    try:
        return anatomy_of(own)
    except Refused as error:
        raise SourceError(f"{path} cannot be used: {error.message}", hint=error.hint) from error


def _outputs(own: Path, inside: Anatomy, inputs: Sequence[Tensor], path: str) -> tuple[Tensor, ...]:
    """The outputs with every size of one row known: where the file does not say them, as one row of zeros shows. Raises SourceError."""
    kind = inside.about["model"]
    known = all(each.shape != (-1,) and -1 not in each.shape[1:] for each in inside.outputs)
    if known or tfjs_operations.refusal(inside.operations, kind, "cpu"):
        return inside.outputs
    try:
        said = tfjs_node.described(own, kind, inside.operations, inputs).outputs
    except Refused as error:
        raise SourceError(f"{path} cannot be used: {error.message}", log=error.log) from error
    by_name = {name: each for each in said for name in each.names}
    found = [by_name.get(each.name) for each in inside.outputs]
    if len(said) != len(found) or None in found:
        raise SourceError(f"{path}: TensorFlow.js calls its outputs {', '.join(each.names[0] for each in said)}"[:300])
    pairs = [(own, each) for own, each in zip(inside.outputs, found, strict=True) if each]
    return tuple(msgspec.structs.replace(own, shape=each.shape or (), dtype=each.dtype) for own, each in pairs)


SOURCES.add(TfjsFile())

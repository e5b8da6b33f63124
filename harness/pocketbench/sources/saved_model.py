"""A SavedModel folder: any TensorFlow graph with a ``serving_default`` signature."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pocketbench import cache
from pocketbench.errors import SourceError
from pocketbench.model import Source
from pocketbench.sources import SOURCES, graph, specs
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import path_of

MARK = "saved_model.pb"
SIGNATURE = "serving_default"


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A folder that TensorFlow wrote. Its bytes are its key."""

    name: str = "SavedModel"
    looks_like: tuple[str, ...] = ("a SavedModel folder",)
    takes: tuple[str, ...] = ()

    def toolchain(self, framework: str) -> str:  # noqa: ARG002
        """TensorFlow's."""
        return "tensorflow"

    def frameworks(self, text: str, base: Path) -> tuple[str, ...]:  # noqa: ARG002
        """Keras' lane, whose TensorFlow runs it."""
        return ("keras",)

    def reads(self, text: str, base: Path) -> bool:
        """Whether the text names a SavedModel, or ends as a folder does."""
        return path_of(MARK, path_of(text, base)).exists() or text.endswith("/")

    def check(self, text: str, base: Path) -> None:
        """See that the folder holds a SavedModel. Raises SourceError."""
        path = path_of(text, base)
        if not path.is_dir():
            raise SourceError(f"{path}: there is no such folder")
        if not path_of(MARK, path).is_file():
            raise SourceError(f"{path} is not a SavedModel: it holds no {MARK}", hint="tf.saved_model.save(model, folder) or model.export(folder) writes one")

    def identity(self, text: str, base: Path) -> str:
        """Hash all its files."""
        return cache.sha256_of(path_of(text, base))

    def open(self, text: str, base: Path, folder: Path, framework: str, asked: Asked) -> Source:  # noqa: ARG002
        """Copy it and describe its signature. Raises SourceError."""
        path = path_of(text, base)
        shutil.copytree(path, folder / "saved_model")
        return msgspec.structs.replace(described(folder / "saved_model", str(path)), key=cache.sha256_of(path))


def described(folder: Path, text: str) -> Source:
    """Describe a SavedModel's signature; ``text`` names it in messages. Raises SourceError."""
    loaded = load(folder, text)  # a signature does not keep its variables alive by itself
    signature = signature_of(loaded, text)
    taken, given = signature.structured_input_signature[1], signature.structured_outputs
    inputs = tuple(specs.tensor(name, _sizes(spec), spec.dtype.name) for name, spec in taken.items())
    outputs = tuple(specs.tensor(name, _sizes(given[name]), given[name].dtype.name) for name in sorted(given))
    specs.check(inputs, outputs, text)
    held = list(signature.variables)
    parameters = graph.weights(held) if held else graph.constant_weights(signature.graph)
    return Source("", "keras", str(folder), inputs, outputs, parameters, graph.operations(signature.graph))


def load(folder: Path, text: str) -> Any:
    """Load a SavedModel. Raises SourceError in TensorFlow's words."""
    import tensorflow as tf

    try:
        return tf.saved_model.load(str(folder))
    except Exception as error:  # TensorFlow raises nearly anything for folders it cannot read
        first = str(error).strip().partition("\n")[0]
        raise SourceError(f"{text}: TensorFlow cannot load it: {type(error).__name__}: {first}") from error


def signature_of(loaded: Any, text: str) -> Any:
    """Return the function that serves. Raises SourceError naming the signatures that are there."""
    known = dict(getattr(loaded, "signatures", {}))
    if SIGNATURE in known:
        return known[SIGNATURE]
    has = ", ".join(known) or "none"
    raise SourceError(f"{text}: the SavedModel has no signature {SIGNATURE!r}; it has: {has}", hint="tf.saved_model.save(…, signatures={'serving_default': f})")


def _sizes(spec: Any) -> list[int | None] | None:
    """The sizes of a tensor's dimensions, None where they are free; None when even their number is."""
    return None if spec.shape.rank is None else list(spec.shape)


SOURCES.add(SavedModel())

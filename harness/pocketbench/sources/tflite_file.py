"""A ready-made ``.tflite`` file: run as it is."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketbench import cache, tflite_versions
from pocketbench.errors import Refused, SourceError
from pocketbench.model import Source
from pocketbench.sources import SOURCES, specs
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import check_file, path_of
from pocketbench.tflite_anatomy import anatomy_of
from pocketbench.tflite_reader import IDENTIFIER

FILE = "model.tflite"


@dataclass(frozen=True, slots=True)
class TfliteFile:
    """A TensorFlow Lite file made elsewhere. Its bytes are its key."""

    name: str = "TensorFlow Lite file"
    looks_like: tuple[str, ...] = (".tflite",)
    takes: tuple[str, ...] = ()

    def toolchain(self, framework: str) -> str:  # noqa: ARG002
        """Any: the runtime is small."""
        return "plain"

    def frameworks(self, text: str, base: Path) -> tuple[str, ...]:  # noqa: ARG002
        """The format that it is in already."""
        return ("tflite",)

    def reads(self, text: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the text ends in ``.tflite``."""
        return Path(text).suffix.lower() == ".tflite"

    def check(self, text: str, base: Path) -> None:
        """See that the file is there and begins as one. Raises SourceError."""
        check_file(text, base)
        path = path_of(text, base)
        with path.open("rb") as file:
            if file.read(8)[4:] != IDENTIFIER:  # where FlatBuffers keep it
                raise SourceError(f"{path} is not a TensorFlow Lite file: it lacks the identifier {IDENTIFIER.decode()}")

    def identity(self, text: str, base: Path) -> str:
        """Hash its bytes."""
        return cache.sha256_of(path_of(text, base))

    def open(self, text: str, base: Path, folder: Path, framework: str, asked: Asked) -> Source:  # noqa: ARG002
        """Copy it, read it whole and let the interpreter allocate its tensors. Raises SourceError.

        A file with operations that the interpreter has no kernel for is only read: its sizes can still be reported.
        """
        path, own = path_of(text, base), folder / FILE
        shutil.copyfile(path, own)
        try:
            inside = anatomy_of(own)  # bounded: one that was cut short is found before the interpreter sees it
        except Refused as error:
            raise SourceError(f"{path} is damaged or cut short: {error.message}", hint=error.hint) from error
        if not tflite_versions.unknown(inside.operations, "litert"):
            interpreter(own, str(path))
        specs.check(inside.inputs, inside.outputs, str(path))
        return Source(cache.sha256_of(own), "tflite", str(own), inside.inputs, inside.outputs, inside.parameters, inside.operations, inside.stateful)


def interpreter(file: Path, text: str) -> Any:
    """Return an interpreter that is ready to run. Raises SourceError in its words."""
    from ai_edge_litert.interpreter import Interpreter

    try:
        ready = Interpreter(model_path=str(file), num_threads=1)
        ready.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise SourceError(f"{text}: the interpreter cannot use it: {str(error).strip().partition(chr(10))[0]}") from error
    return ready


SOURCES.add(TfliteFile())

"""A ready-made ``.onnx`` file: run as it is."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketbench import cache, onnx_versions
from pocketbench.errors import Refused, SourceError
from pocketbench.model import Anatomy, Source, Tensor
from pocketbench.onnx_anatomy import anatomy_of
from pocketbench.sources import SOURCES, sizes
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import check_file, path_of

FILE = "model.onnx"


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """An ONNX file made elsewhere. Its bytes are its key; sizes that it leaves open are those that a suite says."""

    name: str = "ONNX file"
    looks_like: tuple[str, ...] = (".onnx",)
    takes: tuple[str, ...] = ("shapes",)

    def toolchain(self, framework: str) -> str:  # noqa: ARG002
        """ONNX alone."""
        return "onnx"

    def frameworks(self, text: str, base: Path) -> tuple[str, ...]:  # noqa: ARG002
        """The format that it is in already."""
        return ("onnx",)

    def reads(self, text: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the text ends in ``.onnx``."""
        return Path(text).suffix.lower() == ".onnx"

    def check(self, text: str, base: Path) -> None:
        """See that the file is there. Raises SourceError."""
        check_file(text, base)

    def identity(self, text: str, base: Path) -> str:
        """Hash its bytes."""
        return cache.sha256_of(path_of(text, base))

    def open(self, text: str, base: Path, folder: Path, framework: str, asked: Asked) -> Source:  # noqa: ARG002
        """Copy it, read it whole, give open sizes those that were asked for, and let ONNX Runtime load it. Raises SourceError.

        A file with operations that the runtime does not know is only read: its sizes can still be reported.
        """
        path, own = path_of(text, base), folder / FILE
        shutil.copyfile(path, own)
        inside = _inside(own, path)
        if asked.shapes:
            _fix(own, inside, asked.inputs(), str(path))
            inside = _inside(own, path)
        sizes.check(inside.inputs, inside.outputs, str(path))
        if not any(onnx_versions.unknown(inside.operations)):
            session(own, str(path))
        return Source(cache.sha256_of(own), "onnx", str(own), inside.inputs, inside.outputs, inside.parameters, inside.operations)


def session(file: Path, text: str) -> Any:
    """Return a session that is ready to run. Raises SourceError in the runtime's words."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common class
        first = str(error).strip().partition("\n")[0]
        raise SourceError(f"{text}: ONNX Runtime cannot use it: {first}"[:400]) from error


def _inside(own: Path, path: Path) -> Anatomy:
    """What is in the copy. Raises SourceError, naming the file that was given."""
    try:
        return anatomy_of(own)  # bounded: one that was cut short is found before the runtime sees it
    except Refused as error:
        raise SourceError(f"{path} cannot be used: {error.message}", hint=error.hint) from error


def _fix(own: Path, inside: Anatomy, asked: Sequence[Tensor], text: str) -> None:
    """Write the sizes of one row into the file, input by input; a size that has a name gets it wherever it stands. Raises SourceError."""
    import onnx

    closed = sizes.given(inside.inputs, asked, text)
    model = onnx.load_model(own, load_external_data=False)
    named: dict[str, int] = {}
    values = {value.name: value for value in model.graph.input}
    for wanted in closed:
        shape = values[wanted.name].type.tensor_type.shape
        shape.dim.extend(type(shape).Dimension() for _ in range(len(wanted.shape) - len(shape.dim)))  # of some inputs nothing is said
        for dimension, size in zip(shape.dim, wanted.shape, strict=True):
            named |= {dimension.dim_param: size} if dimension.dim_param else {}
            dimension.dim_value = size
    for value in (*model.graph.output, *model.graph.value_info):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param in named:
                dimension.dim_value = named[dimension.dim_param]
    onnx.save_model(model, own)


SOURCES.add(OnnxFile())

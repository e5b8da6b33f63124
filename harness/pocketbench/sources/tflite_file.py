"""A ready-made ``.tflite`` file: run as it is."""

import math
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketbench import cache
from pocketbench.errors import SourceError
from pocketbench.model import Source, Tensor
from pocketbench.sources import SOURCES, specs
from pocketbench.sources.files import check_file, path_of

FILE = "model.tflite"
# Bytes 4 to 8 of every file: the identifier that the FlatBuffers schema declares.
IDENTIFIER = b"TFL3"


@dataclass(frozen=True, slots=True)
class TfliteFile:
    """A TensorFlow Lite file made elsewhere. Its bytes are its key."""

    name: str = "TensorFlow Lite file"
    framework: str = "tflite"
    toolchain: str = "plain"
    looks_like: tuple[str, ...] = (".tflite",)

    def reads(self, text: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the text ends in ``.tflite``."""
        return Path(text).suffix.lower() == ".tflite"

    def check(self, text: str, base: Path) -> None:
        """See that the file is there and begins as one. Raises SourceError."""
        check_file(text, base)
        path = path_of(text, base)
        with path.open("rb") as file:
            if file.read(8)[4:] != IDENTIFIER:
                raise SourceError(f"{path} is not a TensorFlow Lite file: it lacks the identifier {IDENTIFIER.decode()}")

    def identity(self, text: str, base: Path) -> str:
        """Hash its bytes."""
        return cache.sha256_of(path_of(text, base))

    def open(self, text: str, base: Path, folder: Path) -> Source:
        """Copy it, read it whole and let the interpreter allocate its tensors. Raises SourceError."""
        path, own = path_of(text, base), folder / FILE
        shutil.copyfile(path, own)
        model = _unpacked(own, path)
        inputs, outputs = _tensors(interpreter(own, str(path)))
        specs.check(inputs, outputs, str(path))
        return Source(cache.sha256_of(own), "tflite", str(own), inputs, outputs, _weights(model), _operations(model), _stateful(model))


def interpreter(file: Path, text: str) -> Any:
    """Return an interpreter that is ready to run. Raises SourceError in its words."""
    from ai_edge_litert.interpreter import Interpreter

    try:
        ready = Interpreter(model_path=str(file), num_threads=1)
        ready.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise SourceError(f"{text}: the interpreter cannot use it: {str(error).strip().partition(chr(10))[0]}") from error
    return ready


def _unpacked(own: Path, path: Path) -> Any:
    """Read every table of the file, so that one that was cut short is found before the interpreter sees it."""
    import struct

    from ai_edge_litert import schema_py_generated as schema

    try:
        return schema.ModelT.InitFromPackedBuf(own.read_bytes())
    except (struct.error, IndexError, ValueError, TypeError, OverflowError, MemoryError) as error:
        raise SourceError(f"{path} is damaged or cut short: {path.stat().st_size} bytes, and its tables point beyond them") from error


def _tensors(ready: Any) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """The inputs and outputs, in the file's order and under its names."""
    return tuple(map(_tensor, ready.get_input_details())), tuple(map(_tensor, ready.get_output_details()))


def _tensor(detail: dict[str, Any]) -> Tensor:
    """One input or output as the interpreter describes it."""
    import numpy as np

    scale, zero_point = detail["quantization"]
    shape = detail["shape_signature"] if len(detail["shape_signature"]) else detail["shape"]
    return specs.tensor(detail["name"], [int(size) for size in shape], np.dtype(detail["dtype"]).name, scale=float(scale), zero_point=int(zero_point))


def _weights(model: Any) -> int:
    """Count the elements of constants of two dimensions or more that are numbers to compute with, not shapes or indices."""
    from ai_edge_litert.schema_py_generated import TensorType

    indices = (TensorType.INT32, TensorType.INT64, TensorType.BOOL, TensorType.STRING)
    found = [tensor for graph in model.subgraphs for tensor in graph.tensors or () if tensor.type not in indices and _constant(model, tensor)]
    return sum(math.prod(map(int, tensor.shape)) for tensor in found if tensor.shape is not None and len(tensor.shape) > 1)


def _constant(model: Any, tensor: Any) -> bool:
    """Whether a tensor's values are in the file."""
    buffer = model.buffers[tensor.buffer]
    return (buffer.data is not None and len(buffer.data) > 0) or bool(buffer.size)


def _operations(model: Any) -> dict[str, int]:
    """Count the operations of all subgraphs by their names in the schema."""
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    names = {value: name for name, value in vars(BuiltinOperator).items() if isinstance(value, int)}
    codes = [code.customCode.decode() if code.customCode else names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in model.operatorCodes or ()]
    return dict(Counter(codes[operator.opcodeIndex] for graph in model.subgraphs for operator in graph.operators or ()).most_common())


def _stateful(model: Any) -> bool:
    """Whether a tensor keeps its value from one run to the next."""
    return any(tensor.isVariable for graph in model.subgraphs for tensor in graph.tensors or ())


SOURCES.add(TfliteFile())

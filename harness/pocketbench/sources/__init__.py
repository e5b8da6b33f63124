"""Sources: where trained models come from. One file a kind; each registers itself in ``SOURCES``.

``find``, ``frameworks`` and ``identity`` answer at once, without opening anything; ``open_source`` and ``reference`` run in
a worker process. An opened source lies in a folder of its own as ``model.keras``, ``model.tflite``, ``model.onnx`` or the folder
``saved_model``, ``torch`` or ``model`` (of TensorFlow.js); its kind is read from that name.
"""

from pathlib import Path
from typing import Any, Protocol

import msgspec

from pocketbench.errors import SourceError
from pocketbench.model import Rows, Source
from pocketbench.registry import Registry, nearest
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import path_of


class SourceKind(Protocol):
    """One kind of source. ``text`` is what the suite says, paths in it are relative to ``base``."""

    @property
    def name(self) -> str:
        """The word for messages: "Keras file"."""

    @property
    def takes(self) -> tuple[str, ...]:
        """What it looks at besides its text: "weights" and "shapes" of a suite, "trust" of the command line."""

    @property
    def looks_like(self) -> tuple[str, ...]:
        """How its sources begin ("zoo:") or end (".keras"), for messages."""

    def toolchain(self, framework: str) -> str:
        """The worker environment that opens and runs it in one of its frameworks."""

    def frameworks(self, text: str, base: Path) -> tuple[str, ...]:
        """What the model can be had in, the usual one first: ("keras",), or for a ready-made file its format. The source is there."""

    def reads(self, text: str, base: Path) -> bool:
        """Whether this is the kind that the text speaks of, there or not."""

    def check(self, text: str, base: Path) -> None:
        """See that it is there, without opening it. Raises SourceError."""

    def identity(self, text: str, base: Path) -> str:
        """A sha256 of what it is, without opening it."""

    def open(self, text: str, base: Path, folder: Path, framework: str, asked: Asked) -> Source:
        """Materialise it into ``folder``, in one of its frameworks, as the suite asked. Raises SourceError."""


SOURCES: Registry[SourceKind] = Registry("kind of source")


def find(source: str, base: Path) -> SourceKind:
    """Return the kind of a source that is there. Raises SourceError naming the nearest right answer."""
    for kind in SOURCES:
        if kind.reads(source, base):
            kind.check(source, base)
            return kind
    raise SourceError(f"{source!r} is no kind of model that is known; known: {', '.join(_shapes())}", hint=_meant(source, base))


def frameworks(source: str, base: Path) -> tuple[str, ...]:
    """The frameworks that a source exists in, the usual one first. Raises SourceError."""
    return find(source, base).frameworks(source, base)


def framework(source: str, base: Path) -> str:
    """The usual framework of a source: "keras" or "tflite". Raises SourceError."""
    return frameworks(source, base)[0]


def identity(source: str, base: Path) -> str:
    """A sha256 of what a source is, before it is opened: of its bytes, or of the code that makes it. Raises SourceError."""
    return find(source, base).identity(source, base)


def open_source(*, source: str, base: str, folder: str, framework: str = "", asked: dict[str, Any] | None = None) -> dict[str, Any]:
    """Open a source in a worker process, leave it in ``folder`` and return a Source as builtins.

    It is opened in the framework named, else in its usual one, as the suite asked (:class:`Asked` as builtins). Raises SourceError.
    """
    kind = find(source, Path(base))
    known = kind.frameworks(source, Path(base))
    if framework and framework not in known:
        raise SourceError(f"{source} does not exist in framework {framework!r}; known: {', '.join(known)}", hint=nearest(framework, known))
    opened = kind.open(source, Path(base), Path(folder), framework or known[0], msgspec.convert(asked or {}, Asked))
    return msgspec.to_builtins(opened)  # type: ignore[no-any-return]


def reference(*, source: dict[str, Any], rows: dict[str, Any], folder: str) -> dict[str, int]:
    """Run a source itself over the scoring rows, in a worker process; nothing is timed.

    Writes ``reference-y<i>.npy``, float32 of shape (rows, …), one file an output in the source's order, and returns how many
    rows and outputs there are: no outputs where nothing here can run the model. Raises SourceError when it does not run.
    """
    import numpy as np

    from pocketbench.sources.running import outputs

    model, data = msgspec.convert(source, Source), msgspec.convert(rows, Rows)
    inputs = [np.load(Path(data.folder) / f"scoring-x{index}.npy", mmap_mode="r", allow_pickle=False) for index in range(len(model.inputs))]
    arrays = outputs(model, inputs)
    for index, array in enumerate(arrays):
        np.save(Path(folder) / f"reference-y{index}.npy", array)
    return {"rows": data.scoring, "outputs": len(arrays)}


def _shapes() -> list[str]:
    """How sources look, all kinds."""
    return [shape for kind in SOURCES for shape in kind.looks_like]


def _meant(source: str, base: Path) -> str:
    """Say which right answer is nearest: a zoo model, an ending, the folder around a ``.pb`` file."""
    from pocketbench import zoo

    path = Path(source)
    if path.suffix == ".pb":
        return f"a SavedModel is the folder around it: {path.parent}"
    if path_of(source, base).is_dir():
        return "a folder is a SavedModel when it holds saved_model.pb, a TensorFlow.js model when it holds model.json"
    if close := nearest(source.rpartition(":")[2], zoo.MODELS.names()):
        return close.replace("'", "'zoo:", 1)
    close = nearest(path.suffix, _shapes()) if path.suffix else ""
    return close or "begin zoo models with zoo:, functions with python:, and give files with their ending"


from pocketbench.sources import keras_file as _keras_file  # noqa: E402, F401, I001 - a folder that is named with a / is asked for by what is in it first
from pocketbench.sources import onnx_file as _onnx_file  # noqa: E402, F401
from pocketbench.sources import python_function as _python_function  # noqa: E402, F401
from pocketbench.sources import tfjs_file as _tfjs_file  # noqa: E402, F401
from pocketbench.sources import saved_model as _saved_model  # noqa: E402, F401
from pocketbench.sources import tflite_file as _tflite_file  # noqa: E402, F401
from pocketbench.sources import torch_file as _torch_file  # noqa: E402, F401
from pocketbench.sources import zoo as _zoo  # noqa: E402, F401

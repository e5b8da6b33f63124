"""A torch model as it is kept once it was opened: the folder ``torch``, whose description is read without importing torch.

``about.json`` says how the model is had again, ``weights.pt`` is its state, tensors only. ``program.pt2`` is the exported
program for one row, where the model can be exported; ``script.pt`` TorchScript, where it came as such or cannot be
exported; ``module.pt`` the whole module, where the user trusted a pickled one.
"""

import contextlib
import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pocketbench import cache
from pocketbench.errors import SourceError
from pocketbench.model import Refusal, Source, Tensor

FOLDER = "torch"
ABOUT, WEIGHTS, PROGRAM, SCRIPT, MODULE = "about.json", "weights.pt", "program.pt2", "script.pt", "module.pt"
ZOO, FUNCTION, PICKLED, PROGRAMMED, SCRIPTED = "zoo", "function", "pickled", "program", "script"
# What Python code makes again, so that it can be scripted, fused and trained on.
EAGER = (ZOO, FUNCTION, PICKLED)
SEED = 0
# Read by torch.load at each call: nothing but tensors is unpickled, whatever the caller says.
_TENSORS_ONLY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


class About(msgspec.Struct, frozen=True):
    """How a kept model is had again: ``made_by`` is zoo, function, pickled, program or script.

    ``text`` names the zoo model or the function, ``root`` is the folder that the function's module is in, ``sha256`` that of its file.
    """

    made_by: str
    text: str = ""
    root: str = ""
    sha256: str = ""


def about(source: Source) -> About:
    """What a kept model says of itself. Raises CacheError when it was damaged."""
    return cache.kept(Path(source.path) / ABOUT, About)


def is_kept(source: Source) -> bool:
    """Whether a source is a torch model that was opened."""
    return source.framework == "torch" and Path(source.path).name == FOLDER


def has_eager(source: Source) -> bool:
    """Whether Python code makes the model: a Keras model, or a torch module that came neither as an exported program nor as TorchScript."""
    return Path(source.path).suffix == ".keras" or (is_kept(source) and about(source).made_by in EAGER)


def unexportable(source: Source) -> Refusal | None:
    """Why a model cannot go where programs of ``torch.export`` go: it was kept as TorchScript alone, as it came or because its branches depend on data."""
    kept = Path(source.path)
    if not is_kept(source) or (kept / PROGRAM).exists() or not (kept / SCRIPT).exists():
        return None
    hint = "the formats torchscript, ncnn and onnx in its form classic take it; or give the model as python:module:function, without such branches"
    return Refusal("convert", "technique-not-for-model", "torch.export does not take the model: it is TorchScript, or branches by what it computes", hint)


def example(inputs: tuple[Tensor, ...]) -> tuple[Any, ...]:
    """One row for inputs of shape (batch, …): tensors of batch 1, seeded normal numbers, zeros for integers."""
    import torch

    random = torch.Generator().manual_seed(SEED)
    shapes = [tuple(1 if size < 0 else size for size in each.shape) for each in inputs]
    dtypes = [getattr(torch, each.dtype) for each in inputs]
    return tuple(
        torch.randn(shape, generator=random).to(dtype) if dtype.is_floating_point else torch.zeros(shape, dtype=dtype)
        for shape, dtype in zip(shapes, dtypes, strict=True)
    )


def write(module: Any, row: tuple[Any, ...], said: About, folder: Path) -> Path:
    """Keep an ``nn.Module`` in eval mode: its state, and the program that it exports to for ``row``, else its TorchScript. Returns the folder ``torch``.

    Raises SourceError when the module can be neither exported nor scripted.
    """
    path = _begun(folder, said, module.state_dict())
    try:
        _export(module, row, path)
    except Exception as error:  # export raises nearly anything
        _script(module, path, error)
    return path


def write_file(kind: str, file: Path, state: Mapping[str, Any], folder: Path) -> Path:
    """Keep a model that came as one file, PROGRAM or SCRIPT, with its state. Returns the folder ``torch``."""
    path = _begun(folder, About({PROGRAM: PROGRAMMED, SCRIPT: SCRIPTED}[kind]), state)
    shutil.copyfile(file, path / kind)
    return path


def keep_weights(source: Source, module: Any, folder: Path) -> Path:
    """Keep a module that was trained on, an ``nn.Module`` of the same making as the source, in eval mode. Returns the folder ``torch`` within ``folder``."""
    path = write(module, example(source.inputs), about(source), folder)
    if (Path(source.path) / MODULE).exists():
        shutil.copyfile(Path(source.path) / MODULE, path / MODULE)
    return path


def state(source: Source) -> dict[str, Any]:
    """The tensors of a kept model by their names; nothing else is unpickled."""
    import torch

    found: dict[str, Any] = torch.load(Path(source.path) / WEIGHTS, weights_only=True, map_location="cpu")
    return found


@contextlib.contextmanager
def tensors_only() -> Iterator[None]:
    """Let torch unpickle nothing but tensors, also where it asks for more itself."""
    before = os.environ.get(_TENSORS_ONLY)
    os.environ[_TENSORS_ONLY] = "1"
    try:
        yield
    finally:
        os.environ.pop(_TENSORS_ONLY) if before is None else os.environ.update({_TENSORS_ONLY: before})


@contextlib.contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Let modules be imported from a suite's folder and from the current one: what a pickled module's class was written in."""
    before = list(sys.path)
    sys.path[:0] = [str(folder.resolve()), str(Path.cwd())]
    try:
        yield
    finally:
        sys.path[:] = before


@contextlib.contextmanager
def deprecations_unheard() -> Iterator[None]:
    """Let torch say nothing of what it calls deprecated and is what phones run: TorchScript and its quantisation; nor of its own buffers."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given buffer is not writable", category=UserWarning)
        warnings.filterwarnings("ignore", message="(?s).*assigned during export", category=UserWarning)  # of LSTMs
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"torch\.|pocketbench\.")
        warnings.filterwarnings("ignore", message="Lite Interpreter is deprecated", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message=r".*is deprecated", category=UserWarning)
        warnings.filterwarnings("ignore", message=r".*is deprecated", category=FutureWarning)
        yield


def _begun(folder: Path, said: About, tensors: Mapping[str, Any]) -> Path:
    """Make the folder, with what the model says of itself and its state."""
    import torch

    path = folder / FOLDER
    path.mkdir()
    cache.keep(path / ABOUT, said)
    torch.save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, path / WEIGHTS)
    return path


def _export(module: Any, row: tuple[Any, ...], path: Path) -> None:
    """Write the program for one row, of fixed shapes."""
    import torch

    with torch.no_grad(), deprecations_unheard():
        torch.export.save(torch.export.export(module, row, strict=False), path / PROGRAM)


def _script(module: Any, path: Path, why: Exception) -> None:
    """Write TorchScript, where branches depend on data. Raises SourceError, with why the model was not exported either."""
    import torch

    try:
        with deprecations_unheard():
            torch.jit.save(torch.jit.script(module), path / SCRIPT)
    except Exception as error:
        said = " and ".join(f"{type(each).__name__}: {str(each).strip().partition(chr(10))[0][:200]}" for each in (why, error))
        raise SourceError(f"the model can be neither exported nor scripted: {said}", hint="torch.export.export(model, (row,)) shows more") from error

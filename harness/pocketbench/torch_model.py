"""A source as torch sees it: torch models, and Keras models on Keras' torch back end. Runs in a worker that has torch."""

import copy
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pocketbench import cache, functions, torch_kept, zoo
from pocketbench.errors import Refused, SourceError
from pocketbench.model import Rows, Source

# The last model that Python code made in this worker, so that a user's function is called once and not for every variant.
_LAST: dict[str, Any] = {}


def eager(source: Source) -> Any:
    """The model as Python code makes it: an ``nn.Module`` in eval mode that takes one tensor an input, gives a tensor or a flat tuple. Yours to change.

    Raises Refused (technique-not-for-model) for a model that came as a program, as TorchScript or as a TensorFlow graph.
    """
    if not torch_kept.has_eager(source):
        raise Refused("technique-not-for-model", f"{_came_as(source)}: there is no Python code of it", hint="give the model as python:module:function")
    if source.path not in _LAST:
        _LAST.clear()
        _LAST[source.path] = _keras(source) if Path(source.path).suffix == ".keras" else _made(source)
    return copy.deepcopy(_LAST[source.path])


def module(source: Source) -> Any:
    """What can be called and traced: the eager module where there is one, else the program's module or the TorchScript. Raises Refused as :func:`eager`."""
    if torch_kept.has_eager(source) or not torch_kept.is_kept(source):
        return eager(source)
    return script(source) or program(source).module()


def program(source: Source) -> Any:
    """The ``torch.export.ExportedProgram`` for one row of fixed shapes. Raises Refused (unsupported-operation), in torch's words, where there is none."""
    import torch

    kept = Path(source.path) / torch_kept.PROGRAM
    if torch_kept.is_kept(source) and kept.exists():
        with torch_kept.tensors_only(), torch_kept.deprecations_unheard():
            return torch.export.load(kept)
    try:
        with torch.no_grad(), torch_kept.deprecations_unheard():
            return torch.export.export(module(source), example(source), strict=False)
    except Refused:
        raise
    except Exception as error:  # export raises nearly anything
        first = str(error).strip().partition("\n")[0]
        raise Refused("unsupported-operation", f"torch cannot export the model: {type(error).__name__}: {first}"[:300]) from error


def script(source: Source) -> Any:
    """The TorchScript that the source is kept as; None for a model that is kept otherwise."""
    import torch

    kept = Path(source.path) / torch_kept.SCRIPT
    if not torch_kept.is_kept(source) or not kept.exists():
        return None
    with torch_kept.deprecations_unheard():
        return torch.jit.load(str(kept), map_location="cpu").eval()


def example(source: Source) -> tuple[Any, ...]:
    """One seeded row: a tensor of batch 1 for each input, normal numbers, zeros for integers."""
    return torch_kept.example(source.inputs)


def calibration(source: Source, rows: Rows, technique: str) -> Iterator[tuple[Any, ...]]:
    """Rows that show the ranges of activations, one at a time: a tensor of batch 1 for each input.

    They are the calibration rows; for a technique that trained under rounding those that it trained on. Raises Refused (needs-calibration-data).
    """
    return _rows(source, rows, *check_calibration(rows, technique))


def check_calibration(rows: Rows, technique: str) -> tuple[str, int]:
    """The part of the rows that a technique calibrates with, and how many there are. Raises Refused (needs-calibration-data) where there are none."""
    part, count = ("training", rows.training) if "qat" in technique else ("calibration", rows.calibration)
    if not count:
        raise Refused("needs-calibration-data", f"{technique} calibrates, and no rows are set aside for it", hint="give data = { calibration = 200, … }")
    return part, count


def _rows(source: Source, rows: Rows, part: str, count: int) -> Iterator[tuple[Any, ...]]:
    """The rows of one part, one after another."""
    import numpy as np
    import torch

    arrays = [np.load(Path(rows.folder) / f"{part}-x{index}.npy", mmap_mode="r", allow_pickle=False) for index in range(len(source.inputs))]
    for row in range(count):
        given = [torch.from_numpy(np.array(array[row : row + 1])) for array in arrays]
        yield tuple(tensor.to(getattr(torch, each.dtype)) for tensor, each in zip(given, source.inputs, strict=True))


def flat(outputs: Any) -> list[Any]:
    """What a model gave as a list of tensors, whatever structure it had."""
    import torch

    found: list[Any] = torch.utils._pytree.tree_leaves(outputs)  # noqa: SLF001 - torch has no public one
    return found


def flattened(made: Any, row: tuple[Any, ...]) -> Any:
    """The module itself when it gives a tensor or a tuple of tensors, else one around it that does."""
    import torch

    with torch.no_grad():
        gives = copy.deepcopy(made)(*row)  # a call may change what a module remembers
    plain = isinstance(gives, torch.Tensor) or (type(gives) is tuple and all(isinstance(each, torch.Tensor) for each in gives))
    return made if plain else _flattening(made)


def _made(source: Source) -> Any:
    """Make a module again by its code, with the weights that were kept."""
    import torch

    said = torch_kept.about(source)
    torch.manual_seed(torch_kept.SEED)
    with torch_kept.deprecations_unheard():
        made = {torch_kept.ZOO: _of_zoo, torch_kept.FUNCTION: _of_function, torch_kept.PICKLED: _unpickled}[said.made_by](said, source)
    found = flattened(made.eval(), example(source))
    found.load_state_dict(torch_kept.state(source))
    return found.eval()


def _of_zoo(said: torch_kept.About, source: Source) -> Any:  # noqa: ARG001
    """A zoo model, untrained."""
    file, _, _ = zoo.MODELS.get(said.text).makers["torch"].partition(":")
    return importlib.import_module(file).build()


def _of_function(said: torch_kept.About, source: Source) -> Any:  # noqa: ARG001
    """What the user's function returns; the module, where it returns a row beside it. Raises SourceError when its file is no more what it was."""
    function = functions.find(said.text, Path(said.root), SourceError)
    if said.sha256 != cache.sha256_of(function.file):
        raise SourceError(f"{said.text}: {function.file} was changed since the model was opened", hint="run again: it is opened anew")
    found = function.call(framework="torch")
    return found[0] if isinstance(found, tuple) else found


def _unpickled(said: torch_kept.About, source: Source) -> Any:
    """A module that the user trusted when it was opened."""
    import torch

    with torch_kept.importable(Path(said.root)):
        return torch.load(Path(source.path) / torch_kept.MODULE, weights_only=False, map_location="cpu")


def _flattening(made: Any) -> Any:
    """A module around one that gives a dictionary or nested tuples."""
    import torch

    class Flat(torch.nn.Module):  # type: ignore[misc]
        """Gives the tensors of a structure as a flat tuple."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = made

        def forward(self, *row: Any) -> Any:
            """Call the model."""
            return tuple(flat(self.inner(*row)))

    return Flat().eval()


def _keras(source: Source) -> Any:
    """A Keras model as a torch module. Its inputs are in the source's order and layout."""
    import keras
    import torch

    class Whole(torch.nn.Module):  # type: ignore[misc]
        """Calls a Keras model as for inference."""

        def __init__(self) -> None:
            super().__init__()
            self.model = keras.saving.load_model(source.path, compile=False)
            self.structure = (getattr(self.model, "_functional", None) or self.model).input

        def forward(self, *row: Any) -> Any:
            """Call the model with flat inputs."""
            gives = flat(self.model(keras.tree.pack_sequence_as(self.structure, list(row)), training=False))
            return gives[0] if len(gives) == 1 else tuple(gives)

    return Whole().eval()


def _came_as(source: Source) -> str:
    """What a source without Python code is, for messages."""
    if source.framework != "torch":
        return f"{Path(source.path).name} is a TensorFlow graph"
    words = {torch_kept.PROGRAMMED: "an exported program", torch_kept.SCRIPTED: "TorchScript"}
    return f"the model came as {words[torch_kept.about(source).made_by]}"

"""``python:module:function``: a user's function that returns a Keras model or a torch module, called in a worker."""

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pocketbench import cache, functions, toolchains, torch_kept
from pocketbench.errors import SourceError
from pocketbench.functions import Function
from pocketbench.model import Source
from pocketbench.sources import SOURCES, specs
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import path_of
from pocketbench.torch_kept import About

SEED = 0
# What a module that makes models of each framework imports.
_IMPORTS: Mapping[str, tuple[str, ...]] = {"keras": ("keras", "tensorflow", "tf_keras"), "torch": ("torch", "torchvision", "timm", "transformers")}


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A model that a user's function returns; its module lies in the suite's folder or in the current one.

    A function returns a Keras model, an ``nn.Module``, or an ``nn.Module`` and one row of its inputs (a tensor, or a tuple of them).
    One with a parameter ``framework`` is told in which the model is wanted: "keras" or "torch".
    """

    name: str = "Python function"
    looks_like: tuple[str, ...] = ("python:module:function",)
    takes: tuple[str, ...] = ("weights", "shapes")

    def toolchain(self, framework: str) -> str:
        """That of the framework it is said to make models of."""
        return toolchains.OF_FRAMEWORK[framework]

    def frameworks(self, text: str, base: Path) -> tuple[str, ...]:
        """Keras and torch, the one that the module's file imports first: ``frameworks = ["torch"]`` in a suite says it where the file does not."""
        imported = _imported(functions.find(text, base, SourceError).file)
        return ("torch", "keras") if imported & {*_IMPORTS["torch"]} and not imported & {*_IMPORTS["keras"]} else ("keras", "torch")

    def reads(self, text: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the text begins with ``python:``."""
        return text.startswith(functions.PREFIX)

    def check(self, text: str, base: Path) -> None:
        """See that the module's file is there, without importing it. Raises SourceError."""
        functions.find(text, base, SourceError)

    def identity(self, text: str, base: Path) -> str:
        """Hash the module's file, where it is, and the function's name. What the module imports is not looked at."""
        found = functions.find(text, base, SourceError)
        return cache.key_of({"file": cache.sha256_of(found.file), "root": str(found.root), "module": found.module, "function": found.name})

    def open(self, text: str, base: Path, folder: Path, framework: str, asked: Asked) -> Source:
        """Call the function, seeded, and keep what it returns. Raises SourceError when it raises or returns something else."""
        found = functions.find(text, base, SourceError)
        kept = _keras(found, folder, asked) if framework == "keras" else _torch(found, base, folder, asked)
        return msgspec.structs.replace(kept, key=hashlib.sha256(f"{kept.key}{cache.sha256_of(found.file)}".encode()).hexdigest())


def _imported(file: Path) -> set[str]:
    """The packages that a file imports, wherever in it; none for a file that is no Python, which its import will say."""
    try:
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    except (OSError, ValueError, SyntaxError, RecursionError):
        return set()
    names = [each.name for node in nodes if isinstance(node, ast.Import) for each in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.partition(".")[0] for name in names}


def _keras(found: Function, folder: Path, asked: Asked) -> Source:
    """Keep a Keras model."""
    import keras

    from pocketbench.sources import keras_model

    if asked.words:
        raise SourceError(f"{found.text}: {', '.join(asked.words)} is of torch modules; a Keras model has its own", hint='is frameworks = ["torch"] meant?')
    keras.utils.clear_session()
    keras.utils.set_random_seed(SEED)
    model = found.call(framework="keras")
    if not isinstance(model, keras.Model):
        hint = 'write frameworks = ["torch"]' if _is_torch(model) else "return a keras.Model of Keras 3, or a torch.nn.Module"
        raise SourceError(f"{found.text}: {found.name}() returned {_described(model)}, not a Keras model", hint=hint)
    return keras_model.keep(model, folder, found.text)


def _torch(found: Function, base: Path, folder: Path, asked: Asked) -> Source:
    """Keep a torch module, with the suite's weights where it names them."""
    import torch

    from pocketbench.sources import torch_module

    torch.manual_seed(torch_kept.SEED)
    made = found.call(framework="torch")
    module, given = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
    if not isinstance(module, torch.nn.Module):
        hint = 'write frameworks = ["keras"]' if type(module).__module__.startswith("keras") else "return a torch.nn.Module, or one and a row of its inputs"
        raise SourceError(f"{found.text}: {found.name}() returned {_described(module)}, not a torch module", hint=hint)
    if asked.weights:
        _load(module, path_of(asked.weights, base))
    kept = torch_module.keep(module, _row(given, found.text, asked), folder, found.text, _said(found))
    # Two functions of one file may return modules that look alike: what a module computes is in its code, not in its structure.
    return msgspec.structs.replace(kept, key=hashlib.sha256(f"{kept.key}{found.name}".encode()).hexdigest())


def _said(found: Function) -> About:
    """How the module is had again."""
    return About(torch_kept.FUNCTION, found.text, str(found.root), cache.sha256_of(found.file))


def _load(module: Any, file: Path) -> None:
    """Put a state dict into a module. Raises SourceError when the file holds more than tensors, or others than the module has."""
    import torch

    try:
        state = torch.load(file, weights_only=True, map_location="cpu")
        module.load_state_dict(state.get("state_dict", state))
    except Exception as error:  # torch raises nearly anything for files it cannot read
        first = " ".join(str(error).split())[:300]
        raise SourceError(
            f"{file}: not the weights of this model: {type(error).__name__}: {first}", hint="torch.save(model.state_dict(), file) writes them"
        ) from error


def _row(given: Any, text: str, asked: Asked) -> tuple[Any, ...]:
    """One row of the inputs: of the suite's shapes, else what the function returned beside the module. Raises SourceError."""
    import torch

    if asked.shapes:
        inputs = asked.inputs()
        specs.check(inputs, inputs, text)
        return torch_kept.example(inputs)
    row = given if isinstance(given, (tuple, list)) else (given,)
    if not all(isinstance(each, torch.Tensor) and each.dim() for each in row):
        hint = 'give the model shapes = ["1x3x224x224"], one text an input, or return the module and one row of its inputs'
        raise SourceError(f"{text}: nothing says what shapes the model takes", hint=hint)
    return tuple(each[:1] for each in row)


def _is_torch(value: Any) -> bool:
    """Whether a value is a torch module, or a tuple with one, in a process that may not have torch."""
    first = value[0] if isinstance(value, tuple) and value else value
    return any(base.__module__.startswith("torch.nn") for base in type(first).__mro__)


def _described(value: object) -> str:
    """Say what a value is, briefly."""
    kind = type(value)
    return "None" if value is None else f"a {kind.__module__}.{kind.__qualname__}" if kind.__module__ != "builtins" else f"a {kind.__qualname__}"


SOURCES.add(PythonFunction())

"""``python:module:function``: a user's function that returns a Keras model, called once in a worker."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pocketbench import cache, functions
from pocketbench.errors import SourceError
from pocketbench.model import Source
from pocketbench.sources import SOURCES

SEED = 0


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A model that a user's function returns; its module lies in the suite's folder or in the current one."""

    name: str = "Python function"
    toolchain: str = "tensorflow"
    looks_like: tuple[str, ...] = ("python:module:function",)

    def frameworks(self, text: str) -> tuple[str, ...]:  # noqa: ARG002
        """Keras, the one kind of model that such a function may return."""
        return ("keras",)

    def reads(self, text: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the text begins with ``python:``."""
        return text.startswith(functions.PREFIX)

    def check(self, text: str, base: Path) -> None:
        """See that the module's file is there, without importing it. Raises SourceError."""
        functions.find(text, base, SourceError)

    def identity(self, text: str, base: Path) -> str:
        """Hash the module's file and the function's name. What the module imports is not looked at."""
        found = functions.find(text, base, SourceError)
        return cache.key_of({"file": cache.sha256_of(found.file), "module": found.module, "function": found.name})

    def open(self, text: str, base: Path, folder: Path, framework: str) -> Source:  # noqa: ARG002
        """Call the function, seeded, and keep what it returns. Raises SourceError when it raises or returns something else."""
        import keras

        from pocketbench.sources import keras_model

        found = functions.find(text, base, SourceError)
        keras.utils.clear_session()
        keras.utils.set_random_seed(SEED)
        model = found.call()
        if not isinstance(model, keras.Model):
            raise SourceError(f"{text}: {found.name}() returned {_described(model)}, not a Keras model", hint="return a keras.Model of Keras 3")
        kept = keras_model.keep(model, folder, text)
        return msgspec.structs.replace(kept, key=hashlib.sha256(f"{kept.key}{cache.sha256_of(found.file)}".encode()).hexdigest())


def _described(value: object) -> str:
    """Say what a value is, briefly."""
    kind = type(value)
    return "None" if value is None else f"a {kind.__module__}.{kind.__qualname__}" if kind.__module__ != "builtins" else f"a {kind.__qualname__}"


SOURCES.add(PythonFunction())

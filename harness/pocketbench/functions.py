"""A user's own function, named as ``python:module:function``: found without importing anything, imported in a worker."""

import importlib
import inspect
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketbench.errors import PocketbenchError
from pocketbench.paths import path_of
from pocketbench.registry import nearest

PREFIX = "python:"
_SHAPE = "write python:module:function, for example python:my_models:build"


@dataclass(frozen=True, slots=True)
class Function:
    """A function that was found: ``root`` is the folder that its module is imported from.

    ``error`` is the class of error that speaks of it: SourceError for models, DataError for scores.
    """

    text: str
    module: str
    name: str
    root: Path
    file: Path
    error: type[PocketbenchError]

    def call(self, *arguments: Any, **offered: Any) -> Any:
        """Import the module anew and call the function, with those ``offered`` that it has a parameter for.

        Raises ``error``, naming the exception and the line of the user's file.
        """
        function = getattr(self._imported(), self.name, None)
        if not callable(function):
            raise self.error(f"{self.text}: {self.file.name} has no function {self.name!r}", hint=self._nearest())
        named = {name: value for name, value in offered.items() if name in _parameters(function)}
        return self._guarded(f"{self.name}() of {self.file.name}", lambda: function(*arguments, **named))

    def _imported(self) -> Any:
        """Import the module from ``root``, which stays on sys.path for what the function imports later, and goes before any other folder."""
        sys.path[:] = [str(self.root), *(place for place in sys.path if place != str(self.root))]
        for loaded in [name for name in sys.modules if name == self.module or name.startswith(f"{self.module}.")]:
            del sys.modules[loaded]
        importlib.invalidate_caches()
        return self._guarded(f"importing {self.file.name}", lambda: importlib.import_module(self.module))

    def _guarded(self, what: str, act: Callable[[], Any]) -> Any:
        """Do something with the user's code; tell what it raises in one line."""
        writing, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        try:
            return act()
        except (Exception, SystemExit) as raised:
            where = self._line(raised)
            raise self.error(f"{self.text}: {what} raised {type(raised).__name__}: {raised}{where}") from raised
        finally:
            sys.dont_write_bytecode = writing

    def _line(self, raised: BaseException) -> str:
        """Name the last line of the user's own folder that an exception went through."""
        if isinstance(raised, SyntaxError) and raised.filename:
            return f" ({Path(raised.filename).name}, line {raised.lineno})"
        frames = [frame for frame in traceback.extract_tb(raised.__traceback__) if Path(frame.filename).is_relative_to(self.root)]
        return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno}: {frames[-1].line})" if frames else ""

    def _nearest(self) -> str:
        """The module's function whose name is nearest."""
        module = sys.modules[self.module]
        return nearest(self.name, [name for name in vars(module) if callable(getattr(module, name)) and not name.startswith("_")])


def find(text: str, base: Path, error: type[PocketbenchError]) -> Function:
    """Find the module's file in ``base``, else in the current folder, without importing it. Raises ``error``."""
    module, _, name = text.removeprefix(PREFIX).partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), name]):
        raise error(f"{text!r} names no function", hint=_SHAPE)
    if module.partition(".")[0] in sys.stdlib_module_names:
        raise error(f"{text}: {module!r} is also a module of Python itself, which would hide yours", hint="rename the file")
    places = list(dict.fromkeys(place.resolve() for place in (base, Path.cwd())))
    for root in places:
        for name_of_file in (f"{module.replace('.', '/')}.py", f"{module.replace('.', '/')}/__init__.py"):
            file = path_of(name_of_file, root, error)
            if file.is_file():
                return Function(text, module, name, root, file, error)
    looked = " nor in ".join(map(str, places))
    raise error(f"{text}: there is no {module.replace('.', '/')}.py in {looked}", hint=_nearest_file(module, places))


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's parameters; none for one that does not say."""
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()


def _nearest_file(module: str, places: list[Path]) -> str:
    """The Python file whose name is nearest."""
    return nearest(module, [file.stem for place in places for file in place.glob("*.py")])

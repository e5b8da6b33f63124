"""``.pt2``, ``.pt``, ``.pth`` and ``.torchscript`` files. Nothing in them is unpickled but tensors, unless the user says that the file may be trusted."""

import json
import re
import shutil
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketbench import cache, torch_kept
from pocketbench.errors import SourceError
from pocketbench.model import Source
from pocketbench.sources import SOURCES, specs
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import check_file, path_of
from pocketbench.torch_kept import About

PROGRAMS, OTHERS = (".pt2",), (".pt", ".pth", ".ts", ".torchscript")
TRUST = "if it comes from where you trust, add --trust-source: unpickling it runs whatever code its maker put into it"
# An exported program's sizes are expressions that torch evaluates as Python: these words and no others may stand in them.
_WORD = re.compile(r"[A-Za-z_]\w*")
_KNOWN = re.compile(
    r"[a-z]{1,4}\d+|Symbol|Integer|Rational|Add|Mul|Pow|positive|nonnegative|integer|nonzero|Max|Min|Mod|PythonMod|FloorDiv|CleanDiv|CeilToInt|FloorToInt"
    r"|ModularIndexing|And|Or|Not|Eq|Ne|True|False|oo|int_oo|zoo"
)
MAX_JSON_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class TorchFile:
    """A file that torch wrote: an exported program, TorchScript or, where it is trusted, a pickled module."""

    name: str = "torch file"
    looks_like: tuple[str, ...] = (".pt2", ".pt")
    takes: tuple[str, ...] = ("shapes", "trust")

    def toolchain(self, framework: str) -> str:  # noqa: ARG002
        """Torch's."""
        return "torch"

    def frameworks(self, text: str, base: Path) -> tuple[str, ...]:  # noqa: ARG002
        """Torch, in which it was saved."""
        return ("torch",)

    def reads(self, text: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the text ends like a torch file."""
        return Path(text).suffix.lower() in (*PROGRAMS, *OTHERS)

    def check(self, text: str, base: Path) -> None:
        """See that the file is there. Raises SourceError."""
        check_file(text, base)

    def identity(self, text: str, base: Path) -> str:
        """Hash its bytes."""
        return cache.sha256_of(path_of(text, base))

    def open(self, text: str, base: Path, folder: Path, framework: str, asked: Asked) -> Source:  # noqa: ARG002
        """Load it as what it is, and keep it. Raises SourceError: a pickle that is not trusted, weights alone, shapes that nobody gave."""
        path = path_of(text, base)
        names = _names(path)
        if path.suffix.lower() in PROGRAMS or any(name.endswith(("models/model.json", "serialized_exported_program.json")) for name in names):
            return _program(path, folder, asked)
        if any("/code/" in name for name in names) and any(name.endswith("constants.pkl") for name in names):
            return _script(path, folder, asked)
        return _pickled(path, folder, asked)


def _names(path: Path) -> list[str]:
    """The names inside an archive; none for a file that is no archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return []


def _program(path: Path, folder: Path, asked: Asked) -> Source:
    """An exported program, run as it is for one row."""
    import torch

    from pocketbench.sources import torch_module

    if not asked.trust:
        _refuse_code(path)
    try:
        with torch_kept.tensors_only(), torch_kept.deprecations_unheard():
            given = torch.export.load(path)
        row = _row(given.example_inputs, asked, path)
        one = torch.export.export(given.module(), row, strict=False)
    except SourceError:
        raise
    except Exception as error:  # torch raises nearly anything for files it cannot read
        raise _unreadable(path, error, asked) from error
    inputs, outputs = torch_module.described(one.module(), row, str(path))
    saved = _saved(one, folder)
    kept = torch_kept.write_file(torch_kept.PROGRAM, saved, one.state_dict, folder)
    saved.unlink()
    return _source(kept, inputs, outputs, str(one.graph), one)


def _script(path: Path, folder: Path, asked: Asked) -> Source:
    """TorchScript. Its archive holds code of torch's own language and is read by torch's own, narrower unpickler."""
    import torch

    from pocketbench.sources import torch_module

    row = _row(None, asked, path)
    try:
        with torch_kept.deprecations_unheard():
            given = torch.jit.load(str(path), map_location="cpu").eval()
    except Exception as error:  # as above
        raise _unreadable(path, error, asked) from error
    inputs, outputs = torch_module.described(given, row, str(path))
    kept = torch_kept.write_file(torch_kept.SCRIPT, path, given.state_dict(), folder)
    return _source(kept, inputs, outputs, given.inlined_graph.str(False), given)


def _source(kept: Path, inputs: Any, outputs: Any, structure: str, holder: Any) -> Source:
    """Describe what was kept."""
    from pocketbench.sources import torch_module

    state = holder.state_dict() if callable(holder.state_dict) else holder.state_dict
    found = Source("", "torch", str(kept), inputs, outputs, torch_module.parameters(holder.named_parameters()))
    return Source(torch_module.key_of(structure, state), "torch", str(kept), inputs, outputs, found.parameters, torch_module.operations(found))


def _pickled(path: Path, folder: Path, asked: Asked) -> Source:
    """A pickled module, where the user trusts it. Raises SourceError for one that is not trusted, and for weights alone."""
    import torch

    from pocketbench.sources import torch_module

    if not asked.trust:
        raise _not_trusted(path)
    try:
        with torch_kept.deprecations_unheard():
            module = torch.load(path, weights_only=False, map_location="cpu")
    except Exception as error:  # as above
        raise _unreadable(path, error, asked) from error
    if not isinstance(module, torch.nn.Module):
        raise _weights_alone(path, type(module).__name__)
    source = torch_module.keep(module, _row(None, asked, path), folder, str(path), About(torch_kept.PICKLED))
    shutil.copyfile(path, Path(source.path) / torch_kept.MODULE)
    return source


def _not_trusted(path: Path) -> SourceError:
    """What to say of a pickle: weights alone are read safely, a module is not."""
    import pickle

    import torch

    try:
        with warnings.catch_warnings(action="ignore"):  # of what a strange pickle holds
            found = torch.load(path, weights_only=True, map_location="cpu")
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError, OSError) as error:
        first = str(error).strip().partition("\n")[0][:120]
        return SourceError(f"{path} is no exported program, no TorchScript and holds more than tensors: {first}", hint=TRUST)
    return _weights_alone(path, type(found).__name__)


def _weights_alone(path: Path, kind: str) -> SourceError:
    """A state dict is no model."""
    hint = f'give the code: source = "python:module:function", weights = "{path.name}"'
    return SourceError(f"{path} holds weights alone ({kind}), no model", hint=hint)


def _unreadable(path: Path, error: Exception, asked: Asked) -> SourceError:
    """Torch's own words, in one line."""
    first = str(error).strip().partition("\n")[0][:300]
    return SourceError(f"{path}: torch cannot load it: {type(error).__name__}: {first}", hint=TRUST if "weights_only" in str(error) and not asked.trust else "")


def _row(given: Any, asked: Asked, path: Path) -> tuple[Any, ...]:
    """One row of the inputs: of the shapes that the suite gives, else like the row that the program was exported with. Raises SourceError."""
    import torch

    if asked.shapes:
        inputs = asked.inputs()
        specs.check(inputs, inputs, str(path))
        return torch_kept.example(inputs)
    if given is None:
        raise SourceError(f"{path} does not say what shapes it takes", hint='give the model shapes = ["1x3x224x224"], one text an input')
    rows, keywords = given
    if keywords or not all(isinstance(each, torch.Tensor) and each.dim() for each in rows):
        raise SourceError(f"{path}: the program takes something else than tensors by their place", hint="export it with a tuple of tensors")
    return tuple(each[:1] for each in rows)


def _saved(program: Any, folder: Path) -> Path:
    """The program for one row as a file."""
    import torch

    path = folder / "one-row.pt2"
    torch.export.save(program, path)
    return path


def _refuse_code(path: Path) -> None:
    """Raise SourceError for an exported program whose expressions name anything but sizes and arithmetic."""
    for text in _expressions(path):
        if other := [word for word in _WORD.findall(text) if not _KNOWN.fullmatch(word)]:
            raise SourceError(f"{path}: an expression in it names {other[0][:40]!r}, which is no size", hint=TRUST)


def _expressions(path: Path) -> Iterator[str]:
    """Every expression of an exported program. Raises SourceError when the file is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(".json") and entry.file_size <= MAX_JSON_BYTES:
                    yield from _texts(json.loads(archive.read(entry)))
    except (OSError, ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path} is no exported program: {error}"[:300], hint="torch.export.save(program, path) writes one") from error


def _texts(found: Any) -> Iterator[str]:
    """The values of ``expr_str``, wherever they are nested."""
    if isinstance(found, dict):
        if isinstance(found.get("expr_str"), str):
            yield found["expr_str"]
        for value in found.values():
            yield from _texts(value)
    elif isinstance(found, list):
        for value in found:
            yield from _texts(value)


SOURCES.add(TorchFile())

"""``.pt2``, ``.pt``, ``.pth`` and ``.torchscript`` files. Nothing in them is unpickled but tensors, unless the user says that the file may be trusted."""

import hashlib
import re
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pocketbench import cache, torch_kept
from pocketbench.errors import SourceError
from pocketbench.model import Source
from pocketbench.sources import SOURCES, specs, torch_archive
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import check_file, path_of
from pocketbench.sources.torch_archive import TRUST
from pocketbench.torch_kept import About

PROGRAMS, OTHERS = (".pt2",), (".pt", ".pth", ".ts", ".torchscript")


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
        if path.suffix.lower() in PROGRAMS or torch_archive.is_program(path):
            opened = _program(path, folder, asked)
        elif torch_archive.is_script(path):
            opened = _script(path, folder, asked)
        else:
            opened = _pickled(path, base, folder, asked)
        # Of frozen graphs and of a module's plain attributes nothing else tells one from another.
        parts = f"{cache.sha256_of(path)} {' '.join(asked.shapes)}"
        return msgspec.structs.replace(opened, key=hashlib.sha256(parts.encode()).hexdigest())


def _program(path: Path, folder: Path, asked: Asked) -> Source:
    """An exported program, run as it is for one row."""
    import torch

    from pocketbench.sources import torch_module

    clean = path if asked.trust else torch_archive.program(path, folder / "clean.pt2")
    try:
        with torch_kept.tensors_only(), torch_kept.deprecations_unheard():
            given = torch.export.load(clean)
        row = _row(given.example_inputs, asked, path)
        one = torch.export.export(given.module(), row, strict=False)
    except SourceError:
        raise
    except Exception as error:  # torch raises nearly anything for files it cannot read
        raise _unreadable(path, error, asked) from error
    finally:
        (folder / "clean.pt2").unlink(missing_ok=True)
    described = torch_module.described(one.module(), row, str(path))
    saved = _saved(one, folder)
    kept = torch_kept.write_file(torch_kept.PROGRAM, saved, one.state_dict, folder)
    saved.unlink()
    return _source(kept, described, torch_module.parameters(one.named_parameters()))


def _script(path: Path, folder: Path, asked: Asked) -> Source:
    """TorchScript. Its archive holds code of torch's own language and is read by torch's own, narrower unpickler."""
    import torch

    from pocketbench.sources import torch_module

    if not asked.trust:
        torch_archive.check_script(path)
    row = _row(None, asked, path)
    try:
        with torch_kept.deprecations_unheard():
            given = torch.jit.load(str(path), map_location="cpu").eval()
    except Exception as error:  # as above
        raise _unreadable(path, error, asked) from error
    described = torch_module.described(given, row, str(path))
    kept = torch_kept.write_file(torch_kept.SCRIPT, path, given.state_dict(), folder)
    return _source(kept, described, torch_module.parameters_of_script(given))


def _source(kept: Path, described: Any, parameters: int) -> Source:
    """Describe what was kept; ``described`` are its inputs, its outputs, and whether it remembers."""
    from pocketbench.sources import torch_module

    inputs, outputs, stateful = described
    found = Source("", "torch", str(kept), inputs, outputs, parameters, stateful=stateful)
    return msgspec.structs.replace(found, operations=torch_module.operations(found))


def _pickled(path: Path, base: Path, folder: Path, asked: Asked) -> Source:
    """A pickled module, where the user trusts it. Raises SourceError for one that is not trusted, and for weights alone."""
    import torch

    from pocketbench.sources import torch_module

    if not asked.trust:
        raise _not_trusted(path)
    try:
        with torch_kept.deprecations_unheard(), torch_kept.importable(base):
            module = torch.load(path, weights_only=False, map_location="cpu")
    except Exception as error:  # as above
        raise _unreadable(path, error, asked) from error
    if not isinstance(module, torch.nn.Module):
        raise _weights_alone(path, type(module).__name__)
    source = torch_module.keep(module, _row(None, asked, path), folder, str(path), About(torch_kept.PICKLED, root=str(base)))
    shutil.copyfile(path, Path(source.path) / torch_kept.MODULE)
    return source


def _not_trusted(path: Path) -> SourceError:
    """What to say of a pickle: weights alone are read safely, a module is not."""
    import torch

    try:
        with warnings.catch_warnings(action="ignore"):  # of what a strange pickle holds
            found = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # unpickling a stranger's file raises nearly anything
        return SourceError(f"{path} is no exported program, no TorchScript, and holds more than tensors: {_briefly(error)}", hint=TRUST)
    return _weights_alone(path, type(found).__name__)


def _briefly(error: Exception) -> str:
    """What torch found that is no tensor, without its advice to unpickle it."""
    named = re.search(r"(?:GLOBAL|Unsupported (?:global|class)[^A-Za-z]*)\s*([\w.]+)", str(error))
    return named[1][:120] if named else type(error).__name__


def _weights_alone(path: Path, kind: str) -> SourceError:
    """A state dict is no model."""
    hint = f'give the code: source = "python:module:function", weights = "{path.name}"'
    return SourceError(f"{path} holds weights alone ({kind}), no model", hint=hint)


def _unreadable(path: Path, error: Exception, asked: Asked) -> SourceError:
    """Torch's own words, in one line."""
    first = str(error).strip().partition("\n")[0][:300]
    hint = "export it for one row, or with a free batch" if "Guard failed" in first else ""
    return SourceError(
        f"{path}: torch cannot load it: {type(error).__name__}: {first}", hint=TRUST if "weights_only" in str(error) and not asked.trust else hint
    )


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


SOURCES.add(TorchFile())

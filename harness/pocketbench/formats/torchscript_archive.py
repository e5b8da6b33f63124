"""The file: a module written for the lite interpreter, with what it says of itself, and the same bytes for the same module.

``_save_for_lite_interpreter`` writes what both of torch's runtimes read, but not the same bytes twice: classes are numbered
through the life of a process (``___torch_mangle_17``), and beside the code lie places in source files, with the folders of
the computer they were on. Here the numbers begin anew in each file, and those places are left out.
"""

import io
import json
import pickle
import pickletools
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from pocketbench.torchscript_reader import ABOUT, About

_MANGLED = re.compile(r"___torch_mangle_(\d+)")
# Written by torch itself at the end of an archive.
_BY_WRITER = ("version", ".data/serialization_id")


def twice(make: Callable[[], Any]) -> Any:
    """Make a ScriptModule for nothing, then once more, so that every class in it is a numbered one.

    The first class of a name keeps it, in a process, and later ones get numbers: which is which would depend on what was
    converted before. What was compiled on the way is forgotten after each making, so that nothing is shared, but for torch's own
    functions: of those that have overloads torch forgets the overloads once they are compiled.
    """
    from torch.jit import _recursive, _state

    compiled = _state._jit_caching_layer  # noqa: SLF001 - torch has no public way to forget
    before = set(compiled)
    try:
        for _ in range(2):
            _recursive.concrete_type_store = _recursive.ConcreteTypeStore()
            made = make()
            for function in [each for each in compiled if each not in before and not each.__module__.startswith("torch.")]:
                del compiled[function]
    finally:
        _recursive.concrete_type_store = _recursive.ConcreteTypeStore()
    return made


def write(module: Any, about: About, path: Path) -> None:
    """Write a ScriptModule and what it says of itself."""
    import torch

    extra = {Path(ABOUT).name: json.dumps(msgspec.to_builtins(about), sort_keys=True)}
    written = module._save_to_buffer_for_lite_interpreter(_extra_files=extra)  # noqa: SLF001 - the lite interpreter's only door
    writer = torch._C.PyTorchFileWriter(str(path))  # noqa: SLF001 - aligns records at 64 bytes, as the runtimes map them
    for name, content in _renamed(_records(written)):
        writer.write_record(name, content, len(content))
    writer.write_end_of_file()


def _records(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """The records of an archive without its folder, without places in source files and the shapes of rows that were traced."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for item in opened.infolist():
            name = item.filename.partition("/")[2]
            if not (name.endswith(".debug_pkl") or name.startswith("traced_inputs") or name in _BY_WRITER):
                yield name, opened.read(item)


def _renamed(records: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """The same records with classes numbered from 0, in the order in which the archive first names them."""
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return f"___torch_mangle_{numbers.setdefault(found[1], str(len(numbers)))}"

    def rename(text: str) -> str:
        return _MANGLED.sub(number, text)

    for name, content in records:
        if name.endswith(".pkl"):
            yield rename(name), _renamed_pickle(content, rename)
        elif name.endswith(".py"):
            yield rename(name), rename(content.decode()).encode()
        else:
            yield name, content


def _renamed_pickle(content: bytes, rename: Callable[[str], str]) -> bytes:
    """A pickle of protocol 2 with its strings and classes renamed; nothing is unpickled."""
    parts, operations = [], list(pickletools.genops(content))
    ends = [*(place for _, _, place in operations[1:]), len(content)]
    for (operation, argument, start), end in zip(operations, ends, strict=True):
        if operation.name == "BINUNICODE":
            text = rename(str(argument)).encode("utf-8", "surrogatepass")
            parts.append(pickle.BINUNICODE + len(text).to_bytes(4, "little") + text)
        elif operation.name == "GLOBAL":
            module, _, name = rename(str(argument)).partition(" ")
            parts.append(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        else:
            parts.append(content[start:end])
    return b"".join(parts)

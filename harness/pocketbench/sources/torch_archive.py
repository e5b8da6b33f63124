"""torch's archives before torch sees them: what could run code, write files or fill memory is refused.

``torch.export.load`` evaluates sizes and guards as Python, loads compiled libraries that lie in the archive, and unpickles;
TorchScript has operations that write files. What is let through is a copy of what an exported program is made of, or
TorchScript without such operations.
"""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pocketbench.errors import SourceError

TRUST = "if it comes from where you trust, add --trust-source: opening it runs whatever code its maker put into it"
MAX_TEXT_BYTES = 1 << 28
# torch stores what is large as it is; texts may be deflated.
MAX_GROWTH, MAX_MORE_BYTES = 2, 1 << 26

# Of an exported program, under the archive's one folder.
_PARTS = re.compile(
    r"models/model\.json|data/weights/(weight_\d+|model_weights_config\.json)|data/constants/(tensor_\d+|model_constants_config\.json)"
    r"|data/sample_inputs/model\.pt|archive_format|archive_version|byteorder|version|\.data/(version|serialization_id)"
)
_GRAPH = "models/model.json"
# Sizes are expressions that torch evaluates: these words and no others may stand in them.
_WORD = re.compile(r"[A-Za-z_]\w*")
_KNOWN = re.compile(
    r"[a-z]{1,4}\d+|Symbol|Integer|Rational|Add|Mul|Pow|positive|nonnegative|integer|nonzero|Max|Min|Mod|PythonMod|FloorDiv|CleanDiv|CeilToInt|FloorToInt"
    r"|ModularIndexing|And|Or|Not|Eq|Ne|True|False|oo|int_oo|zoo"
)
_OPERATION = re.compile(r"torch\.ops\.(aten|higher_order|quantized_decomposed)\.\w+(\.\w+)*|_operator\.\w+|math\.\w+|torch\.sym_\w+|operator\.\w+")
# Operations of torch that reach files.
_FILES = re.compile(r"\b(from_file|save|load)\b")
_CALLED = re.compile(r"\b(from_file|save|load)\s*\(")


def names(path: Path) -> tuple[str, ...]:
    """The names inside an archive; none for a file that is no archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile):
        return ()


def is_program(path: Path) -> bool:
    """Whether an archive holds an exported program."""
    return any(name.endswith((f"/{_GRAPH}", "serialized_exported_program.json")) for name in names(path))


def is_script(path: Path) -> bool:
    """Whether an archive holds TorchScript."""
    found = names(path)
    return any("/code/" in name for name in found) and any(name.endswith("constants.pkl") for name in found)


def program(path: Path, clean: Path) -> Path:
    """Copy what an exported program is made of, without its guards, to ``clean`` and return that. Raises SourceError for what could run code."""
    with _opened(path) as archive, zipfile.ZipFile(clean, "w", zipfile.ZIP_STORED) as copy:
        for entry in archive.infolist():
            part = entry.filename.partition("/")[2]
            if part.startswith("extra/") or entry.is_dir():
                continue
            if not _PARTS.fullmatch(part):
                raise SourceError(f"{path}: {part[:80]!r} in it is no part of an exported program alone", hint=TRUST)
            copy.writestr(entry.filename, _graph(archive.read(entry), path) if part == _GRAPH else archive.read(entry))
    return clean


def check_script(path: Path) -> None:
    """Raise SourceError for TorchScript with operations that reach files."""
    with _opened(path) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith(".py") and (found := _CALLED.search(_text(archive, entry, path))):
                raise SourceError(f"{path}: it calls {found[1]!r}, an operation that reaches files", hint=TRUST)


def _opened(path: Path) -> zipfile.ZipFile:
    """Open an archive that does not grow much when it is read. Raises SourceError."""
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path} is no archive of torch: {error}"[:300], hint="torch.export.save(program, path) writes one") from error
    grown = sum(entry.file_size for entry in archive.infolist())
    if grown > MAX_GROWTH * path.stat().st_size + MAX_MORE_BYTES:
        archive.close()
        raise SourceError(f"{path}: unpacked it would have {grown} bytes, which no file of torch's has", hint=TRUST)
    return archive


def _graph(content: bytes, path: Path) -> str:
    """The graph without guards. Raises SourceError when it names anything but sizes, arithmetic and torch's own operations."""
    try:
        graph = json.loads(content)
        for node in _nodes(graph):
            _check(node, path)
    except (ValueError, RecursionError, AttributeError) as error:
        raise SourceError(f"{path}: its graph cannot be read: {error}"[:300]) from error
    return json.dumps({**graph, "guards_code": []})


def _check(node: dict[str, Any], path: Path) -> None:
    """Raise SourceError for one object of a graph that is more than it should be."""
    words = [word for word in _WORD.findall(str(node.get("expr_str", ""))) if not _KNOWN.fullmatch(word)]
    if words:
        raise SourceError(f"{path}: an expression in it names {words[0][:40]!r}, which is no size", hint=TRUST)
    target = str(node["target"]) if "target" in node and "inputs" in node else ""
    if target and (not _OPERATION.fullmatch(target) or _FILES.search(target)):
        raise SourceError(f"{path}: {target[:80]!r} in it is none of torch's own operations on tensors", hint=TRUST)


def _nodes(found: Any) -> Iterator[dict[str, Any]]:
    """Every object, wherever it is nested."""
    if isinstance(found, dict):
        yield found
    for value in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from _nodes(value)


def _text(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> str:
    """One text of an archive, bounded. Raises SourceError."""
    if entry.file_size > MAX_TEXT_BYTES:
        raise SourceError(f"{path}: {entry.filename[:80]!r} in it has {entry.file_size} bytes", hint=TRUST)
    return archive.read(entry).decode("utf-8", errors="replace")

"""An APK's code, taken out: its dex and its libraries for x86_64. Whatever the archive says of sizes, what comes out is counted."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from pocketbench.simulator.inside import dex
from pocketbench.simulator.inside.closed_set import SYSTEM
from pocketbench.simulator.inside.prepared import NotPrepared

CHUNK = 1 << 20
MAX_DEX, MAX_DEX_BYTES = 100, 1 << 28
MAX_LIBRARIES, MAX_LIBRARY_BYTES = 200, 1 << 30
_DEX = re.compile(r"classes([2-9]|[1-9][0-9]{1,2})?\.dex", re.ASCII)
_LIBRARY = re.compile(r"lib/x86_64/([A-Za-z0-9_.+-]{1,100}\.so)", re.ASCII)


def take(apk: Path, code: Path, lib: Path) -> tuple[str, ...]:
    """Write the dex files into the zip ``code``, and the libraries into the folder ``lib``; the libraries' names. Raises NotPrepared and OSError."""
    try:
        with zipfile.ZipFile(apk) as archive, zipfile.ZipFile(code, "w") as taken:
            names = archive.namelist()
            _take_dex(archive, _once([name for name in names if _DEX.fullmatch(name)], MAX_DEX), taken)
            libraries = _once([name for name in names if _LIBRARY.fullmatch(name)], MAX_LIBRARIES)
            return _take_libraries(archive, libraries, lib)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise NotPrepared(f"{apk.name} cannot be unpacked: {error}") from error


def _once(names: list[str], most: int) -> list[str]:
    """See that there are not too many, and none twice: which one counts would be anybody's guess."""
    if len(names) > most or len(set(names)) != len(names):
        raise NotPrepared(f"it has {len(names)} files like {names[0]}: too many, or one of them twice")
    return sorted(names)


def _take_dex(archive: zipfile.ZipFile, names: Iterable[str], taken: zipfile.ZipFile) -> None:
    """Copy the dex files, if they are such."""
    left = MAX_DEX_BYTES
    for name in names:
        data = bytearray()
        left = _copy(archive, name, data.extend, left)
        if wrong := dex.wrong(bytes(data)):
            raise NotPrepared(f"its {name} {wrong}")
        taken.writestr(zipfile.ZipInfo(name), data)


def _take_libraries(archive: zipfile.ZipFile, names: Iterable[str], lib: Path) -> tuple[str, ...]:
    """Copy the libraries; the system's own names are not an app's to have."""
    left = MAX_LIBRARY_BYTES
    taken = []
    for name in names:
        base = name.rpartition("/")[2]
        if base in SYSTEM:
            raise NotPrepared(f"its {name} has the name of one of the system's libraries")
        with (lib / base).open("wb") as file:
            left = _copy(archive, name, file.write, left)
        taken.append(base)
    return tuple(taken)


def _copy(archive: zipfile.ZipFile, name: str, write: Callable[[bytes], object], left: int) -> int:
    """Copy one file, and say how many bytes are left for others."""
    with archive.open(name) as source:
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise NotPrepared(f"{name} would make more bytes than an app's code may have")
            write(chunk)
    return left

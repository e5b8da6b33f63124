"""An APK prepared, once per computer."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pocketbench import assets, cache
from pocketbench.app_build import parts
from pocketbench.simulator.inside import (
    archive,
    cell,
    classes,
    closed_set,
    compiler,
    dex,
    elf,
    jvm,
    lookalike,
    making,
    natives,
    rules,
    source,
)
from pocketbench.simulator.inside.making import APP, LIB, MADE, SHIM, Made
from pocketbench.simulator.inside.prepared import NotPrepared, Prepared

KIND = "phone-apps"
SOURCES = (lookalike.SOURCES, lookalike.SHARED, natives.SOURCES, classes.SOURCES)
STEPS = (archive, classes, closed_set, compiler, dex, elf, jvm, lookalike, making, natives, rules, source)
Listen = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Tools:
    """What apps are prepared with: a JDK's folder, dex2jar's jars, the mender's classes, the framework's jar."""

    java: Path
    dex2jar: tuple[Path, ...]
    mender: Path
    framework: Path


def prepare(apk: Path, listen: Listen = lambda _: None) -> Prepared:
    """Prepare an APK, or find it prepared in the cache; ``listen`` hears what is being done.

    Raises NotPrepared for an APK that cannot be run here, ToolchainMissing for want of a JDK, a C compiler or Maven, CacheError; OSError for an APK that
    cannot be read.
    """
    tools = _tools(listen)
    folder, _ = cache.made(KIND, _key(apk, tools), lambda new: _make(apk, tools, new, listen))
    said = cache.kept(folder / MADE, Made)
    shim = folder / SHIM
    return Prepared(
        folder, folder / APP, folder / LIB, said.libraries, tuple(shim / name for name in said.lookalikes), shim / natives.NAME, tools.framework, tools.java,
        said.refused,
    )  # fmt: skip


def _tools(listen: Listen) -> _Tools:
    """The tools, brought where they are not here yet; the framework is the one that apps are compiled against. Raises ToolchainMissing."""
    java = jvm.home()
    compiler.program()
    brought = parts.brought("simulator", "build", tell=listen)
    dex2jar = [brought[part.name] for part in parts.listed("simulator")]
    return _Tools(java, tuple(dex2jar), classes.mender(java, dex2jar), brought["android"])


def _key(apk: Path, tools: _Tools) -> str:
    """What decides the result: the APK, this package, the sources beside it, the tools."""
    return cache.key_of({
        "apk": cache.sha256_of(apk),
        "code": cache.code_of(sys.modules[__name__], *STEPS),
        "sources": [cache.sha256_of(assets.find(name)) for name in SOURCES],
        "tools": [str(tools.java), compiler.version(), tools.framework.name, *sorted(file.name for file in tools.dex2jar)],
    })  # fmt: skip


def _make(apk: Path, tools: _Tools, new: Path, listen: Listen) -> None:
    """Have an entry of the cache filled in a cell. What it left that is neither file nor folder would lead out of there. Raises NotPrepared."""
    task = cell.Task(
        do="prepare", apk=str(apk.resolve()), folder=str(new.resolve()), java=str(tools.java), path=tuple(map(str, tools.dex2jar)),
        mender=str(tools.mender), framework=str(tools.framework),
    )  # fmt: skip
    cell.done(task, listen)
    if odd := [path for path in new.rglob("*") if path.is_symlink() or not (path.is_file() or path.is_dir())]:
        raise NotPrepared(f"preparing it left {odd[0].name[:100]!r}, which is no file")

"""An APK prepared, once per computer."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from pocketbench import assets, cache
from pocketbench.app_build import parts
from pocketbench.simulator.inside import archive, classes, closed_set, compiler, dex, elf, jvm, lookalike, natives, rules, source
from pocketbench.simulator.inside.elf import Elf, NotElf
from pocketbench.simulator.inside.prepared import NotPrepared, Prepared

KIND = "phone-apps"
SOURCES = (lookalike.SOURCES, lookalike.SHARED, natives.SOURCES, classes.SOURCES)
STEPS = (archive, classes, closed_set, compiler, dex, elf, jvm, lookalike, natives, rules, source)
APP, LIB, SHIM, SAID = "app.jar", "lib", "shim", "prepared.json"
Listen = Callable[[str], None]


class _Said(msgspec.Struct, frozen=True):
    """What an entry of the cache says of itself: names in order."""

    libraries: tuple[str, ...]
    lookalikes: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Tools:
    """What apps are prepared with: a JDK's folder, dex2jar's jars by name, the framework's jar."""

    java: Path
    dex2jar: dict[str, Path]
    framework: Path


def prepare(apk: Path, listen: Listen = lambda _: None) -> Prepared:
    """Prepare an APK, or find it prepared in the cache; ``listen`` hears what is being done.

    Raises NotPrepared for an APK that cannot be run here, ToolchainMissing for want of a JDK, a C compiler or Maven, CacheError; OSError for an APK that
    cannot be read.
    """
    tools = _tools(listen)
    folder, _ = cache.made(KIND, _key(apk, tools), lambda new: _make(apk, tools, new, listen))
    said = cache.kept(folder / SAID, _Said)
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
    return _Tools(java, {part.name: brought[part.name] for part in parts.listed("simulator")}, brought["android"])


def _key(apk: Path, tools: _Tools) -> str:
    """What decides the result: the APK, this package, the sources beside it, the tools."""
    return cache.key_of({
        "apk": cache.sha256_of(apk),
        "code": cache.code_of(sys.modules[__name__], *STEPS),
        "sources": [cache.sha256_of(assets.find(name)) for name in SOURCES],
        "tools": [str(tools.java), compiler.version(), tools.framework.name, *sorted(file.name for file in tools.dex2jar.values())],
    })  # fmt: skip


def _make(apk: Path, tools: _Tools, new: Path, listen: Listen) -> None:
    """Fill an entry of the cache."""
    (new / LIB).mkdir()
    (new / SHIM).mkdir()
    with TemporaryDirectory(dir=new) as work:
        code = Path(work, "classes.zip")
        names = archive.take(apk, code, new / LIB)
        if names:
            listen(f"system libraries for its {len(names)} native libraries")
        libraries = {name: _read(new / LIB / name) for name in names}
        made, refused = lookalike.lookalikes(libraries, new / SHIM, Path(work)) if names else ((), ())
        natives.natives(tools.java, new / SHIM)
        listen("its dex is turned back into classes")
        classes.jar_of(code, new / APP, tools.java, tools.dex2jar, tools.framework, listen)
    cache.keep(new / SAID, _Said(closed_set.order(libraries), made, refused))


def _read(library: Path) -> Elf:
    """One of its libraries. Raises NotPrepared."""
    try:
        return elf.read(library)
    except NotElf as error:
        raise NotPrepared(f"lib/x86_64/{error}") from error

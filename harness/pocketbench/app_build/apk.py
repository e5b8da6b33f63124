"""From sources to a signed APK, in two steps that are each found again by hash: an unsigned one, the same for everybody, and its signature."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pocketbench import cache, pages
from pocketbench.app_build import archives, compiled, jdk, keys, parts, program, signed, wished
from pocketbench.app_build.archives import Library
from pocketbench.app_build.keys import Key
from pocketbench.app_build.wished import ABIS, ENGINES, PAGE_OF, Wished
from pocketbench.errors import BuildFailed

UNSIGNED_KIND, KIND = "app-unsigned", "app"
APK, SAID = "pocketbench.apk", "said.json"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """An APK in the cache. ``sources_sha256`` is the hash of all that went in; ``version_name``, which the app tells, ends with its first twelve digits."""

    path: Path
    sha256: str
    sources_sha256: str
    version_name: str
    engines: tuple[str, ...]
    abis: tuple[str, ...]
    libraries: tuple[Library, ...]
    size_bytes: int
    certificate_sha256: str


class _Said(msgspec.Struct, frozen=True):
    """What is kept beside a signed APK."""

    sha256: str
    certificate_sha256: str


def build(
    engines: Sequence[str] = tuple(ENGINES), abis: Sequence[str] = ABIS, *, key: Key | None = None, force: bool = False, tell: Tell = lambda _: None
) -> Built:
    """Build the app with some engines for some ABIs, or find it built; ``force`` builds anew, ``tell`` hears what is being done.

    Raises UnknownName, ToolchainMissing (no JDK, no Maven, no npm, no network), PartRefused, BuildFailed in the tools' own words, CacheError.
    """
    wish = wished.wished(engines, abis)
    key = key or keys.debug()
    signed_by = cache.key_of({"sources": wish.sources_sha256, "key": cache.sha256_of(key.store), "alias": key.alias})
    folder, _ = cache.made(KIND, signed_by, lambda new: _sign(unsigned(wish, force=force, tell=tell), key, new, tell), force=force)
    said, path = cache.kept(folder / SAID, _Said), folder / APK
    return Built(
        path,
        said.sha256,
        wish.sources_sha256,
        wish.version_name,
        wish.engines,
        wish.abis,
        libraries(wish, tell=tell),
        path.stat().st_size,
        said.certificate_sha256,
    )


def unsigned(wish: Wished, *, force: bool = False, tell: Tell = lambda _: None) -> Path:
    """The APK without its signature, which is made of the wish alone: the same bytes wherever it is built. Raises as :func:`build` does."""
    return cache.made(UNSIGNED_KIND, wish.sources_sha256, lambda new: _make(wish, new, tell), force=force)[0] / APK


def libraries(wish: Wished, *, tell: Tell = lambda _: None) -> tuple[Library, ...]:
    """The native libraries that go in, by engine, ABI and name. Raises BuildFailed where two engines bring one of the same name."""
    files = parts.brought(*wish.groups, tell=tell)
    found = [library for part in parts.listed(*wish.groups) for library in archives.libraries(part, files[part.name], wish.abis)]
    for name, engine in {library.in_apk: library.engine for library in found}.items():
        if others := [library.engine for library in found if library.in_apk == name and library.engine != engine]:
            raise BuildFailed(f"{name} is brought by {engine} and by {', '.join(others)}")
    return tuple(sorted(found, key=lambda library: (list(ENGINES).index(library.engine), library.in_apk)))


def _make(wish: Wished, new: Path, tell: Tell) -> None:
    """Build an unsigned APK into an empty folder."""
    java = jdk.find()
    files = parts.brought("build", "core", *ENGINES, tell=tell)
    page = pages.folder() if PAGE_OF in wish.engines else None
    jars = {group: compiled.jars_of(group, files) for group in ("core", *ENGINES)}
    work = new / ".work"
    work.mkdir()
    tell("resources and manifest (aapt2)")
    base = compiled.linked(wish, files, page, work)
    tell("Java (javac)")
    classes = compiled.classes(java, files, [jar for each in jars.values() for jar in each], work)
    tell("dex (D8)")
    dex = compiled.dex(java, wish, files, jars, classes, work)
    tell("APK")
    taken = [word for library in libraries(wish) for word in (library.archive, library.member, library.in_apk)]
    program.run("APK", java.java(compiled.tools(java, files), "org.pocketbench.tools.Pack", new / APK, base, dex, *taken))
    shutil.rmtree(work)


def _sign(apk: Path, key: Key, new: Path, tell: Tell) -> None:
    """Sign an APK into an empty folder, and believe the signature only when it verifies."""
    tell("signature (apksig)")
    java = jdk.find()
    tools = compiled.tools(java, parts.brought("build", tell=tell))
    signed.sign(java, tools, apk, new / APK, key)
    verified = signed.verify(java, tools, new / APK)
    cache.keep(new / SAID, _Said(cache.sha256_of(new / APK), verified.certificate_sha256))

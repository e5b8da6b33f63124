"""What an APK is asked to have, and the hash of all that goes into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketbench import assets, cache, pages, protocol, toolchains
from pocketbench.app_build import parts
from pocketbench.errors import UnknownName
from pocketbench.registry import nearest

# Each engine, and how the names of its classes begin: those of the others are left out of an APK.
ENGINES = {"tflite": "Tflite", "pytorch-lite": "Pytorch", "onnxruntime": "Onnxruntime", "tfjs": "Tfjs"}
PAGE_OF = "tfjs"
ABIS = ("arm64-v8a", "x86_64")
MIN_SDK, TARGET_SDK = 26, 35
_FOLDERS = ("core", "app", "tools")


@dataclass(frozen=True, slots=True)
class Wished:
    """Engines and ABIs in the order of this module, and the hash of sources, parts, page and choices: APKs of the same one differ by their signatures alone."""

    engines: tuple[str, ...]
    abis: tuple[str, ...]
    sources_sha256: str

    @property
    def version_name(self) -> str:
        """Pocketbench's version and the hash, as the app tells it: ``0.1.0+3f2a…``, twelve digits."""
        return f"{toolchains.version(toolchains.DISTRIBUTION)}+{self.sources_sha256[:12]}"

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of parts that go into the APK."""
        return ("core", *self.engines)


def wished(engines: Sequence[str], abis: Sequence[str]) -> Wished:
    """What an APK with these engines and ABIs is made of. Raises UnknownName, CacheError."""
    has_engines, has_abis = _chosen("engine of the app", engines, tuple(ENGINES)), _chosen("ABI of the app", abis, ABIS)
    return Wished(has_engines, has_abis, _hash(has_engines, has_abis))


def sources() -> Path:
    """The folder of the app's sources."""
    return assets.find("android_app")


def version_code() -> int:
    """A number that grows with the protocol and the version, as installers compare: 1000203 for protocol 1 and version 0.2.3."""
    major, minor, patch = (int(number) for number in toolchains.version(toolchains.DISTRIBUTION).split(".")[:3])
    return protocol.PROTOCOL * 1_000_000 + major * 10_000 + minor * 100 + patch


def _chosen(kind: str, asked: Sequence[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Those asked for, in their own order, all of them known."""
    for name in asked:
        if name not in known:
            raise UnknownName(f"no {kind} named {name!r}; known: {', '.join(known)}", hint=nearest(name, known))
    if not asked:
        raise UnknownName(f"an APK without any {kind}; known: {', '.join(known)}")
    return tuple(name for name in known if name in asked)


def _hash(engines: tuple[str, ...], abis: tuple[str, ...]) -> str:
    """The hash of all that goes in; all engines' jars are compiled against, so a build depends on all."""
    every = parts.listed("build", "core", *ENGINES)
    return cache.key_of(
        {
            "engines": engines,
            "abis": abis,
            "version": toolchains.version(toolchains.DISTRIBUTION),
            "parts": {part.name: part.sha256 for part in every},
            "sources": {name: cache.sha256_of(sources() / name) for name in _FOLDERS},
            "page": pages.key() if PAGE_OF in engines else "",
            "build": [cache.sha256_of(path) for path in sorted(Path(__file__).parent.glob("*.py"))],
        }
    )

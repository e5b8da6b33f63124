"""Dex back to classes: dex2jar, then what it leaves out is mended, so that the JVM's ordinary verifier takes them.

dex2jar rather than enjarify, which fails on one of ONNX Runtime's classes and writes class files too old for static methods of interfaces.
"""

from collections.abc import Callable
from pathlib import Path

from pocketbench import assets, cache
from pocketbench.simulator.inside import jvm

KIND = "phone-mender"
SOURCES = "android_app/simulated/mend"
TRANSLATOR, MENDER = "com.googlecode.dex2jar.tools.Dex2jarCmd", "org.pocketbench.mend.Mend"


def jar_of(dex: Path, app: Path, java: Path, tools: list[Path], mender: Path, framework: Path, listen: Callable[[str], None]) -> None:
    """Write the classes of the dex files in the zip ``dex`` into the jar ``app``; ``tools`` are dex2jar's jars. Raises NotPrepared and ToolchainMissing."""
    raw, untold = dex.with_suffix(".jar"), dex.with_suffix(".untold.zip")
    words: list[str | Path] = ["--force", "--dont-sanitize-names", "--exception-file", untold, "--output", raw, dex]
    jvm.run(java, tools, TRANSLATOR, words, makes=raw, failed="its dex could not be turned back into classes")
    if untold.exists():
        listen("some of its methods could not be turned back into classes: they throw an exception when they are called")
    jvm.run(java, [mender, *tools], MENDER, [raw, app, framework], makes=app, failed="its classes could not be mended")


def mender(java: Path, path: list[Path]) -> Path:
    """The folder of the mender's classes, compiled once per computer. Raises ToolchainMissing and CacheError."""
    sources = assets.find(SOURCES)
    key = cache.key_of({"sources": cache.sha256_of(sources), "tools": sorted(file.name for file in path), "java": str(java)})
    return cache.made(KIND, key, lambda place: jvm.javac(java, path, sorted(sources.rglob("*.java")), place))[0]

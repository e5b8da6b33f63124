"""From sources to a dex: aapt2 links resources, javac compiles, D8 makes a dex of what the chosen engines need."""

import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from pocketbench import cache
from pocketbench.app_build import archives, parts, program
from pocketbench.app_build.jdk import Jdk
from pocketbench.app_build.wished import ENGINES, MIN_SDK, TARGET_SDK, Wished, sources, version_code
from pocketbench.errors import ToolchainMissing

DEX_KIND, PROGRAM_KIND = "app-dex", "app-programs"
_AAPT2 = {"linux": "prebuilt/linux/aapt2", "darwin": "prebuilt/macosx/aapt2"}
HEAP = "2g"


def linked(wish: Wished, files: Mapping[str, Path], page: Path | None, work: Path) -> Path:
    """Compile resources and link them with the manifest, and the page as assets under ``page/``; the APK so begun. R.java is left in ``work/gen``."""
    aapt2, app, base = _aapt2(files["aapt2"]), sources() / "app", work / "base.apk"
    program.run("resources", [aapt2, "compile", "--dir", app / "res", "-o", work / "res.zip"])
    given = [
        "--min-sdk-version",
        str(MIN_SDK),
        "--target-sdk-version",
        str(TARGET_SDK),
        "--version-code",
        str(version_code()),
        "--version-name",
        wish.version_name,
    ]
    if page is not None:
        shutil.copytree(page, work / "assets" / "page")
        given += ["-A", str(work / "assets")]
    program.run(
        "manifest",
        [aapt2, "link", "-I", files["android"], "--manifest", app / "AndroidManifest.xml", "--java", work / "gen", "-o", base, work / "res.zip", *given],
    )
    return base


def classes(jdk: Jdk, files: Mapping[str, Path], jars: Iterable[Path], work: Path) -> Path:
    """Compile the core and the app, against all engines; the folder of their classes."""
    out, app = work / "classes", sources()
    java = [str(path) for folder in (app / "core", app / "app" / "java", work / "gen") for path in sorted(folder.rglob("*.java"))]
    classpath = os.pathsep.join(map(str, [files["android"], files["minimal-json"], *jars]))
    flags = [
        "-J-XX:TieredStopAtLevel=1",
        "-J-XX:+UseSerialGC",
        "--release",
        "11",
        "-g",
        "-encoding",
        "UTF-8",
        "-proc:none",
        "-implicit:none",
        "-Xlint:-options",
    ]
    program.run("Java", [jdk.tool("javac"), *flags, "-cp", classpath, "-d", out, *java])
    return out


def dex(jdk: Jdk, wish: Wished, files: Mapping[str, Path], jars: Mapping[str, list[Path]], compiled: Path, work: Path) -> Path:
    """One dex of the app's classes, without those of engines that are not wished for, and of the libraries that it needs."""
    out = work / "dex"
    out.mkdir()
    mine = [path for path in sorted(compiled.rglob("*.class")) if _goes_in(path.relative_to(compiled), wish)]
    made = _library_dex(jdk, files, [jar for group in wish.groups for jar in jars[group]])
    known = [jar for each in jars.values() for jar in each]
    _d8(jdk, files, [*mine, made], known, out)
    return out / "classes.dex"


def tools(jdk: Jdk, files: Mapping[str, Path]) -> list[Path]:
    """The class path of the build's own programs, which are compiled once."""
    folder, needs = sources() / "tools", [files["apksig"], files["zipflinger"]]
    key = cache.key_of({"sources": cache.sha256_of(folder), "needs": [path.parent.name for path in needs]})

    def make(new: Path) -> None:
        java = [str(path) for path in sorted(folder.rglob("*.java"))]
        program.run("tools", [jdk.tool("javac"), "--release", "11", "-Xlint:-options", "-cp", os.pathsep.join(map(str, needs)), "-d", new, *java])

    return [cache.made(PROGRAM_KIND, key, make)[0], *needs]


def _aapt2(archive: Path) -> Path:
    """The program, taken out of its archive once. Raises ToolchainMissing for a system that there is none for."""
    member = _AAPT2.get(sys.platform)
    if member is None:
        raise ToolchainMissing(f"there is no aapt2 for {sys.platform}", hint="build the app on Linux")

    def make(new: Path) -> None:
        with zipfile.ZipFile(archive) as opened:
            (new / "aapt2").write_bytes(opened.read(member))
        (new / "aapt2").chmod(stat.S_IRWXU)

    return cache.made(PROGRAM_KIND, f"aapt2-{archive.parent.name}-{sys.platform}", make)[0] / "aapt2"


def _goes_in(path: Path, wish: Wished) -> bool:
    """Whether a class is not one of an engine that is left out."""
    left_out = tuple(begins for name, begins in ENGINES.items() if name not in wish.engines)
    return path.parent.name != "engines" or not path.name.startswith(left_out)


def _library_dex(jdk: Jdk, files: Mapping[str, Path], jars: list[Path]) -> Path:
    """The dex of the jars that go in beside the app, made once: all in one go, for starting D8 takes longer than they do."""
    key = cache.key_of({"jars": [cache.sha256_of(jar) for jar in jars], "d8": files["d8"].parent.name, "android": files["android"].parent.name, "sdk": MIN_SDK})
    return cache.made(DEX_KIND, key, lambda new: _d8(jdk, files, jars, [], new))[0] / "classes.dex"


def _d8(jdk: Jdk, files: Mapping[str, Path], inputs: list[Path], known: list[Path], out: Path) -> None:
    """Run D8. Java's own classes are a library beside Android's: it warns without them."""
    words: list[str | Path] = ["--release", "--min-api", str(MIN_SDK), "--lib", files["android"], "--lib", jdk.home, "--output", out]
    words += [word for jar in known for word in ("--classpath", jar)]
    listed = out.parent / f"{out.name}.d8"
    listed.write_text("\n".join(map(str, inputs)), encoding="utf-8")
    program.run("dex", jdk.java([files["d8"]], "com.android.tools.r8.D8", *words, f"@{listed}", heap=HEAP))
    listed.unlink()


def jars_of(group: str, files: Mapping[str, Path]) -> list[Path]:
    """The jars of a group of parts, which were brought."""
    return [archives.classes(part, files[part.name]) for part in parts.listed(group)]

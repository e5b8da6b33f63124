"""The launcher: the classes that give an app's own code what a phone's framework gives it, compiled once per computer."""

import subprocess
from pathlib import Path

from pocketbench import assets, cache
from pocketbench.errors import DeviceError

KIND = "phone-launcher"
SOURCES = "android_app/simulated/launcher"
DEADLINE_S = 120.0


def launcher(java: Path, framework: Path) -> Path:
    """The launcher's jar, against a framework and for a JDK. Raises DeviceError with the compiler's words, CacheError."""
    folder = assets.find(SOURCES)
    files = sorted(folder.rglob("*.java"))
    key = cache.key_of({"files": {str(file.relative_to(folder)): cache.sha256_of(file) for file in files}, "java": str(java), "framework": framework.name})
    made, _ = cache.made(KIND, key, lambda place: _compile(java, framework, files, place))
    return made / "launcher.jar"


def _compile(java: Path, framework: Path, files: list[Path], place: Path) -> None:
    """Compile into a jar. Only warnings of the framework's own annotations are switched off."""
    classes = place / "classes"
    words: list[str | Path] = [java / "bin/javac", "-nowarn", "-XDignore.symbol.file", "-proc:none", "-source", "17", "-target", "17"]
    words += ["-cp", framework, "-d", classes, *files]
    _run(words)
    _run([java / "bin/jar", "--create", "--file", place / "launcher.jar", "-C", classes, "."])


def _run(words: list[str | Path]) -> None:
    """Run one of the JDK's programs."""
    try:
        subprocess.run([str(word) for word in words], capture_output=True, timeout=DEADLINE_S, check=True)
    except subprocess.CalledProcessError as error:
        raise DeviceError(f"{words[0]} could not make the phone's launcher", log=error.stderr.decode(errors="replace")[-4000:]) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeviceError(f"{words[0]}: {error}") from error

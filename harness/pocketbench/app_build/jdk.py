"""The JDK that compiles the app and runs its tools; apps on the simulated phone run on the same one."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from pocketbench.app_build import program
from pocketbench.errors import BuildFailed, ToolchainMissing

OLDEST = 17  # what android-all 15 is compiled for, which javac must read
HINT = "apt-get install openjdk-17-jdk-headless, or name one: export JAVA_HOME=/a/folder"


@dataclass(frozen=True, slots=True)
class Jdk:
    """A JDK's folder, and its version as javac says it."""

    home: Path
    version: str

    def tool(self, name: str) -> str:
        """The path of one of its programs, such as ``javac``."""
        return str(self.home / "bin" / name)

    def java(self, classpath: list[Path], main: str, *words: str | Path, heap: str = "1g") -> list[str | Path]:
        """The words that start a class. The first compiler alone: these programs end before the second one pays."""
        flags = [f"-Xmx{heap}", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        return [self.tool("java"), *flags, "-cp", os.pathsep.join(map(str, classpath)), main, *words]


def find() -> Jdk:
    """JAVA_HOME's, or the one whose javac is on the PATH. Raises ToolchainMissing: none, or one that is too old."""
    found = home()
    if found is None:
        named = os.environ.get("JAVA_HOME")
        raise ToolchainMissing(f"no javac {f'in JAVA_HOME, {named}' if named else 'here'}: the Android app is compiled by a JDK", hint=HINT)
    try:
        said = program.run("javac", [found / "bin" / "javac", "-version"])
    except BuildFailed as error:
        raise ToolchainMissing(f"{found}: this JDK does not run: {error.message}", hint=HINT) from error
    version = re.search(r"javac (\S+)", said)
    if version is None or _release(version.group(1)) < OLDEST:
        raise ToolchainMissing(f"{found}: {version.group() if version else 'no javac'} is too old: the Android app needs JDK {OLDEST} or newer", hint=HINT)
    return Jdk(found, version.group(1))


def home() -> Path | None:
    """The folder of this computer's JDK, whatever its version: ``JAVA_HOME``'s, or that of the javac on the PATH; None without one."""
    named = os.environ.get("JAVA_HOME")
    javac = Path(named, "bin", "javac") if named else Path(shutil.which("javac") or "")
    return javac.resolve().parents[1] if os.access(javac, os.X_OK) and javac.is_file() else None


def _release(version: str) -> int:
    """17 of ``17.0.15`` and of ``17-ea``, 8 of ``1.8.0``."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    return numbers[1] if numbers[:1] == [1] and len(numbers) > 1 else (numbers or [0])[0]

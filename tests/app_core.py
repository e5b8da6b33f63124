"""The app's core compiled for a JVM, with the libraries that it and its tests need."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from pocketbench.app_build import parts
from pocketbench.errors import ToolchainMissing

FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@dataclass(frozen=True)
class Core:
    """Compiled classes of the core and its tests, and the golden examples that those read."""

    classpath: str
    examples: Path

    def java(self, *words: str) -> str:
        """Start a JVM on a class of them; what it printed. Its exit code must be 0."""
        command = ["java", *FLAGS, f"-Dpocketbench.examples={self.examples}", "-cp", self.classpath, *words]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        assert ended.returncode == 0, ended.stdout[-4000:]
        return ended.stdout


def compiled(android_app: Path, folder: Path) -> Core:
    """The core as the app has it, with warnings as errors, for Java 11."""
    jars = os.pathsep.join(map(str, brought()))
    sources = [str(path) for part in ("core", "tests") for path in sorted((android_app / part).rglob("*.java"))]
    words = ["javac", "--release", "11", "-Xlint:all", "-Werror", "-cp", jars, "-d", str(folder / "classes"), *sources]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr[-4000:]
    return Core(os.pathsep.join((str(folder / "classes"), jars)), android_app / "protocol" / "examples")


def brought() -> list[Path]:
    """The jars. Skips the test where there is no Java, no Maven, or nowhere to bring them from."""
    if shutil.which("javac") is None:
        pytest.skip("no javac here: apt-get install openjdk-17-jdk-headless")
    try:
        return list(parts.brought("core", "tests").values())
    except ToolchainMissing as error:
        pytest.skip(str(error))

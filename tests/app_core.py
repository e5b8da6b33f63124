"""The app's core compiled for a JVM, with the three libraries that it and its tests need, brought by Maven and checked."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

JARS = {
    "com.eclipsesource.minimal-json:minimal-json:0.9.5": "69ff84463d1d7cc5cfdb8baf2b6e5f7af153d351bf0dbee3bbc8916247afac74",
    "junit:junit:4.13.2": "8e495b634469d64fb8acfa3495a065cbacc8a0fff55ce1e31007be4c16dc57d3",
    "org.hamcrest:hamcrest-core:1.3": "66fdef91e9739348df7a096aa384a5685f4e875584cce89386a7a47251c4d8e9",
}

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
    jars = os.pathsep.join(map(str, brought(folder / "jars")))
    sources = [str(path) for part in ("core", "tests") for path in sorted((android_app / part).rglob("*.java"))]
    words = ["javac", "--release", "11", "-Xlint:all", "-Werror", "-cp", jars, "-d", str(folder / "classes"), *sources]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr[-4000:]
    return Core(os.pathsep.join((str(folder / "classes"), jars)), android_app / "protocol" / "examples")


def brought(folder: Path) -> list[Path]:
    """The jars in a folder. Skips the test where there is no Java, no Maven, or nowhere to bring them from."""
    absent = [name for name in ("javac", "mvn") if shutil.which(name) is None]
    if absent:
        pytest.skip(f"no {' and no '.join(absent)} here: apt-get install openjdk-17-jdk-headless maven")
    for coordinate, sha256 in JARS.items():
        words = ["mvn", "-B", "-q", "dependency:copy", f"-Dartifact={coordinate}", f"-DoutputDirectory={folder}"]
        ended = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
        if ended.returncode:
            pytest.skip(f"Maven cannot bring {coordinate}: {ended.stdout[-300:]}")
        jar = folder / f"{coordinate.split(':')[1]}-{coordinate.split(':')[2]}.jar"
        assert hashlib.sha256(jar.read_bytes()).hexdigest() == sha256
    return sorted(folder.glob("*.jar"))

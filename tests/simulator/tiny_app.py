"""A small app of the tests' own with code in it: its one class becomes dex as that of any app does."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pocketbench.app_build import parts
from pocketbench.errors import PocketbenchError
from tiny_apk import TinyApk

SOURCE = Path(__file__).parent / "app/org/example/Runner.java"
PACKAGE, RUNNER = "org.example.tiny", "org.example.tiny/org.example.Runner"


def write(place: Path) -> Path:
    """Build it into a folder; the test is skipped where the tools are not here."""
    if not shutil.which("javac"):
        pytest.skip("no JDK: sudo apt-get install openjdk-17-jdk-headless")
    try:
        brought = parts.brought("build")
    except PocketbenchError as error:
        pytest.skip(f"the app's parts cannot be brought: {error}")
    classes, dex = place / "classes", place / "dex"
    dex.mkdir()
    _run("javac", "-nowarn", "-Xlint:-options", "--release", "11", "-cp", brought["android"], "-d", classes, SOURCE)
    words = ["com.android.tools.r8.D8", "--release", "--min-api", "26", "--lib", brought["android"], "--output", dex, *classes.rglob("*.class")]
    _run("java", "-Xmx1g", "-cp", brought["d8"], *words)
    return TinyApk(files={"classes.dex": (dex / "classes.dex").read_bytes()}).write(place / "tiny.apk")


def _run(*words: str | Path) -> None:
    """Run one of the tools."""
    said = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr

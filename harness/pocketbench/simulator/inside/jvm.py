"""The JDK's programs, run to their end while an APK is prepared."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pocketbench.app_build import jdk
from pocketbench.errors import ToolchainMissing
from pocketbench.simulator.inside.prepared import NotPrepared

HINT = "apt-get install openjdk-17-jdk-headless"
DEADLINE_S = 300.0
# One collector, one compiler and a bound: dex from anybody is read here.
FLAGS = ("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Djava.awt.headless=true")


def home() -> Path:
    """The JDK's folder. Raises ToolchainMissing."""
    found = jdk.home()
    if found is None:
        raise ToolchainMissing("the simulated phone runs apps on a JDK, and there is none", hint=HINT)
    return found


def javac(java: Path, path: Sequence[Path], sources: Sequence[Path], classes: Path) -> None:
    """Compile sources. Raises ToolchainMissing in the compiler's words."""
    code, said = _ended([java / "bin/javac", "-nowarn", "-proc:none", "--release", "11", "-cp", _path(path), "-d", classes, *sources], classes)
    if code:
        raise ToolchainMissing(f"javac could not compile what mends an app's classes: {_last(said)}", hint=HINT, log=said)


def run(java: Path, path: Sequence[Path], main: str, words: Sequence[str | Path], *, makes: Path, failed: str) -> None:
    """Run a class that makes a file, in that file's folder. Raises NotPrepared that begins with ``failed`` and ends with what it said was wrong."""
    code, said = ran(java, path, main, words, makes.parent)
    if code or not makes.exists():  # dex2jar ends well whatever it met
        raise NotPrepared(f"{failed}: {_last(said)}")


def ran(java: Path, path: Sequence[Path], main: str, words: Sequence[str | Path], folder: Path) -> tuple[int, str]:
    """Run a class in a folder, its temporary files there, too: its exit code, and the end of what it said."""
    return _ended([java / "bin/java", *FLAGS, f"-Djava.io.tmpdir={folder}", "-cp", _path(path), main, *words], folder)


def _path(path: Sequence[Path]) -> str:
    """A class path."""
    return os.pathsep.join(map(str, path))


def _ended(words: Sequence[str | Path], folder: Path) -> tuple[int, str]:
    """Run one of the programs: its exit code, and the end of what it said."""
    try:
        ended = subprocess.run(
            [str(word) for word in words], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=DEADLINE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 1, f"it was still busy after {DEADLINE_S:g} s"
    except OSError as error:
        raise ToolchainMissing(f"{words[0]}: {error.strerror}", hint=HINT) from error
    return ended.returncode, ended.stdout[-20_000:]


def _last(said: str) -> str:
    """What went wrong, of a program's words: the exception's own line, not those of its trace."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.lstrip().startswith(("at ", "..."))]
    named = [line for line in lines if "Exception" in line or "Error" in line]
    return (named or lines or ["no word"])[-1 if not named else 0][:300]

"""The computer's C compiler, which makes the look-alikes. They are linked against glibc: no other libc has what they stand on."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pocketbench.errors import PocketbenchError, ToolchainMissing

HINT = "apt-get install gcc libc6-dev"
DEADLINE_S = 180.0
# Without builtins, for functions of the same names are written here; warnings are looked at when this project is tested.
FLAGS = ("-shared", "-fPIC", "-O2", "-fno-builtin", "-fno-strict-aliasing", "-w")


def program() -> str:
    """Where gcc is. Raises ToolchainMissing."""
    found = shutil.which("gcc")
    if found is None:
        raise ToolchainMissing("the simulated phone needs gcc to make its system libraries, and there is none", hint=HINT)
    return found


def compile_(words: Sequence[str | Path], output: Path) -> None:
    """Make a shared library. Raises ToolchainMissing in the compiler's words."""
    command = [program(), *FLAGS, *map(str, words), "-o", str(output)]
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=DEADLINE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise PocketbenchError(f"gcc was still busy with {output.name} after {DEADLINE_S:g} s") from error
    if ended.returncode != 0:
        wrong = next((line for line in ended.stderr.splitlines() if "error" in line), ended.stderr[:200])
        raise ToolchainMissing(f"gcc could not make the simulated phone's {output.name}: {wrong[:300]}", hint=HINT, log=ended.stderr[-20_000:])


def version() -> str:
    """The compiler's, for the cache's key; libc's headers and libraries come with the system's updates, as the compiler does."""
    return _asked("--version").partition("\n")[0]


def library(name: str) -> Path:
    """Where the linker finds a library of glibc's. Raises ToolchainMissing."""
    found = Path(_asked(f"-print-file-name={name}").strip())
    if not found.is_absolute():
        raise ToolchainMissing(f"the simulated phone needs glibc, and gcc does not know its {name}", hint=HINT)
    return found


def _asked(question: str) -> str:
    """What gcc says of itself."""
    try:
        return subprocess.run([program(), question], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainMissing(f"gcc does not answer: {error}", hint=HINT) from error

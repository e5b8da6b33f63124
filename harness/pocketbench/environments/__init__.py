"""Environments of their own: packages that cannot live beside the harness's, made on demand with uv and kept in the cache.

``NAME.in`` beside this file pins what an environment is asked for, ``NAME.txt`` everything that it gets, with hashes;
``nox -s lock`` writes the latter from the former, and from ``NAME.override`` where packages ask for what they do not need.
"""

import functools
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pocketbench import cache, toolchains
from pocketbench.errors import ToolchainMissing
from pocketbench.registry import Registry

KIND = "environments"
DEADLINE_S = 1800.0
MAX_MESSAGE = 500
_LOCKS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment: its name, the modules that must be importable in it, the lane that brings uv."""

    name: str
    imports: tuple[str, ...]
    lane: str

    @property
    def lock(self) -> Path:
        """The file with every package that it gets, and their hashes."""
        return _LOCKS / f"{self.name}.txt"


ENVIRONMENTS: Registry[Environment] = Registry("environment")
# Built for numpy 1, and the harness has numpy 2.
ENVIRONMENTS.add(Environment("tflite-runtime", ("numpy", "tflite_runtime.interpreter"), lane="tflite"))
# They pin an older TensorFlow, and the harness' own worker runs in it.
ENVIRONMENTS.add(Environment("tfjs", ("msgspec", "filelock", "platformdirs", "tensorflowjs", "onnx2tf"), lane="tfjs"))


def python_of(name: str) -> Path:
    """The Python of an environment, which is made first where it is not there yet.

    Raises UnknownName, and ToolchainMissing where it cannot be made: without uv, without a network, on a computer that its
    packages are not built for.
    """
    environment = ENVIRONMENTS.get(name)

    def make(folder: Path) -> None:
        _make(environment, folder)

    folder, now = cache.made(KIND, _key(environment), make)
    if not now and not _python(folder).exists():  # the Python that it was made of has gone
        folder, _ = cache.made(KIND, _key(environment), make, force=True)
    return _python(folder)


def is_made(name: str) -> bool:
    """Whether an environment is there, so that nothing has to be fetched. Raises UnknownName."""
    return _python(cache.folder(KIND, _key(ENVIRONMENTS.get(name)))).exists()


def versions(name: str, packages: Iterable[str]) -> dict[str, str]:
    """The version that each distribution has in an environment, made or not; "" for one that is not in it. Raises UnknownName."""
    pinned = _pinned(ENVIRONMENTS.get(name).lock)
    return {package: pinned.get(package, "") for package in packages}


def importable() -> Path:
    """A folder that holds the package pocketbench and nothing else, for a Python that has packages of its own.

    It has a link, because the folder that the package was imported from may hold every other package of the harness, and what
    the installation says of itself, which the package asks for its version.
    """
    package, about = Path(__file__).parent.parent, metadata.distribution(toolchains.DISTRIBUTION).read_text("METADATA") or ""

    def make(folder: Path) -> None:
        (folder / package.name).symlink_to(package)
        said = folder / f"{package.name}.dist-info"
        said.mkdir()
        (said / "METADATA").write_text(about, encoding="utf-8")

    return cache.made("importable", cache.key_of({"package": str(package), "about": about}), make)[0]


@functools.cache
def _pinned(lock: Path) -> Mapping[str, str]:
    """What a lock file pins, by distribution."""
    return dict(re.findall(r"^(\S+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def _key(environment: Environment) -> str:
    """What an environment depends on: its packages, and the Python and the kind of computer that it is made for."""
    return cache.key_of({"lock": cache.sha256_of(environment.lock), "python": sys.version, "machine": platform.machine(), "system": platform.system()})


def _python(folder: Path) -> Path:
    """Where an environment has its Python."""
    return folder / "bin" / "python"


def _make(environment: Environment, folder: Path) -> None:
    """Fill an empty folder, which is moved afterwards: hence relocatable. What does not import in the end was not made.

    The lock file is whole, so nothing is resolved again: what an override mended would not be.
    """
    uv, python = _uv(environment), str(_python(folder))
    _run(environment, [uv, "venv", "--quiet", "--no-project", "--relocatable", "--python", sys.executable, str(folder)])
    wanted = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(environment.lock)]
    _run(environment, [uv, "pip", "install", "--quiet", "--python", python, *wanted])
    _run(environment, [python, "-E", "-c", f"import {', '.join(environment.imports)}"])


def _uv(environment: Environment) -> str:
    """The uv that is installed. Raises ToolchainMissing."""
    try:
        import uv

        return uv.find_uv_bin()
    except (ImportError, FileNotFoundError) as error:
        message = f"the environment {environment.name} is made with uv, which is not installed"
        raise ToolchainMissing(message, hint=toolchains.line_to_type(environment.lane)) from error


def _run(environment: Environment, command: Sequence[str]) -> None:
    """Run one command that cannot ask anything. Raises ToolchainMissing in its own words."""
    what = f"the environment {environment.name} could not be made"
    hint = f"with a network, run it again: it is fetched once and kept in {cache.root()}"
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=DEADLINE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ToolchainMissing(f"{what}: {Path(command[0]).name} was still busy after {DEADLINE_S:g} s", hint=hint) from error
    if ended.returncode != 0:
        said = [line.strip() for line in ended.stderr.splitlines() if line.strip()]
        raise ToolchainMissing(f"{what}: {' … '.join(dict.fromkeys(said[:1] + said[-1:]))}"[:MAX_MESSAGE], hint=hint, log=ended.stderr)

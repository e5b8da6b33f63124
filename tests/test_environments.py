"""Environments of their own, made by uv in the cache."""

import importlib
import re
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from pocketbench import environments
from pocketbench.environments import ENVIRONMENTS, Environment
from pocketbench.errors import ToolchainMissing, UnknownName

LOCKED = r"--hash=sha256:[0-9a-f]{64}"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no packages that uv could have kept: what is made here is made anew."""
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return tmp_path


class _WithoutUv:
    """A finder of modules by which there is no uv."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        if name == "uv":
            raise ModuleNotFoundError("No module named 'uv'")
        return None


@pytest.mark.parametrize("environment", [*ENVIRONMENTS], ids=lambda environment: environment.name)
def test_every_environment_has_what_it_asks_for_pinned_and_hashed(environment: Environment) -> None:
    """Each requirement of NAME.in is in NAME.txt in that version, everything there has hashes, and no host is named."""
    asked = [line for line in environment.lock.with_suffix(".in").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    lock = environment.lock.read_text(encoding="utf-8")
    pinned = re.findall(r"^(\S+==\S+) \\$", lock, re.MULTILINE)

    assert set(asked) <= set(pinned)
    assert all(re.search(rf"^{re.escape(one)} \\\n    {LOCKED}", lock, re.MULTILINE) for one in pinned)
    assert "://" not in lock


def test_an_environment_that_does_not_exist_is_named() -> None:
    """With those that do."""
    with pytest.raises(UnknownName, match="tflite-runtime"):
        environments.python_of("tflite")


def test_without_uv_the_lane_that_brings_it_is_named(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left half made."""
    monkeypatch.delitem(sys.modules, "uv", raising=False)
    monkeypatch.setattr(sys, "meta_path", [_WithoutUv(), *sys.meta_path])
    importlib.invalidate_caches()

    with pytest.raises(ToolchainMissing, match="made with uv, which is not installed") as raised:
        environments.python_of("tflite-runtime")

    assert raised.value.hint == 'pip install "pocketbench[tflite]"'
    assert not environments.is_made("tflite-runtime")


@pytest.mark.slow
def test_without_a_network_uvs_own_words_are_told(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And that trying again with one is what to do; nothing is left half made."""
    monkeypatch.setenv("UV_OFFLINE", "1")

    with pytest.raises(ToolchainMissing, match=r"tflite-runtime could not be made: .*network") as raised:
        environments.python_of("tflite-runtime")

    assert raised.value.hint.startswith("with a network, run it again")
    assert "numpy" in raised.value.log
    assert not environments.is_made("tflite-runtime")


@pytest.mark.slow
def test_an_environment_has_its_own_packages_and_is_made_once(tflite_runtime: Path) -> None:
    """Its numpy is not the harness's; asked for again, it is the same and nothing is made."""
    told = subprocess.run(
        [tflite_runtime, "-c", "import numpy, tflite_runtime; print(numpy.__version__, tflite_runtime.__version__)"], capture_output=True, text=True, check=True
    )
    made = tflite_runtime.stat(follow_symlinks=False).st_mtime_ns

    assert told.stdout.split() == ["1.26.4", "2.14.0"]
    assert environments.is_made("tflite-runtime")
    assert environments.python_of("tflite-runtime") == tflite_runtime
    assert tflite_runtime.stat(follow_symlinks=False).st_mtime_ns == made


@pytest.mark.slow
@pytest.mark.usefixtures("tflite_runtime")  # it can be had
def test_an_environment_whose_python_has_gone_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after the Python that it was made of was removed; not that of other tests."""
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "cache"))
    python = environments.python_of("tflite-runtime")
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert not environments.is_made("tflite-runtime")

    assert environments.python_of("tflite-runtime") == python
    assert subprocess.run([python, "-c", "import tflite_runtime"], check=False).returncode == 0

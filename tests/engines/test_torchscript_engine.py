"""The host's halves of torch's two runtimes of TorchScript files."""

from pathlib import Path

import msgspec
import pytest

from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy

NAMES = ("pytorch-lite", "torchscript")
EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, (), ())


@pytest.mark.parametrize("name", NAMES)
def test_both_read_torchscript_on_the_cpu_without_options(name: str) -> None:
    """They live in torch's own package; the app has the lite interpreter, too."""
    engine = ENGINES.get(name)

    assert (engine.reads, engine.accelerators) == (("torchscript",), ("cpu",))
    assert engine.runners == (("python", "app") if name == "pytorch-lite" else ("python",))
    assert (engine.options, engine.package, engine.environment, engine.usual) == ({}, "torch", "", True)


def test_files_are_checked_by_the_interpreter_that_phones_have() -> None:
    """The first engine that reads a format checks its files."""
    assert [engine.name for engine in ENGINES if "torchscript" in engine.reads] == ["pytorch-lite", "torchscript"]


@pytest.mark.parametrize("name", NAMES)
def test_only_what_was_written_for_nnapi_is_refused(name: str) -> None:
    """Its library is Android's; a file made for Vulkan runs on a CPU, too."""
    engine = ENGINES.get(name)
    refusal = engine.refuses(msgspec.structs.replace(EMPTY, about={"made_for": "nnapi"}), "cpu", {})

    assert refusal is not None
    assert (refusal.stage, refusal.reason) == ("admit", "accelerator-absent")
    assert "libneuralnetworks.so" in refusal.message
    assert engine.refuses(msgspec.structs.replace(EMPTY, about={"made_for": "vulkan"}), "cpu", {}) is None
    assert engine.refuses(EMPTY, "cpu", {}) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_runners_engine_has_the_same_accelerators(project: Path, name: str) -> None:
    """What the host offers is what the device's half takes."""
    text = (project / "device_scripts" / "engines" / f"{name}.py").read_text(encoding="utf-8")
    assert f"accelerators = {ENGINES.get(name).accelerators}".replace("'", '"') in text

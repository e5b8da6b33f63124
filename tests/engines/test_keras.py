"""The host's half of Keras."""

from pathlib import Path

from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy

KERAS = ENGINES.get("keras")


def test_keras_alone_reads_unconverted_models() -> None:
    """On the CPU, by the Python runner, without options."""
    assert [engine.name for engine in ENGINES if "source" in engine.reads] == ["keras"]
    assert (KERAS.runners, KERAS.accelerators, KERAS.options, KERAS.package) == (("python",), ("cpu",), {}, "keras")


def test_nothing_is_refused_for_its_operations() -> None:
    """What was opened as a source runs in its own framework, whatever a converter has no kernel for."""
    assert KERAS.refuses(Anatomy(0, 0, 0, 0, {}, 0.0, 0, {"MatrixInverse": 1}, (), ()), "cpu", {}) is None


def test_the_runner_has_the_engine(project: Path) -> None:
    """One file on each side, of the same name."""
    assert (project / "device_scripts" / "engines" / f"{KERAS.name}.py").is_file()

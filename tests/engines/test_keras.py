"""The host's half of Keras."""

from pathlib import Path

import pytest

from pocketbench.engines import ENGINES, can_read
from pocketbench.model import Anatomy, Variant

KERAS = ENGINES.get("keras")


@pytest.mark.parametrize("framework", ["keras", "torch"])
def test_each_framework_runs_its_own_unconverted_models(framework: str) -> None:
    """And no other's, though both read the format source."""
    variant = Variant("m", framework, "source", "as_is")

    assert [engine.name for engine in ENGINES if can_read(engine, variant)] == [framework]


def test_keras_runs_on_the_cpu() -> None:
    """By the Python runner, without options."""
    assert (KERAS.runners, KERAS.accelerators, KERAS.options, KERAS.package) == (("python",), ("cpu",), {}, "keras")


def test_nothing_is_refused_for_its_operations() -> None:
    """What was opened as a source runs in its own framework, whatever a converter has no kernel for."""
    assert KERAS.refuses(Anatomy(0, 0, 0, 0, {}, 0.0, 0, {"MatrixInverse": 1}, (), ()), "cpu", {}) is None


def test_the_runner_has_the_engine(project: Path) -> None:
    """One file on each side, of the same name."""
    assert (project / "device_scripts" / "engines" / f"{KERAS.name}.py").is_file()

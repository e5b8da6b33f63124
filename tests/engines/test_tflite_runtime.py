"""The host's half of tflite-runtime."""

from pathlib import Path

import msgspec

from pocketbench.engines import ENGINES
from pocketbench.environments import ENVIRONMENTS
from pocketbench.model import Anatomy

RUNTIME = ENGINES.get("tflite-runtime")
EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, (), ())


def test_it_reads_tensorflow_lite_on_the_cpu_in_an_environment_of_its_own_where_a_suite_names_it() -> None:
    """What plain LiteRT reads, with the same options; it does not run unless it is named."""
    assert (RUNTIME.reads, RUNTIME.runners, RUNTIME.accelerators, RUNTIME.usual) == (("tflite",), ("python",), ("cpu",), False)
    assert RUNTIME.options == ENGINES.get("litert").options
    assert ENVIRONMENTS.get(RUNTIME.environment).imports == ("numpy", "tflite_runtime.interpreter")


def test_every_engines_environment_exists() -> None:
    """None names one that cannot be made."""
    assert {engine.environment for engine in ENGINES} - {"", *ENVIRONMENTS.names()} == set()


def test_a_dense_layer_newer_than_it_is_refused_with_the_form_that_helps() -> None:
    """The same file is LiteRT's to run."""
    anatomy = msgspec.structs.replace(EMPTY, operations={"CONV_2D v5": 4, "FULLY_CONNECTED v12": 1})
    refused = RUNTIME.refuses(anatomy, "cpu", {})

    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", "operation-version")
    assert "FULLY_CONNECTED up to version 10, and the file has version 12" in refused.message
    assert "old_ops" in refused.hint
    assert ENGINES.get("litert").refuses(anatomy, "cpu", {}) is None


def test_the_runners_engine_runs_where_the_hosts_says(project: Path) -> None:
    """One word for one thing on both sides."""
    text = (project / "device_scripts" / "engines" / "tflite-runtime.py").read_text(encoding="utf-8")

    assert f"accelerators = {RUNTIME.accelerators}".replace("'", '"') in text

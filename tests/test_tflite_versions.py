"""The table of operations, and what the runtimes themselves say."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pocketbench import tflite_versions
from pocketbench.tflite_versions import RELEASES, known, refusal, unknown


@pytest.fixture(scope="module")
def probe(project: Path) -> ModuleType:
    """The script that asks a runtime."""
    spec = importlib.util.spec_from_file_location("probe", project / "docs" / "operators" / "probe.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said(runtime: str) -> dict[str, str]:
    """What the table has of a runtime, in the probe's words."""
    return {name: f"{versions[0]}-{versions[-1]}" for name, versions in known(runtime).items()}


def test_an_operation_is_unknown_above_the_highest_version_and_below_the_lowest() -> None:
    """BROADCAST_TO has no version 1: it was taken back."""
    operations = ["CONV_2D v3", "FULLY_CONNECTED v10", "FULLY_CONNECTED v11", "BROADCAST_TO v1", "BROADCAST_TO v2"]

    assert unknown(operations, "tflite-runtime") == ("FULLY_CONNECTED v11", "BROADCAST_TO v1")


def test_what_is_not_built_in_is_unknown_but_for_the_custom_operations_that_runtimes_bring() -> None:
    """Operations of TensorFlow and users' own have a kernel nowhere; numbers that no schema names have none either."""
    operations = ["CUSTOM:Mfcc v1", "FlexErfinv v1", "CUSTOM:Frobnicate v1", "BUILTIN_999 v1", "nonsense"]

    assert unknown(operations, "litert") == tuple(operations[1:])


def test_newer_runtimes_know_all_that_older_ones_do() -> None:
    """Kernels keep reading older files; each runtime knows some that the one before it does not."""
    older, middle, newer = (known(name) for name in ("tflite-runtime", "tflite", "litert"))

    assert len(older) < len(middle) < len(newer)
    for fewer, more in ((older, middle), (middle, newer)):
        assert [name for name, versions in fewer.items() if not set(versions) <= set(more[name])] == []


def test_dense_layers_with_a_scale_a_channel_need_the_newest_runtime() -> None:
    """What TensorFlow 2.21 writes as dynamic int8 is FULLY_CONNECTED version 12."""
    assert [unknown(["FULLY_CONNECTED v12"], name) != () for name in RELEASES] == [False, True, True]


def test_every_runtime_of_the_table_has_a_release() -> None:
    """The header names the same ones as the code."""
    lines = tflite_versions._TABLE.read_text(encoding="utf-8").splitlines()
    columns = next(line for line in lines if not line.startswith("#")).split(",")

    assert columns == ["operation", *RELEASES]
    for name, release in RELEASES.items():
        assert any(line.startswith(f"#   {name}: ") and release.rpartition(" ")[2] in line for line in lines)


@pytest.mark.parametrize(
    ("operations", "message", "hint"),
    [
        (["FULLY_CONNECTED v12"], "tflite-runtime 2.14.0 has FULLY_CONNECTED up to version 10, and the file has version 12", "old_ops"),
        (["STABLEHLO_ADD v1"], "tflite-runtime 2.14.0 has no operation STABLEHLO_ADD", "convert the model without it"),
        (
            ["FULLY_CONNECTED v12", "ADD v6"],
            "FULLY_CONNECTED up to version 10, and the file has version 12; ADD up to version 5",
            "convert the model without them",
        ),
        (["CUSTOM:Frobnicate v1"], "no kernel for the custom operation Frobnicate", "convert the model without it"),
    ],
)
def test_a_refusal_names_what_the_runtime_has_and_the_form_that_helps(operations: list[str], message: str, hint: str) -> None:
    """Only where the form old_ops would write all that is missing in an older version is it named."""
    refused = refusal(["CONV_2D v1", *operations], "tflite-runtime")

    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", "operation-version")
    assert message in refused.message
    assert hint in refused.hint


def test_nothing_is_refused_of_a_file_whose_operations_are_known() -> None:
    """None, not an empty refusal."""
    assert refusal(["CONV_2D v1", "FULLY_CONNECTED v9"], "tflite-runtime") is None


@pytest.mark.slow
def test_the_table_is_what_litert_says(probe: ModuleType) -> None:
    """Every operation and version, asked of the LiteRT that is installed."""
    assert said("litert") == probe.known(sys.executable, probe.LITERT)


@pytest.mark.slow
def test_the_table_is_what_tflite_runtime_says(probe: ModuleType, tflite_runtime: Path) -> None:
    """The same in an environment of its own."""
    assert said("tflite-runtime") == probe.known(str(tflite_runtime), "tflite_runtime.interpreter:Interpreter")


def test_the_probe_writes_one_column_and_leaves_the_others(probe: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is told of one runtime replaces what the table had of it; the lines before the table stay."""
    table = tmp_path / "versions.csv"
    table.write_text("# said\noperation,litert,tflite,tflite-runtime\nADD,1-6,1-5,1-5\nMUL,1-8,1-7,1-7\n", encoding="utf-8")
    monkeypatch.setattr(probe, "TABLE", table)

    probe.write("tflite", {"ADD": "1-9", "NEW": "1-1"})

    assert table.read_text(encoding="utf-8") == "# said\noperation,litert,tflite,tflite-runtime\nADD,1-6,1-9,1-5\nMUL,1-8,,1-7\nNEW,,1-1,\n"


def test_the_probe_takes_no_answer_that_is_neither_yes_nor_no(probe: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that refuses every file for another reason knows nothing that could be told."""
    (tmp_path / "broken.py").write_text("class Interpreter:\n    def __init__(self, model_content):\n        raise ValueError('no memory')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(RuntimeError, match="ADD version 1: no memory"):
        probe.known(sys.executable, "broken:Interpreter")

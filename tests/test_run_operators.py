"""Whole runs of the suites of recurrent models and of operators, with fewer techniques and as short as they can be."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Row = Mapping[str, str]
SHORT = '[measure]\nprocesses = 1\nbudget = "100ms"\n'


@pytest.fixture(scope="module")
def recurrent(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """The rows of suites/recurrent.toml by model, technique and form."""
    return _rows(project, tmp_path_factory.mktemp("recurrent"), "recurrent", ["float32", "dynamic_int8", "int8"])


@pytest.fixture(scope="module")
def operators(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """The rows of suites/operators.toml by model, technique and form."""
    return _rows(project, tmp_path_factory.mktemp("operators"), "operators", ["float32", "int8", "prune80"])


@pytest.mark.parametrize("model", ["digits-lstm", "digits-mlp", "digits-attention"])
def test_the_usual_forms_compute_what_the_model_computes(recurrent: dict[str, Row], model: str) -> None:
    """Float32 to the last row, with weights of 8 bits nearly so."""
    plain, dynamic = recurrent[f"{model} float32"], recurrent[f"{model} dynamic_int8"]

    assert (plain["status"], dynamic["status"], plain["flaws"], dynamic["flaws"]) == ("ok", "ok", "", "")
    assert float(plain["agreement"]) == 1
    assert float(dynamic["agreement"]) > 0.98
    assert float(plain["score"]) > 0.94


def test_a_calibration_that_crashes_the_converter_is_a_failure_and_the_next_variant_goes_on(recurrent: dict[str, Row]) -> None:
    """A loop cannot be calibrated; fused it can, and all of it is quantised."""
    crashed, fused = recurrent["digits-lstm int8"], recurrent["digits-lstm int8:fused"]

    assert (crashed["status"], crashed["stage"], crashed["reason"]) == ("failed", "convert", "crashed")
    assert "SIGSEGV" in crashed["message"]
    assert (fused["status"], fused["flaws"], fused["parameters"], fused["parameters_quantized"]) == ("ok", "", "19072", "19072")
    assert float(fused["agreement"]) > 0.97


def test_a_fused_lstm_forgets_before_each_row_and_says_where_nothing_was_quantised(recurrent: dict[str, Row]) -> None:
    """Its float32 form agrees with its source on every row; dynamic_int8 left it as it was."""
    plain, dynamic = recurrent["digits-lstm float32:fused"], recurrent["digits-lstm dynamic_int8:fused"]

    assert (plain["status"], plain["agreement"], plain["flaws"]) == ("ok", "1.0", "")
    assert (dynamic["status"], dynamic["flaws"], dynamic["size_bytes"]) == ("ok", "NOOP", plain["size_bytes"])


def test_a_form_that_is_not_for_a_model_is_a_skip(recurrent: dict[str, Row]) -> None:
    """There is nothing to fuse in a perceptron."""
    row = recurrent["digits-mlp int8:fused"]
    assert (row["status"], row["stage"], row["reason"]) == ("skipped", "convert", "technique-not-for-model")


def test_an_operation_without_a_kernel_makes_skips_that_say_what_to_write(operators: dict[str, Row]) -> None:
    """Each of its variants, without being tried: also the one that would have been retrained first."""
    for technique in ("float32", "int8", "prune80"):
        row = operators[f"inverse {technique}"]
        assert (row["status"], row["stage"], row["reason"]) == ("skipped", "convert", "unsupported-operation")
        assert "MatrixInverse" in row["message"]


def test_select_tf_ops_files_are_made_and_sized_and_run_nowhere_here(operators: dict[str, Row]) -> None:
    """One that calibrates cannot be made; a model without need of the form has none."""
    plain, whole, unneeded = (
        operators[name] for name in ("inverse float32:select_tf_ops", "inverse int8:select_tf_ops", "digits-mobilenet float32:select_tf_ops")
    )

    assert (plain["status"], plain["reason"]) == ("skipped", "export-only")
    assert int(plain["size_bytes"]) > 64 * 10 * 4
    assert (whole["status"], whole["reason"]) == ("skipped", "technique-not-for-model")
    assert (unneeded["status"], unneeded["reason"]) == ("skipped", "technique-not-for-model")


def test_depthwise_convolutions_and_relu6_keep_their_numbers(operators: dict[str, Row]) -> None:
    """The MobileNetV2 in float32 and in whole integers."""
    plain, whole = operators["digits-mobilenet float32"], operators["digits-mobilenet int8"]

    assert (plain["status"], plain["agreement"], whole["status"], whole["flaws"]) == ("ok", "1.0", "ok", "")
    assert float(whole["agreement"]) > 0.97


def _rows(project: Path, folder: Path, name: str, techniques: list[str]) -> dict[str, Row]:
    """Run a suite of the project's with some techniques, and read its rows."""
    text = (project / "suites" / f"{name}.toml").read_text()
    text = re.sub(r"(?m)^techniques = .*$", f'techniques = {json.dumps(techniques)}\nengines = ["litert"]', text)
    (folder / f"{name}.toml").write_text(text.partition("[measure]")[0] + SHORT)
    for file in (project / "suites").glob("*.py"):
        shutil.copy(file, folder)
    _pocketbench(folder, "run", f"{name}.toml")
    found = csv.DictReader(io.StringIO(_pocketbench(folder, "report", "last", "--csv")))
    return {f"{row['model']} {row['technique']}{':' if row['form'] else ''}{row['form']}": row for row in found}


def _pocketbench(folder: Path, *words: str) -> str:
    """Run the command line and return what it gave; 1 says that some jobs failed."""
    said = subprocess.run([sys.executable, "-m", "pocketbench", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert said.returncode in (0, 1), said.stderr
    return said.stdout

"""A whole run on the GPU of this computer, through a driver in software."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pocketbench
from pocketbench import report

pytestmark = [pytest.mark.slow, pytest.mark.needs_part("vulkan-loader", "swiftshader")]

SUITE = """
[suite]
name = "gpu"

[[model]]
name = "digits-cnn"
source = "zoo:digits-cnn"
frameworks = ["keras"]
data = { source = "zoo:digits", calibration = 200, scoring = 450, score = "accuracy" }

[matrix]
formats = ["tflite"]
techniques = ["float32", "int8", "int16x8"]
accelerators = ["cpu", "gpu"]

[measure]
processes = 2
budget = "500ms"
"""
HIDDEN = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The run, with no driver chosen by hand."""
    folder = tmp_path_factory.mktemp("gpu")
    (folder / "suite.toml").write_text(SUITE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in HIDDEN:
            patch.delenv(name, raising=False)
        command = [sys.executable, "-m", "pocketbench", "run", "suite.toml"]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=500, check=False)
    assert ended.returncode in (0, 1), ended.stderr
    return pocketbench.load("last", results=folder / "results")


@pytest.fixture(scope="module")
def jobs(runs: Any) -> Any:
    """Its rows by technique and accelerator."""
    return runs.jobs().set_index(["technique", "accelerator"])


@pytest.mark.parametrize("technique", ["float32", "int8"])
def test_a_row_says_what_carried_it_and_that_it_was_in_software(jobs: Any, technique: str) -> None:
    """Proven by the runtime's own words, on the host all the same."""
    row = jobs.loc[technique, "gpu"]
    found = (row["status"], row["device_kind"], row["executed_on"], row["driver"], row["execution"])

    assert found == ("ok", "host", "gpu", "vulkan SwiftShader", "full")
    assert "EMULATED" in row["flaws"].split()
    assert "EMULATED" not in jobs.loc[technique, "cpu"]["flaws"].split()


@pytest.mark.parametrize("technique", ["float32", "int8"])
def test_every_scoring_row_has_the_answer_that_the_cpu_gives(jobs: Any, technique: str) -> None:
    """450 rows, each its own: as close to the source as on the CPU."""
    cpu, gpu = jobs.loc[technique, "cpu"], jobs.loc[technique, "gpu"]

    assert gpu["score_n"] == 450
    assert (gpu["score"], gpu["agreement"]) == (cpu["score"], cpu["agreement"])
    assert gpu["max_abs_diff"] == pytest.approx(cpu["max_abs_diff"], abs=2e-3)


def test_what_the_gpu_does_not_take_fails_in_the_runtimes_own_words(jobs: Any) -> None:
    """Sixteen-bit activations run on the CPU, and on the GPU not by falling back to it."""
    row = jobs.loc["int16x8", "gpu"]

    assert jobs.loc["int16x8", "cpu"]["status"] == "ok"
    assert (row["status"], row["reason"]) == ("failed", "engine-cannot-read")
    assert "CONV_2D: Tensor type(INT16) is not supported" in row["message"]


def test_the_report_ranks_no_row_of_the_gpu(runs: Any) -> None:
    """Fastest and best trade are of the CPU, and the reader is told why."""
    text = report.markdown(runs)
    answers = re.findall(r"\*\*(fastest|best trade): ([^*]+)\*\*", text)

    assert [question for question, _ in answers] == ["fastest", "best trade"]
    assert not [name for _, name in answers if "gpu" in name]
    assert "are not ranked" in text


def test_the_report_tells_which_driver_this_computer_has(runs: Any, tmp_path: Path) -> None:
    """Among the conditions of the run."""
    page = report.html(runs, tmp_path / "page.html").read_text(encoding="utf-8")

    assert "SwiftShader" in page
    assert "EMULATED by vulkan SwiftShader" in page

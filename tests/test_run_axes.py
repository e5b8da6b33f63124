"""One small cut of the full matrix, run as a user runs it: the GPU through each of its backends, and NNAPI, in the app on a simulated phone."""

from typing import Any

import pytest

import app_phone
import far_end
import linear_run
import pocketbench
from pocketbench.app_build import Built
from pocketbench.devices import CarriesApp, find

pytestmark = pytest.mark.slow

SUITE = (
    linear_run.SUITE.replace("processes = 2", "processes = 1").replace("200ms", "50ms").replace("30s", "90s")
    + """
[matrix]
engines = ["tflite"]
accelerators = ["gpu", "nnapi"]

[matrix.detail]
techniques = ["as_is"]
gpu_backend = ["opencl", "gles"]
"""
)
WORDS = {"opencl": "Can not open OpenCL library", "gles": ""}


@pytest.fixture(scope="module")
def rows(built_app: Built, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[Any, Any]]:
    """The rows of one run, by what stands between engine and threads in their ids."""
    folder = linear_run.made(tmp_path_factory.mktemp("run"), SUITE)
    with far_end.attached(tmp_path_factory.mktemp("adb"), "phone") as far:
        device = find(f"adb:{far.serial}")
        assert isinstance(device, CarriesApp)
        app_phone.bring(device, built_app.path)
        run = linear_run.start(folder, "--apk", str(built_app.path), "--device", f"adb:{far.serial}")
        errors = run.communicate(timeout=300)[1]
    jobs = pocketbench.load("last", results=folder / "results").jobs()
    found = {job.split("/as_is/app.")[1].rpartition("/t1@")[0]: dict(row) for job, row in zip(jobs["job"], jobs.to_dict("records"), strict=True)}
    assert set(found) == {"tflite:gpu_backend=opencl/gpu", "tflite:gpu_backend=gles/gpu", "tflite/nnapi"}, errors
    return found


@pytest.mark.parametrize("backend", ["opencl", "gles"])
def test_a_backend_of_the_gpu_is_a_row_with_its_own_driver_or_a_failure_that_it_is_absent(rows: dict[str, dict[Any, Any]], backend: str) -> None:
    """Never a row of the one whose numbers are the other's: what is there depends on this computer's drivers."""
    row = rows[f"tflite:gpu_backend={backend}/gpu"]

    if row["status"] == "failed":
        assert row["reason"] == "accelerator-absent"
        assert WORDS[backend] in row["message"]
    else:
        assert (row["executed_on"], row["execution"], row["driver"].partition(" ")[0]) == ("gpu", "full", backend)
        assert {"EMULATED", "SIMULATED"} <= set(row["flaws"].split())
        assert row["score"] == pytest.approx(1.0, abs=1e-6)


def test_nnapi_on_a_phone_without_it_is_a_skip_that_says_so(rows: dict[str, dict[Any, Any]]) -> None:
    """Before anything was pushed: no row claims an accelerator that is not there."""
    row = rows["tflite/nnapi"]

    assert (row["status"], row["stage"], row["reason"]) == ("skipped", "admit", "accelerator-absent")
    assert "the phone has none" in row["message"]

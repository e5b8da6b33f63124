"""Operator models: each is one operation in Keras and in torch, converted and checked, and nothing is timed."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from pocketbench import events, frames, report, request, run, suite
from pocketbench.cli import progress
from pocketbench.report.comparison_conversions import REFUSED, RIGHT, UNRUN, conversions
from pocketbench.report.comparison_coverage import grids

SUITES = ("coverage.toml", "coverage-forms.toml")
FEW = """
model = [
    { name = "top-k", source = "python:coverage_functions:top_k", frameworks = ["keras", "torch"] },
    { name = "branch", source = "python:coverage_control:branch", frameworks = ["torch"] },
]

[suite]
name = "few"
covers = "operations"

[matrix]
formats = ["tflite", "torchscript"]
techniques = ["float32"]
forms = ["", "scripted"]
engines = ["litert", "pytorch-lite"]

[measure]
processes = 0
allow = ["RANDOM-INPUT"]
"""


@pytest.mark.parametrize("name", SUITES)
def test_every_operation_named_is_a_function_of_its_module(name: str, project: Path) -> None:
    """Each model's module is there and has a function of that name; models are named for it."""
    wished = suite.read(project / "suites" / name).suite
    for model in wished.models:
        _, module, function = model.source.split(":")
        assert f"\ndef {function}(framework: str)" in (project / f"suites/{module}.py").read_text(encoding="utf-8")
        assert model.name == function.replace("_", "-")
    assert (wished.suite.covers, wished.measure.processes) == ("operations", 0)


def test_the_suite_has_forty_operations_or_more_from_each_framework(project: Path) -> None:
    """And none twice."""
    models = tomllib.loads((project / "suites/coverage.toml").read_text(encoding="utf-8"))["model"]

    assert all(sum(framework in model["frameworks"] for model in models) >= 40 for framework in ("keras", "torch"))
    assert len({model["source"] for model in models}) == len(models)


def test_a_job_that_was_not_to_be_timed_is_said_to_have_run() -> None:
    """And a conversion without a run speaks of no jobs."""
    assert progress.said(events.JobEnded("a/b", "ok", 0.24)) == "a/b: ran, not timed, in 0.2 s"
    assert progress.said(events.Planned(3, 0, 1)) == "3 variants, 1 skips"
    assert progress.said(events.Planned(3, 4, 1)) == "4 jobs of 3 variants, 1 skips"


@pytest.mark.slow
def test_operations_are_converted_checked_and_not_timed(project: Path, tmp_path: Path) -> None:
    """From both frameworks, as TensorFlow Lite and TorchScript; what is not right says why, a branch is right where it was scripted, no job has a time."""
    for module in ("parts", "functions", "control"):
        shutil.copy(project / f"suites/coverage_{module}.py", tmp_path)
    (tmp_path / "few.toml").write_text(FEW, encoding="utf-8")
    said: list[events.Event] = []
    ended = run.run(request.of_file(tmp_path / "few.toml", ()), run.Wishes(tmp_path), said.append)
    runs = frames.load(ended.run)
    cells = {(grid.framework, name): found for grid in grids(runs, conversions(runs, operations=True)) for name, found in grid.lines}
    states = {where: tuple(one.state for one in found if one) for where, found in cells.items()}

    assert states == {("keras", "top-k"): (RIGHT, RIGHT), ("torch", "top-k"): (UNRUN, RIGHT), ("torch", "branch"): (REFUSED, RIGHT)}
    assert "no operation STABLEHLO_SORT" in cells["torch", "top-k"][0].why
    assert cells["torch", "branch"][1].variant.form == "scripted"
    assert runs.frame().empty
    assert "not timed" in report.html(runs).read_text(encoding="utf-8")
    assert json.loads((Path(ended.run) / "run.json").read_text())["suite_name"] == "few"

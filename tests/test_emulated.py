"""Rows that a driver in software made: known by the driver's name, and never ranked with others."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import records_made
from pocketbench import charts, frames, report, trust
from pocketbench.model import Measured, Proof
from pocketbench.report import groups, verdict

SHADER = Proof("gpu", "vulkan SwiftShader", "full")


@pytest.mark.parametrize("driver", ["vulkan SwiftShader", "gles llvmpipe", "vulkan lavapipe", "opencl pocl", "vulkan Newcomer (software)"])
def test_a_driver_in_software_is_known_by_its_name(driver: str) -> None:
    """Whatever the interface."""
    assert trust.emulated(driver) == ("EMULATED",)


@pytest.mark.parametrize("driver", ["", "xnnpack", "vulkan NVIDIA H100 80GB HBM3", "vulkan Adreno 740", "gles Mali-G78"])
def test_another_driver_is_not(driver: str) -> None:
    """Nor is the lack of one."""
    assert trust.emulated(driver) == ()


def mixed() -> Iterator[object]:
    """Two forms on the CPU, and on the GPU in software, where they look ten times as fast."""
    rng = np.random.default_rng(5)
    for form in (records_made.FORMS[0], records_made.FORMS[4]):
        of = records_made.variant(form)
        made = records_made.artifact(form, of)
        yield made
        yield records_made.measured(form, made, records_made.job(of), rng)
        yield records_made.measured(form, made, records_made.job(of, accelerator="gpu"), rng, slower=0.1, proof=SHADER, flaws=trust.emulated(SHADER.driver))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> frames.Runs:
    """A run of them."""
    results = tmp_path_factory.mktemp("results")
    records_made.a_run(results, list(mixed()))
    return frames.load(results=results)


def test_a_row_in_software_counts_as_simulated_on_the_host_too(runs: frames.Runs) -> None:
    """Its device is real, its accelerator is not."""
    assert [(one.job.accelerator, one.simulated) for one in runs.outcomes] == [("cpu", False), ("gpu", True)] * 2
    assert set(runs.jobs()["device_kind"]) == {"host"}
    assert runs.jobs().set_index("accelerator").loc["gpu", "driver"].tolist() == ["vulkan SwiftShader"] * 2


def test_however_fast_it_looks_it_is_neither_fastest_nor_best_trade(runs: frames.Runs) -> None:
    """Nor named as not told apart from the fastest; the reader learns why."""
    (group,) = groups.groups(runs)
    found = verdict.verdict(group)
    answers = {advice.question: advice for advice in found.advice}

    assert answers["fastest"].name == answers["best trade"].name == "int8 cpu"
    assert "gpu" not in answers["fastest"].why
    assert any("not ranked" in note for note in found.notes)


def test_of_equal_files_the_one_that_ran_for_real_is_smallest(runs: frames.Runs) -> None:
    """The same file, once without a flaw."""
    (group,) = groups.groups(runs)

    assert all(advice.name.endswith("cpu") for advice in verdict.verdict(group).advice)


def test_its_times_are_drawn_in_figures_of_their_own(runs: frames.Runs) -> None:
    """With the driver's name; sizes and weights are drawn once."""
    subjects = [figure.texts[1].get_text() for figure in charts.draw(runs.outcomes, "made-up on host")]

    assert subjects.count("made-up on host, EMULATED by vulkan SwiftShader") == 2
    assert subjects.count("made-up on host") == 6


def test_a_group_without_a_real_row_has_no_figure_more(runs: frames.Runs) -> None:
    """There is nothing to keep it apart from."""
    emulated = [one for one in runs.outcomes if one.simulated]

    assert len(charts.draw(emulated, "made-up on host")) == 6


def test_a_group_of_nothing_else_says_so_in_its_title(tmp_path: Path) -> None:
    """It is emulated, on a real computer: not simulated."""
    records = [one for one in mixed() if not (isinstance(one, Measured) and one.job.accelerator == "cpu")]
    records_made.a_run(tmp_path, records)
    runs = frames.load(results=tmp_path)

    assert "## made-up-cnn on host (EMULATED)" in report.markdown(runs)
    assert 'on host <span class="flaw">EMULATED</span></h2>' in report.html(runs).read_text(encoding="utf-8")


def test_markdown_and_page_mark_the_rows(runs: frames.Runs, tmp_path: Path) -> None:
    """And say what the mark means."""
    assert len(re.findall(r"\| EMULATED \|", report.markdown(runs))) == 2
    page = report.html(runs, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "A driver in software did the accelerator&#39;s work." in page

"""ExecuTorch's files beside the TorchScript ones that they replace, on made-up records."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

import records_made
from pocketbench import frames, report
from pocketbench.charts import words
from pocketbench.report import groups, succession

SIZES = {"torchscript": 400_000, "executorch": 200_000}


def rows(*those: tuple[str, str, str, str]) -> Iterator[object]:
    """Records of jobs, each given as format, form, engine and framework; a .ptl takes 20 µs, a .pte 10."""
    rng = np.random.default_rng(1)
    for format_, form, engine, framework in those:
        made = records_made.Form("float32", SIZES[format_], SIZES[format_] / 20)
        of = msgspec.structs.replace(records_made.variant(made, framework=framework, format_=format_), form=form)
        artifact = records_made.artifact(made, of)
        yield artifact
        yield records_made.measured(made, artifact, records_made.job(of, engine=engine), rng, samples=40)


def found(folder: Path, *those: tuple[str, str, str, str]) -> list[tuple[str, ...]]:
    """The pairs of the only group of a run."""
    records_made.a_run(folder, rows(*those))
    (group,) = groups.groups(frames.load(results=folder))
    return succession.pairs(group)


PTE = ("executorch", "", "executorch", "torch")


def test_a_pte_stands_beside_the_ptl_made_with_the_same_technique(tmp_path: Path) -> None:
    """Sizes, medians, how many times smaller the newer one is, both agreements."""
    [(form, older, newer, smaller, _, _, faster, *agreements)] = found(tmp_path, ("torchscript", "", "pytorch-lite", "torch"), PTE)

    assert (form, older, newer, smaller) == ("float32", "400 kB", "200 kB", "÷ 2.00")
    assert float(faster.removeprefix("÷ ")) == pytest.approx(2, rel=0.1)
    assert agreements == ["100 %", "100 %"]


def test_the_usual_form_on_the_engine_of_phones_is_what_it_is_held_against(tmp_path: Path) -> None:
    """Before other forms and torch's full runtime; a form that it is held against for want of the usual one is named."""
    other = ("torchscript", "optimized", "pytorch-lite", "torch")
    everything = found(tmp_path / "all", other, ("torchscript", "", "torchscript", "torch"), ("torchscript", "", "pytorch-lite", "torch"), PTE)

    assert [row[1] for row in everything] == ["400 kB"]
    assert [row[1] for row in found(tmp_path / "one", other, PTE)] == ["400 kB (optimized)"]


@pytest.mark.parametrize("those", [(PTE,), (("torchscript", "", "pytorch-lite", "keras"), PTE), (("torchscript", "", "pytorch-lite", "torch"),)])
def test_nothing_stands_alone_nor_beside_another_frameworks_file(tmp_path: Path, those: tuple[tuple[str, str, str, str], ...]) -> None:
    """A pair has both sides, of one source."""
    assert found(tmp_path, *those) == []


def test_the_page_and_the_markdown_show_the_pairs(tmp_path: Path) -> None:
    """And do not speak of them where there are none."""
    records_made.a_run(tmp_path / "both", rows(("torchscript", "", "pytorch-lite", "torch"), PTE))
    records_made.a_run(tmp_path / "none", records_made.records(40))
    both, none = (frames.load(results=tmp_path / name) for name in ("both", "none"))

    page = report.html(both).read_text(encoding="utf-8")
    assert "beside the .ptl that it replaces" in page
    assert "<small>torch&gt;executorch</small>" in page
    assert "| float32 | 400 kB | 200 kB | ÷ 2.00 |" in report.markdown(both)
    assert ".ptl" not in report.markdown(none) + report.html(none).read_text(encoding="utf-8")


def test_a_formats_only_engine_is_no_part_of_a_name(tmp_path: Path) -> None:
    """It says nothing that the format does not; two engines of one format are told apart."""
    lite, full = ("torchscript", "", "pytorch-lite", "torch"), ("torchscript", "", "torchscript", "torch")
    records_made.a_run(tmp_path / "one", rows(lite, PTE))
    records_made.a_run(tmp_path / "two", rows(lite, full, PTE))
    one, two = (words.names(groups.groups(frames.load(results=tmp_path / name))[0].outcomes) for name in ("one", "two"))

    assert one == ["float32 torchscript", "float32 executorch"]
    assert two == ["float32 torchscript pytorch-lite", "float32 torchscript torchscript", "float32 executorch executorch"]

"""Python beside the app: which jobs are a pair, the ratio and its interval, and what is said of the two runtimes; and what engines add to an app."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

import records_made
from pocketbench import charts, frames, report, store
from pocketbench.beside_app import pairs
from pocketbench.model import AppInstalled, AppPart, Artifact, Job, Measured, Proof

FORM = records_made.Form("float32", 1_092, 300)
PARTS = (AppPart("tflite", 2_000_000, 7_000_000, 2, engine=True), AppPart("tfjs", 900_000, 900_000, 22, engine=True), AppPart("classes", 100_000, 100_000, 1))


def made() -> Artifact:
    """The file that everybody runs."""
    return records_made.artifact(FORM, records_made.variant(FORM))


def ran(
    runner: str, engine: str, version: str, *, slower: float = 1.0, device: str = "phone", kind: str = "phone", proof: Proof | None = None,
    options: dict[str, str] | None = None, threads: int = 1, processes: int = 3, flaws: tuple[str, ...] = (),
) -> Measured:  # fmt: skip
    """A job that measured it."""
    job = Job(records_made.variant(FORM), runner, engine, "cpu", threads, device, options or {})
    rng = np.random.default_rng(5)
    own = (*flaws, "SIMULATED") if kind == "simulated" else flaws
    record = records_made.measured(FORM, made(), job, rng, slower=slower, kind=kind, proof=proof, processes=processes, flaws=own, samples=60)
    return msgspec.structs.replace(record, engine_version=version)


def read(folder: Path, *records: object) -> frames.Runs:
    """A run of these records, read again."""
    records_made.a_run(folder, [made(), *records])
    return frames.load(results=folder)


def app(device: str = "phone", kind: str = "phone") -> AppInstalled:
    """An app that was there."""
    return AppInstalled(store.SCHEMA, device, kind, "ab" * 32, 3_100_000, "arm64-v8a", PARTS)


LITERT, TFLITE = ran("python", "litert", "2.3.0"), ran("app", "tflite", "2.16.1", slower=2)


def test_a_file_that_both_ran_has_the_ratio_of_the_medians_with_its_interval(tmp_path: Path) -> None:
    """The app's by the other's; which runtimes, in which versions, stands beside it."""
    [row] = read(tmp_path, LITERT, TFLITE).python_beside_app().to_dict("records")

    assert row["ratio"] == pytest.approx(row["app_median_ns"] / row["python_median_ns"], rel=1e-5)
    assert row["ratio"] == pytest.approx(2, rel=0.05)
    assert 1.8 < row["ratio_low"] < row["ratio"] < row["ratio_high"] < 2.2
    assert (row["python_engine"], row["python_version"], row["app_engine"], row["app_version"]) == ("litert", "2.3.0", "tflite", "2.16.1")
    assert (row["runtimes"], row["why_not"], row["flaws"], row["threads"]) == ("runtimes", "", "", 1)
    assert tuple(row) == frames.BESIDE_COLUMNS


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ((ran("python", "pytorch-lite", "2.10.0"), ran("app", "pytorch-lite", "1.12.2")), "versions"),
        ((ran("python", "onnxruntime", "1.29.0"), ran("app", "onnxruntime", "1.29.0")), "same"),
        ((ran("python", "onnxruntime", ""), ran("app", "onnxruntime", "")), "versions"),
        ((ran("node", "tfjs", "4.22.0"), ran("app", "tfjs", "4.22.0")), "same"),
    ],
)
def test_what_is_held_against_each_other_is_one_runtime_only_where_name_and_version_are_the_same(
    tmp_path: Path, records: tuple[Measured, ...], said: str
) -> None:
    """A version that was not told is not the same as anything."""
    assert read(tmp_path, *records).python_beside_app()["runtimes"].tolist() == [said]


@pytest.mark.parametrize(
    "other",
    [
        ran("python", "litert", "2.3.0", device="host", kind="host"),
        ran("python", "litert", "2.3.0", threads=2),
        ran("python", "litert", "2.3.0", options={"serve": "socket"}),
        ran("python", "litert", "2.3.0", options={"xnnpack": "off"}),
        ran("web", "tfjs", "4.22.0"),
    ],
)
def test_jobs_that_differ_in_more_than_who_ran_them_are_no_pair(tmp_path: Path, other: Measured) -> None:
    """Another device, threads, options that both have, a service, a browser."""
    runs = read(tmp_path, other, ran("app", "tflite", "2.16.1", options={"xnnpack": "on"}))

    assert runs.python_beside_app().empty
    assert tuple(runs.python_beside_app().columns) == frames.BESIDE_COLUMNS
    assert "beside the app" not in report.markdown(runs) + report.html(runs).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("app_ran", "why"),
    [
        (ran("app", "tflite", "2.16.1", proof=Proof("gpu", "", "partial", 1, 2)), "executed otherwise: cpu (full) without the app, gpu (partial) in it"),
        (ran("app", "tflite", "2.16.1", flaws=("NON-FINITE",)), "computes something else: app"),
    ],
)
def test_a_pair_that_did_not_do_the_same_is_shown_without_a_ratio(tmp_path: Path, app_ran: Measured, why: str) -> None:
    """With the reason, in the frame and in the report."""
    runs = read(tmp_path, LITERT, app_ran)
    [row] = runs.python_beside_app().to_dict("records")

    assert row["why_not"] == why
    assert np.isnan(row["ratio"])
    assert f"not told ({why})" in report.markdown(runs)


def test_times_that_the_clock_did_not_see_in_one_process_make_no_pair(tmp_path: Path) -> None:
    """There is no ratio to nothing, and the rest of the report is there."""
    unseen = [msgspec.structs.replace(one, samples=[0] * len(one.samples)) if one.process == 1 else one for one in TFLITE.measurements]
    runs = read(tmp_path, LITERT, msgspec.structs.replace(TFLITE, measurements=unseen))

    assert runs.jobs()["latency_median_ns"].min() > 0
    assert runs.python_beside_app().empty


def test_one_process_gives_a_ratio_without_an_interval(tmp_path: Path) -> None:
    """There is nothing to compute it from."""
    [row] = read(tmp_path, LITERT, ran("app", "tflite", "2.16.1", processes=1)).python_beside_app().to_dict("records")

    assert row["ratio"] == pytest.approx(1, rel=0.05)
    assert np.isnan([row["ratio_low"], row["ratio_high"]]).all()


def test_a_simulated_phone_stands_apart_after_real_ones_and_is_marked(tmp_path: Path) -> None:
    """In its own table, whichever ran first."""
    there = [ran(runner, engine, "1", device="made-up", kind="simulated") for runner, engine in (("python", "litert"), ("app", "tflite"))]
    runs = read(tmp_path, *there, LITERT, TFLITE)
    told = report.markdown(runs)
    page = report.html(runs).read_text(encoding="utf-8")

    assert told.index("## Python beside the app, on phone\n") < told.index("## Python beside the app, on made-up (SIMULATED)\n")
    assert '<h3>on made-up <span class="flaw">SIMULATED</span></h3>' in page
    assert "these times are no phone's" in page
    assert page.count("How much longer does it take in the app?") == 2
    assert "litert 2.3.0, tflite 2.16.1 (two libraries that read this format)" in told
    assert runs.python_beside_app()["flaws"].tolist() == ["SIMULATED", ""]


def test_ratios_are_drawn_beside_a_line_at_one(tmp_path: Path) -> None:
    """A row a pair, in figures of at most so many; those without a ratio are left to the table."""
    own = pairs(read(tmp_path, LITERT, TFLITE, ran("app", "another", "1", flaws=("NON-FINITE",))).outcomes)
    (figure,) = charts.beside.draw(own, "on phone")
    told = [text.get_text() for text in figure.axes[0].texts]

    assert told[0] == "float32 keras, cpu: litert, tflite"
    assert re.fullmatch(r"× [12]\.\d\d \[[12]\.\d\d, [12]\.\d\d\]", told[1])
    assert len(told) == 2
    assert figure.axes[0].get_xlim()[0] == pytest.approx(1 / figure.axes[0].get_xlim()[1])
    assert [len(each.axes[0].texts) for each in charts.beside.draw(own[:1] * (charts.beside.ROWS + 1), "")] == [2 * charts.beside.ROWS, 2]
    assert charts.beside.draw([], "") == []


def stored() -> Iterator[object]:
    """What a run with the app leaves."""
    yield app()
    yield from (LITERT, TFLITE)


def test_what_engines_add_to_the_app_stands_beside_the_models_they_ran(tmp_path: Path) -> None:
    """Download and installed, for each engine, for what they share, for the whole; models only where the app's engine ran some."""
    told = report.markdown(read(tmp_path, *stored()))
    page = report.html(frames.load(results=tmp_path)).read_text(encoding="utf-8")

    assert "## What an engine adds to an app: phone, arm64-v8a\n" in told
    assert "| tflite | 2.00 MB | 7.00 MB | 1 | 1.09 kB | 993 B |" in told
    assert "| tfjs | 900 kB | 900 kB |  |  |  |" in told
    assert "| the APK | 3.10 MB | 8.10 MB |  |  |  |" in told
    assert "APK abababababab" in page


def test_the_parts_of_the_app_are_a_frame(tmp_path: Path) -> None:
    """A row a part, with the hash of the APK; none without an app."""
    frame = read(tmp_path / "with", *stored()).app_parts()

    assert tuple(frame.columns) == frames.APP_COLUMNS
    assert frame["part"].tolist() == ["tflite", "tfjs", "classes"]
    assert frame["installed_bytes"].sum() == 8_000_000
    assert read(tmp_path / "without", LITERT).app_parts().empty


def test_anonymous_reports_hide_the_serial_of_the_phone_that_had_the_app(tmp_path: Path) -> None:
    """In the title of its table, too."""
    runs = read(tmp_path, app("SERIAL77"), ran("app", "tflite", "2.16.1", device="SERIAL77"))

    assert "SERIAL77" in report.markdown(runs)
    assert "SERIAL77" not in report.markdown(runs, anonymous=True)
    assert "What an engine adds to an app: phone-1, arm64-v8a" in report.markdown(runs, anonymous=True)


def test_sizes_that_no_file_has_are_a_damaged_line(tmp_path: Path) -> None:
    """Records of others may say anything."""
    run = records_made.a_run(tmp_path, [app()])
    file = run.folder / "records.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"download_bytes":2000000', b'"download_bytes":-1'))

    assert [number for number, _ in frames.load(results=tmp_path).damaged] == [1]

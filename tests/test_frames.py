"""The two frames: their columns, their numbers, their types."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import records_made
from pocketbench import frames
from pocketbench.errors import ResultsError
from pocketbench.model import Measured

SAMPLE_CONTRACT = """run job model framework format technique form route engine engine_version engine_options runner device device_kind accelerator
    executed_on driver execution threads process batch phase metric unit index value flaws"""

JOB_CONTRACT = """run job status stage reason message model framework format technique form route engine engine_version engine_options runner device
    device_kind accelerator executed_on driver execution delegated operations threads size_bytes zip_bytes parameters parameters_quantized
    latency_median_ns latency_p5_ns latency_p95_ns latency_low_ns latency_high_ns latency_n load_median_ns first_ns round_trip_median_ns
    peak_memory_bytes score score_name score_n agreement max_abs_diff trust flaws
    zeros unique_values channel_values two_of_four sparse_tensors extra_epochs control control_score"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> frames.Runs:
    """A made-up run, read."""
    results = tmp_path_factory.mktemp("results")
    records_made.a_run(results, [*records_made.records(samples=50), *records_made.unsound(), *records_made.export_only()])
    return frames.load(results=results)


def test_the_frames_have_the_columns_of_the_contract(runs: frames.Runs) -> None:
    """Names and order are what others' scripts lean on."""
    assert list(runs.frame().columns) == SAMPLE_CONTRACT.split()
    assert list(runs.jobs().columns) == JOB_CONTRACT.split()


def test_a_row_a_sample_and_its_value_is_of_one_inference(runs: frames.Runs) -> None:
    """Every sample is there once, in order, divided by its batch."""
    frame = runs.frame()
    record = next(outcome.record for outcome in runs.outcomes)
    assert isinstance(record, Measured)
    rows = frame[frame.job == record.job.id]

    assert len(rows) == sum(len(item.samples) for item in record.measurements)
    steady = rows[(rows.metric == "latency") & (rows.phase == "steady") & (rows.process == 1)]
    expected = next(item for item in record.measurements if item.phase == "steady" and item.process == 1)
    assert steady.value.tolist() == [sample / 8 for sample in expected.samples]
    assert steady["index"].tolist() == list(range(50))
    assert set(rows[rows.metric == "memory"].unit) == {"byte"}
    assert set(rows[rows.metric == "latency"].unit) == {"ns"}


def test_words_are_categories_so_that_ten_million_rows_fit(runs: frames.Runs) -> None:
    """No column of the frame of samples holds Python objects, and a row takes fewer than 80 bytes."""
    frame = runs.frame()

    assert not [name for name, dtype in frame.dtypes.items() if not isinstance(dtype, pd.CategoricalDtype) and dtype.kind not in "if"]
    assert frame.memory_usage(index=False, deep=True).sum() / len(frame) < 80 + 30_000 / len(frame)


def test_latency_is_of_steady_samples_alone(runs: frames.Runs) -> None:
    """Median, percentiles and count of a row are those of its steady samples over all processes."""
    frame, jobs = runs.frame(), runs.jobs().set_index("job")
    steady = frame[(frame.metric == "latency") & (frame.phase == "steady")].groupby("job", observed=True).value
    ok = jobs[jobs.status == "ok"]

    assert ok.latency_n.tolist() == steady.count().reindex(ok.index).tolist()
    for column, share in (("latency_median_ns", 0.5), ("latency_p5_ns", 0.05), ("latency_p95_ns", 0.95)):
        np.testing.assert_allclose(ok[column], steady.quantile(share).reindex(ok.index), atol=0.001)
    assert (ok.latency_low_ns < ok.latency_median_ns).all()
    assert (ok.latency_median_ns < ok.latency_high_ns).all()


def test_load_first_and_memory_come_from_their_own_metrics(runs: frames.Runs) -> None:
    """The median over processes for load and first, the largest for memory."""
    frame, jobs = runs.frame(), runs.jobs().set_index("job")
    medians = frame.groupby(["job", "metric"], observed=True).value.median()
    for job in jobs.index[jobs.status == "ok"]:
        assert jobs.load_median_ns[job] == medians[job, "load"]
        assert jobs.first_ns[job] == medians[job, "first"]
        assert jobs.peak_memory_bytes[job] == medians[job, "memory"]


def test_failures_and_skips_are_rows_with_their_reasons(runs: frames.Runs) -> None:
    """Nothing is silently absent, and what is not known is empty, not a dash or a zero."""
    jobs = runs.jobs()
    assert jobs.status.value_counts().to_dict() == {"ok": 12, "skipped": 3, "failed": 1}
    skip = jobs[jobs.reason == "needs-training-data"].iloc[0]

    assert (skip.stage, skip.technique, skip.runner, skip.engine, skip.accelerator, skip.device) == ("plan", "qat_int8", "", "", "", "")
    assert skip[["threads", "size_bytes", "latency_median_ns", "score"]].isna().all()
    assert jobs[jobs.status == "failed"].iloc[0].message.startswith("made-up converter: <b>cannot</b>")


def test_an_export_is_a_skipped_row_with_its_sizes(runs: frames.Runs) -> None:
    """A file that nothing here runs still has sizes and parameters."""
    row = runs.jobs().query("reason == 'export-only'").iloc[0]

    assert (row.status, row.size_bytes, row.zip_bytes, row.parameters) == ("skipped", 500_000, 455_000, 98_304)


def test_csv_keeps_integers_and_empty_cells(runs: frames.Runs) -> None:
    """A whole number is written without a point, an unknown one as nothing, and reading it back gives the same."""
    text = runs.jobs().to_csv(index=False)
    raw = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)

    assert raw.size_bytes[0] == "412000"
    assert raw.latency_n[0] == "150"
    assert raw.threads.tolist()[-1] == ""
    assert not raw.isin(["nan", "<NA>", "None"]).any().any()
    assert set(raw[raw.status == "ok"].trust) == {""}


def test_flaws_are_joined_by_one_space(runs: frames.Runs) -> None:
    """The artifact's and the job's flaws, each once."""
    flaws = runs.jobs().query("technique == 'float32_from_nowhere'").flaws.iloc[0]

    assert flaws == "CONSTANT-OUTPUT LOW-AGREEMENT NOISY"


def test_several_runs_stand_in_one_frame(tmp_path: Path) -> None:
    """Runs are told apart by their id, and one named twice counts once."""
    first, second = (records_made.a_run(tmp_path, list(records_made.records(samples=4))[:2]) for _ in range(2))
    runs = frames.load(first.id, second.folder, "last", results=tmp_path)

    assert runs.jobs().run.tolist() == [first.id, second.id]
    assert set(runs.frame().run) == {first.id, second.id}


def test_a_run_without_records_gives_empty_frames(tmp_path: Path) -> None:
    """Both frames have their columns and no rows."""
    records_made.a_run(tmp_path, ())
    runs = frames.load("last", results=tmp_path)

    assert (len(runs.frame()), len(runs.jobs())) == (0, 0)
    assert list(runs.frame().columns) == SAMPLE_CONTRACT.split()
    assert list(runs.jobs().columns) == JOB_CONTRACT.split()


def test_an_unknown_run_is_an_error(tmp_path: Path) -> None:
    """The error is the store's."""
    with pytest.raises(ResultsError, match="there is no run in it"):
        frames.load(results=tmp_path)


def test_only_a_form_that_computes_the_same_is_sound(runs: frames.Runs) -> None:
    """A flaw of the outputs makes a row unsound; noise does not."""
    unsound = [outcome.job.variant.technique for outcome in runs.outcomes if outcome.status == "ok" and not outcome.sound]

    assert unsound == ["float32_from_nowhere"]


def test_retrained_rows_name_their_control_and_its_score(tmp_path: Path) -> None:
    """So that a script never holds a retrained form against one that trained less; empty where there is none."""
    records_made.a_run(tmp_path, records_made.retrained(without=("extra_epochs",)))
    jobs = frames.load(results=tmp_path).jobs().set_index("technique")

    assert jobs.loc["qat_int8", ["control", "control_score", "extra_epochs"]].tolist() == ["extra_epochs+int8", 0.9844, 2]
    assert jobs.control["prune80"] == "extra_epochs"
    assert pd.isna(jobs.control_score["prune80"])
    assert (jobs.control["int8"], jobs.extra_epochs["int8"]) == ("", 0)


def test_what_is_in_the_weights_has_columns(tmp_path: Path) -> None:
    """Zeros and values of the file, of its kernels the values of a channel and the groups with two zeros of four, and how many are sparse."""
    records_made.a_run(tmp_path, records_made.retrained())
    jobs = frames.load(results=tmp_path).jobs().set_index("technique")

    found = jobs.loc["prune80+sparse", ["zeros", "unique_values", "channel_values", "two_of_four", "sparse_tensors"]]
    assert list(found) == pytest.approx([0.7961, 24_000, 140, 0.97, 2])

"""Whole runs on this computer, as a user starts them."""

import csv
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import linear_run
import pocketbench
import tiny_tflite
from pocketbench import store
from pocketbench.model import Failed, Measured

pytestmark = pytest.mark.slow

SUITE = (
    linear_run.HEAD
    + """
[matrix.detail]
techniques = ["as_is"]
threads = [1, 2]
xnnpack = ["on", "off"]

[measure]
processes = 2
budget = "200ms"
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a ready-made linear model, its rows and a suite of four jobs."""
    return linear_run.made(tmp_path, SUITE)


def start(folder: Path, *words: str) -> "subprocess.Popen[str]":
    """Start the command line in a process group of its own."""
    command = [sys.executable, "-m", "pocketbench", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def pocketbench_said(folder: Path, *words: str) -> tuple[int, str, str]:
    """Run the command line to its end: exit code, stdout, stderr."""
    process = start(folder, *words)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def events_of(out: str) -> list[dict[str, Any]]:
    """The JSON lines of a run."""
    return [json.loads(line) for line in out.splitlines()]


def test_a_run_measures_every_job_and_its_last_event_counts_them(folder: Path) -> None:
    """The contract of ``run --json``: one object a line, the last is run-ended."""
    code, out, err = pocketbench_said(folder, "run", "suite.toml", "--json")
    ended = events_of(out)[-1]

    assert (code, err) == (0, "")
    assert {key: ended[key] for key in ("event", "ok", "failed", "skipped")} == {"event": "run-ended", "ok": 4, "failed": 0, "skipped": 0}
    assert (folder / ended["run"] / "records.jsonl").is_file()


def test_numbers_of_a_run_are_those_of_the_model(folder: Path) -> None:
    """A linear model reproduces its own rows: r2 is 1, nothing differs, twenty samples at least, an interval around the median."""
    pocketbench_said(folder, "run", "suite.toml", "--json")
    jobs = pocketbench.load("last", results=folder / "results").jobs()

    assert jobs["score"].tolist() == pytest.approx([1.0] * 4, abs=1e-6)
    assert jobs["max_abs_diff"].max() < 1e-6
    assert jobs["agreement"].isna().all()
    assert (jobs["latency_n"] >= 20).all()
    assert (jobs["latency_low_ns"] <= jobs["latency_median_ns"]).all()
    assert (jobs["latency_median_ns"] <= jobs["latency_high_ns"]).all()
    assert jobs["parameters"].tolist() == [3] * 4
    assert (jobs["executed_on"] == "cpu").all()
    assert (jobs["execution"] == "full").all()


def test_a_median_in_the_csv_is_the_median_of_the_frames_steady_samples(folder: Path) -> None:
    """What the page says can be computed again from the samples."""
    pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t1")
    runs = pocketbench.load("last", results=folder / "results")
    code, out, _ = pocketbench_said(folder, "report", "last", "--csv")
    frame = runs.frame()
    steady = frame[(frame["metric"] == "latency") & (frame["phase"] == "steady")]

    assert code == 0
    for row in csv.DictReader(io.StringIO(out)):
        assert float(row["latency_median_ns"]) == pytest.approx(steady[steady["job"] == row["job"]]["value"].median(), abs=1)


def test_without_json_a_run_ends_with_a_table_and_the_path_of_its_report(folder: Path) -> None:
    """What a person sees: rows, counts, a page; progress is not in the way."""
    code, out, err = pocketbench_said(folder, "run", "suite.toml", "--only", "t1")
    report = Path(out.splitlines()[-1].removeprefix("report: "))

    assert code == 0
    assert "2 ok, 0 failed, 0 skipped" in out
    assert (folder / report).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "measuring linear/tflite/tflite/as_is/python.litert:xnnpack=off/cpu/t1@host" in err


def test_a_second_run_converts_nothing(folder: Path) -> None:
    """What was made is found by hash."""
    pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t1")
    _, out, _ = pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t1")
    again = events_of(out)

    assert [event["cached"] for event in again if event["event"] in ("model-opened", "converted")] == [True, True]


def test_a_killed_run_loses_no_record_and_resume_finishes_it(folder: Path) -> None:
    """With kill -9 at random moments: every record that was announced is there, and the run can go on to its end."""
    seed = random.SystemRandom().randrange(10**6)
    chance, announced, words = random.Random(seed), set(), ["run", "suite.toml", "--json"]  # noqa: S311 - no secret
    for _ in range(4):
        process = start(folder, *words)
        announced |= _read_until_killed(process, time.monotonic() + chance.uniform(1.5, 4.5))
        runs = sorted((folder / "results" / "runs").glob("2*"))
        if runs:
            assert len(runs) == 1, f"seed {seed}"
            assert announced <= set(store.read(store.find(folder / "results", "last")).records), f"seed {seed}"
            words = ["run", "suite.toml", "--json", "--resume", "last"]
    code, out, err = pocketbench_said(folder, *words)

    assert (code, events_of(out)[-1]["ok"]) == (0, 4), f"seed {seed}: {err}"


def _read_until_killed(process: "subprocess.Popen[str]", moment: float) -> set[str]:
    """Kill a run at a moment, or let it end before; return the jobs it said were done."""
    while process.poll() is None and time.monotonic() < moment:
        time.sleep(0.02)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    lines = [line for line in process.communicate(timeout=60)[0].splitlines() if line.endswith("}")]
    return {event["job"] for event in map(json.loads, lines) if event["event"] == "job-ended"}


def test_interrupt_leaves_a_readable_run_and_exit_code_130(folder: Path) -> None:
    """Ctrl-C keeps what was measured, says how to go on, and leaves no process."""
    process = start(folder, "run", "suite.toml", "--json")
    assert process.stdout is not None
    for line in process.stdout:
        if '"job-ended"' in line:
            process.send_signal(signal.SIGINT)
            break
    _, err = process.communicate(timeout=60)
    records = store.read(store.find(folder / "results", "last")).records

    assert process.returncode == 130
    assert f"run suite.toml --resume {Path('results', 'runs')}" in err
    assert "Traceback" not in err
    assert 1 <= len(records) < 4
    assert all(isinstance(record, Measured) for record in records.values())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_leaves_nothing_behind(folder: Path, number: int) -> None:
    """A scheduler's or a closed terminal's: the exit code says which, folders of work are gone, records stay."""
    work = Path(os.environ["POCKETBENCH_CACHE"]) / "work"
    process = start(folder, "run", "suite.toml", "--json")
    assert process.stdout is not None
    for line in process.stdout:
        if '"job-ended"' in line:
            process.send_signal(number)
            break
    _, err = process.communicate(timeout=60)

    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert not list(work.glob(f"{process.pid}-*"))
    assert store.read(store.find(folder / "results", "last")).unreached


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that no other test has, not those beside this one either: it may be damaged."""
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.usefixtures("own_cache")
def test_a_file_that_was_damaged_in_the_cache_is_made_again(folder: Path) -> None:
    """Its hash was kept when it was made; a disk or a hand that changed it costs one conversion, not every later run."""
    pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t1")
    (made,) = store.read(store.find(folder / "results", "last")).artifacts.values()
    Path(made.path).write_bytes(Path(made.path).read_bytes()[:100])
    code, out, err = pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t1")

    assert (code, events_of(out)[-1]["failed"]) == (0, 0), err
    assert hashlib.sha256(Path(made.path).read_bytes()).hexdigest() == made.sha256


def test_resume_of_nothing_is_refused(folder: Path) -> None:
    """An empty variable in a script is no wish for a new run."""
    code, _, err = pocketbench_said(folder, "run", "suite.toml", "--resume", "")

    assert code == 2
    assert "--resume names no run" in err


def test_resume_refuses_a_changed_suite(folder: Path) -> None:
    """Two suites in one run could not be told apart."""
    pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t1")
    (folder / "suite.toml").write_text(SUITE.replace("200ms", "300ms"))
    code, _, err = pocketbench_said(folder, "run", "suite.toml", "--resume", "last")

    assert code == 2
    assert "made with another suite" in err


def test_resume_of_a_finished_run_measures_nothing_again(folder: Path) -> None:
    """A job that has its record is not repeated, and one that was left out is not taken up; another glob takes it up."""
    pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t1")
    before = (folder / "results" / "runs").glob("*/records.jsonl").__next__().read_bytes()
    code, out, _ = pocketbench_said(folder, "run", "suite.toml", "--json", "--resume", "last")

    assert code == 0
    assert [event["event"] for event in events_of(out)] == ["planned", "run-started", "run-ended"]
    assert (folder / "results" / "runs").glob("*/records.jsonl").__next__().read_bytes() == before
    more = events_of(pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t2", "--resume", "last")[1])
    assert (more[0]["jobs"], more[-1]["ok"] > events_of(out)[-1]["ok"]) == (events_of(out)[-1]["ok"], True)


def test_a_bad_source_ends_with_exit_code_2_and_no_run_folder(folder: Path) -> None:
    """A truncated file is named before anything is converted or written."""
    (folder / "linear.tflite").write_bytes((folder / "linear.tflite").read_bytes()[:200])
    code, _, err = pocketbench_said(folder, "run", "suite.toml", "--json")

    assert code == 2
    assert "linear.tflite" in err
    assert "Traceback" not in err
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"x": np.zeros((60, 4), np.float32), "y": np.zeros(60)}, "rows.npz"),
        ({"x": np.zeros((0, 3), np.float32), "y": np.zeros(0)}, "rows.npz"),
        ({"x": np.zeros((60, 3), np.float32), "y": np.zeros(59)}, "rows.npz"),
    ],
)
def test_rows_that_do_not_fit_end_with_exit_code_2_and_no_run_folder(folder: Path, rows: dict[str, Any], message: str) -> None:
    """Wrong shapes, no rows, labels of another number: the file is named."""
    np.savez(folder / "rows.npz", **rows)
    code, _, err = pocketbench_said(folder, "run", "suite.toml")

    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert not (folder / "results").exists()


MODELS = """
import keras, numpy as np

def negated():
    x = keras.Input((3,))
    return keras.Model(x, -x)

def crash():
    import ctypes
    ctypes.string_at(0)
"""


def test_a_variant_that_cannot_be_made_costs_its_own_rows_and_no_others(folder: Path) -> None:
    """The failed row has the converter's reason and a log; the model beside it is measured; the exit code says that something failed."""
    (folder / "my_models.py").write_text(MODELS)
    negated = '[[model]]\nname = "negated"\nsource = "python:my_models:negated"\n[matrix]\ntechniques = ["float32", "int16x8"]\n'
    (folder / "suite.toml").write_text(SUITE.split("[matrix.detail]")[0] + negated)
    code, out, _ = pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "*/as_is")
    only_good = code, events_of(out)[-1]["ok"]
    code, out, _ = pocketbench_said(folder, "run", "suite.toml", "--json")
    contents = store.read(store.find(folder / "results", "last"))
    failed = [record for record in contents.records.values() if isinstance(record, Failed)]

    assert only_good == (0, 1)
    assert (code, events_of(out)[-1]["ok"]) == (1, 2)
    assert [(record.job.variant.technique, record.refusal.reason) for record in failed] == [("int16x8", "unsupported-operation")]
    assert all("NEG" in record.refusal.message and (contents.run.folder / record.log).read_text().strip() for record in failed)


def test_a_source_that_takes_its_process_down_is_named_with_exit_code_2(folder: Path) -> None:
    """A segfault in a user's function ends with a message about the model, and leaves nothing."""
    (folder / "my_models.py").write_text(MODELS)
    code, _, err = pocketbench_said(folder, "run", "python:my_models:crash")

    assert code == 2
    assert "model 'crash' (python:my_models:crash)" in err
    assert "SIGSEGV" in err
    assert not (folder / "results").exists()


def test_a_users_score_that_raises_ends_before_anything_is_measured(folder: Path) -> None:
    """The source itself is scored first."""
    (folder / "my_scores.py").write_text("def half(outputs, labels):\n    raise ValueError('no such label')\n")
    (folder / "suite.toml").write_text(SUITE.replace('score = "r2"', 'score = "python:my_scores:half"'))
    code, _, err = pocketbench_said(folder, "run", "suite.toml")

    assert code == 2
    assert "no such label" in err
    assert not (folder / "results").exists()


def test_a_users_score_is_the_score_of_the_rows(folder: Path) -> None:
    """Any function of outputs and labels that returns a number."""
    (folder / "my_scores.py").write_text("def half(outputs, labels):\n    return 0.5 * len(labels)\n")
    (folder / "suite.toml").write_text(SUITE.replace('score = "r2"', 'score = "python:my_scores:half"'))
    pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t1")

    assert pocketbench.load("last", results=folder / "results").jobs()["score"].tolist() == [20.0, 20.0]


def test_an_output_without_a_batch_dimension_is_compared_row_by_row(folder: Path) -> None:
    """A ready-made file may answer (4,) to an input of (1, 4)."""
    (folder / "linear.tflite").write_bytes(tiny_tflite.flattened(4))
    code, out, _ = pocketbench_said(folder, "run", "linear.tflite", "--json")

    assert (code, events_of(out)[-1]["ok"]) == (0, 1)


def test_a_file_that_no_engine_here_can_run_is_a_skipped_row_with_its_sizes(folder: Path) -> None:
    """Select TF operations: nothing failed, and the size is in the table."""
    (folder / "linear.tflite").write_bytes(tiny_tflite.custom("FlexErfinv"))
    code, _, _ = pocketbench_said(folder, "run", "linear.tflite", "--json")
    row = pocketbench.load("last", results=folder / "results").jobs().iloc[0]

    assert code == 0
    assert (row["status"], row["reason"]) == ("skipped", "export-only")
    assert row["size_bytes"] == (folder / "linear.tflite").stat().st_size


def test_only_that_matches_nothing_is_an_error(folder: Path) -> None:
    """An empty run is no answer."""
    code, _, err = pocketbench_said(folder, "run", "suite.toml", "--only", "cpuu")

    assert code == 2
    assert "--only 'cpuu' matches no job of suite.toml\ndid you mean 'cpu'?" in err
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("only", "hint"), [("app.tflite", "such jobs are on another device: --device sim, or --device adb:SERIAL"), ("tflit/as_is", "did you mean 'tflite'?")]
)
def test_only_that_matches_nothing_says_which_device_has_it_or_which_word_is_wrong(folder: Path, only: str, hint: str) -> None:
    """The app is on phones; and of two words it is the one that no job has."""
    code, _, err = pocketbench_said(folder, "run", "linear.tflite", "--only", only)

    assert code == 2
    assert hint in err


def test_a_damaged_cache_entry_is_named_with_what_to_type(folder: Path, own_cache: Path) -> None:
    """A file that something else emptied is no traceback, and cleaning that kind mends it."""
    pocketbench_said(folder, "run", "suite.toml", "--json", "--only", "t1")
    for entry in (own_cache / "sources").glob("*/source.json"):
        entry.write_bytes(b"")
    code, _, err = pocketbench_said(folder, "run", "suite.toml", "--only", "t1")
    pocketbench_said(folder, "cache", "clean", "sources")

    assert code == 2
    assert "a damaged cache entry" in err
    assert "pocketbench cache clean sources" in err
    assert pocketbench_said(folder, "run", "suite.toml", "--only", "t1")[0] == 0


def test_results_that_cannot_be_written_end_with_exit_code_2(folder: Path) -> None:
    """A file where the folder should be: named, with what to type."""
    (folder / "results").write_text("in the way")
    code, _, err = pocketbench_said(folder, "run", "suite.toml")

    assert code == 2
    assert "results" in err
    assert "--results" in err
    assert "Traceback" not in err


def test_a_budget_for_the_whole_run_leaves_jobs_that_can_be_resumed(folder: Path) -> None:
    """What did not fit is a skip with its reason, and --resume measures it."""
    _, out, _ = pocketbench_said(folder, "run", "suite.toml", "--json", "--budget", "1ms")
    first = events_of(out)
    code, out, _ = pocketbench_said(folder, "run", "suite.toml", "--json", "--resume", "last")

    assert {event["reason"] for event in first if event["event"] == "job-ended"} == {"budget-spent"}
    assert (code, events_of(out)[-1]["ok"]) == (0, 4)


def test_a_model_without_a_suite_runs_on_random_rows_that_are_marked(folder: Path) -> None:
    """``run MODEL`` needs nothing else; the flaw says what stood in for data, and --allow keeps it shown."""
    code, _, err = pocketbench_said(folder, "run", "linear.tflite", "--allow", "RANDOM-INPUT")
    (record,) = store.read(store.find(folder / "results", "last")).records.values()

    assert (code, "Traceback" in err) == (0, False)
    assert isinstance(record, Measured)
    assert "RANDOM-INPUT" in record.flaws
    assert record.allowed == ("RANDOM-INPUT",)
    assert record.score is None


def test_two_runs_use_one_results_folder_at_once(folder: Path) -> None:
    """Each has its own folder, neither waits for the other."""
    both = [start(folder, "run", "suite.toml", "--json", "--only", "t1") for _ in range(2)]
    ended = [events_of(process.communicate(timeout=300)[0])[-1] for process in both]

    assert [event["ok"] for event in ended] == [2, 2]
    assert ended[0]["run"] != ended[1]["run"]

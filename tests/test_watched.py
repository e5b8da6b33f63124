"""A device while a job was measured: looks in order, as a frame, what became worse, and what of it the report tells."""

from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

import records_made
from pocketbench import frames, report, watched
from pocketbench.model import Look, Measured
from pocketbench.report import conditions

COOL: dict[str, Any] = {
    "thermal": "none",
    "frequency_cap_percent": 100,
    "battery_percent": 81,
    "cluster0_mhz": 1803,
    "cluster4_mhz": 2850,
    "app_in_front": "yes",
}
HOT = {**COOL, "thermal": "severe", "frequency_cap_percent": 50, "battery_percent": 80, "app_in_front": "no"}
LOOKS = (
    Look("memory", 0, "before", COOL), Look("memory", 0, "memory", COOL), Look("timing", 0, "before", COOL), Look("timing", 0, "load", COOL),
    Look("timing", 0, "steady", HOT), Look("timing", 1, "before", {"thermal": "critical"}), Look("timing", 1, "load", COOL),
)  # fmt: skip


def watched_job(*looks: Look) -> list[object]:
    """An artifact and its job, measured by the app, which took these looks."""
    made, record, *_ = records_made.records(20)
    assert isinstance(record, Measured)
    job = msgspec.structs.replace(record.job, runner="app", device="R58")
    return [made, msgspec.structs.replace(record, job=job, device_kind="phone", looks=looks)]


def read(results: Path, made: list[object]) -> frames.Runs:
    """A run of those records, written and read."""
    records_made.a_run(results, made)
    return frames.load(results=results)


def test_a_row_a_look_in_order_of_time(tmp_path: Path) -> None:
    """The harness's before, the runner's, the harness's after; what was not told is empty."""
    frame = read(tmp_path, watched_job(*LOOKS)).conditions()

    assert tuple(frame.columns) == frames.CONDITION_COLUMNS
    assert frame["seen_by"].tolist() == ["harness", *["app"] * 7, "harness"]
    assert frame["at"].tolist() == ["before", *(look.at for look in LOOKS), "after"]
    assert frame["thermal"].tolist() == ["", "none", "none", "none", "none", "severe", "critical", "none", ""]
    assert frame["process"].tolist() == [pd.NA, 0, 0, 0, 0, 0, 1, 1, pd.NA]
    assert (frame["frequency_low_mhz"][0], frame["frequency_low_mhz"][1]) == (2400, 1803)
    assert pd.isna(frame["battery_percent"][0])


def test_every_job_that_ran_has_the_harnesss_looks_whatever_its_runner(tmp_path: Path) -> None:
    """In the same words and the same frame."""
    frame = read(tmp_path, list(records_made.records(20))).conditions()

    assert set(frame["seen_by"]) == {"harness"}
    assert (frame.groupby("job").size() == 2).all()
    assert read(tmp_path / "none", []).conditions().empty


def test_what_became_worse_is_told_once_with_when(tmp_path: Path) -> None:
    """What became better, or was never told, is not."""
    record = watched_job(*LOOKS)[1]
    assert isinstance(record, Measured)

    assert watched.changes(record) == (
        "thermal none → severe during steady",
        "app in front yes → no during steady",
        "frequency cap 100 % → 50 % during steady",
    )
    assert watched.changes(msgspec.structs.replace(record, looks=LOOKS[5:])) == ()
    assert watched.changes(msgspec.structs.replace(record, looks=())) == ()


@pytest.mark.parametrize("garbled", [{"thermal": 7}, {"thermal": "boiling"}, {"frequency_cap_percent": "half"}, {"app_in_front": 0.5, "cluster0_mhz": "fast"}])
def test_conditions_that_nobody_knows_are_shown_and_judge_nothing(tmp_path: Path, garbled: dict[str, Any]) -> None:
    """A record may come from anywhere."""
    made = watched_job(Look("timing", 0, "before", COOL), Look("timing", 0, "load", {**COOL, **garbled}))
    record = made[1]
    assert isinstance(record, Measured)

    assert watched.changes(record) == ()
    assert len(read(tmp_path, made).conditions()) == 4


def test_the_report_tells_ranges_around_phases_and_what_became_worse(tmp_path: Path) -> None:
    """Under the device, in the page; of many jobs the first are named and the rest counted."""
    runs = read(tmp_path, watched_job(*LOOKS))
    found = {facts.title: dict(facts.lines) for facts in conditions.conditions(runs)}
    around = found["On R58, as its runner saw it around each phase"]

    assert around["frequency cap"] == "before, after memory, after load 100 %; after steady 50 %"
    assert around["cluster0"] == "1803 MHz"
    [[job, text]] = found["On R58, worse while a job was measured"].items()
    assert job.endswith("/cpu/t1")
    assert "thermal none → severe during steady" in text
    assert "frequency cap 100 % → 50 % during steady" in report.html(runs).read_text()


def test_of_more_jobs_than_fit_the_rest_is_counted(tmp_path: Path) -> None:
    """Twelve are named."""
    made, record = watched_job(*LOOKS)
    assert isinstance(record, Measured)
    jobs = [msgspec.structs.replace(record, job=msgspec.structs.replace(record.job, threads=number)) for number in range(1, 21)]
    found = {facts.title: facts.lines for facts in conditions.conditions(read(tmp_path, [made, *jobs]))}

    assert [len(found["On R58, worse while a job was measured"]), found["On R58, worse while a job was measured"][-1]] == [13, ("and more", "8 jobs")]


def test_an_anonymous_report_keeps_the_looks(tmp_path: Path) -> None:
    """And not the serial number."""
    runs = read(tmp_path, watched_job(*LOOKS))
    text = report.html(runs, anonymous=True).read_text()

    assert "none → severe during steady" in text
    assert "R58" not in text


def test_the_flaws_are_of_what_harness_and_runner_saw() -> None:
    """On a simulated phone, which shows no app, heat counts all the same."""
    assert watched.flaws({}, {}, LOOKS, simulated=False) == ("THERMAL", "BACKGROUND")
    assert watched.flaws({}, {}, LOOKS, simulated=True) == ("THERMAL",)
    assert watched.flaws({"battery_percent": 9}, {}, (), simulated=False) == ("LOW-BATTERY",)

"""Whole runs on several devices at once, as a user starts them, through a real adb server."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import far_end
import linear_run
import pocketbench
from far_end import FarEnd
from linear_run import events_of, start

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarEnd]:
    """A simulated board that is there already."""
    with far_end.served(tmp_path_factory.mktemp("adb")) as server, far_end.started(server, "board", "--serial", "BOARD-9") as far:
        yield far


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a ready-made linear model, its rows and a suite of one job a device."""
    return linear_run.made(tmp_path)


def test_a_board_a_simulated_phone_and_this_computer_are_measured_side_by_side_into_one_run(board: FarEnd, folder: Path) -> None:
    """One conversion, a queue for each, one report; what was started is ended and what was attached is detached, the user's own is not."""
    process = start(folder, "--device", "adb:BOARD-9", "--device", "sim:board", "--device", "host")
    out, err = process.communicate(timeout=300)
    told = events_of(out)
    jobs = pocketbench.load("last", results=folder / "results").jobs()

    assert (process.returncode, err) == (0, "")
    assert told[-1] | {"run": ""} == {"event": "run-ended", "run": "", "ok": 3, "failed": 0, "skipped": 0}
    assert {event["device"] for event in told if event["event"] == "device-started"} == {"BOARD-9", "board", "host"}
    assert [event["event"] for event in told].count("converted") == 1
    assert dict(zip(jobs["device"], jobs["device_kind"], strict=True)) == {"BOARD-9": "simulated", "board": "simulated", "host": "host"}
    assert jobs["score"].tolist() == pytest.approx([1.0] * 3, abs=1e-6)
    assert {device: "SIMULATED" in flaws for device, flaws in zip(jobs["device"], jobs["flaws"], strict=True)} == {
        "BOARD-9": True,
        "board": True,
        "host": False,
    }
    assert [seen.serial for seen in board.server.seen()] == [board.address]
    assert board.phone.done("ls /data/local/tmp") == ""


def test_ten_simulated_boards_at_once_are_measured_by_one_suite_into_one_report(board: FarEnd, folder: Path) -> None:
    """Each has a job of its own name, and none is slower to answer than its deadline."""
    serials = [f"TEN-{number}" for number in range(10)]
    text = (folder / "suite.toml").read_text()
    (folder / "suite.toml").write_text(text.replace('deadline = "30s"', 'deadline = "120s"'))  # they share this computer's processor
    with contextlib.ExitStack() as attached:
        for serial in serials:
            attached.enter_context(far_end.started(board.server, "board", "--serial", serial))
        process = start(folder, *(word for serial in serials for word in ("--device", f"adb:{serial}")))
        out, err = process.communicate(timeout=300)
    jobs = pocketbench.load("last", results=folder / "results").jobs()

    assert (process.returncode, err) == (0, "")
    assert sorted(jobs["device"]) == serials
    assert set(jobs["status"]) == {"ok"}
    assert (folder / events_of(out)[-1]["run"] / "report.html").exists()


def test_ctrl_c_ends_all_devices_at_once_and_resume_goes_on(board: FarEnd, folder: Path) -> None:
    """No runner is left anywhere, nothing on the board, and only what is missing is measured."""
    text = (folder / "suite.toml").read_text().replace("200ms", "40s")
    (folder / "suite.toml").write_text(text)
    process = start(folder, "--device", "adb:BOARD-9", "--device", "sim:board")
    assert process.stdout
    begun: set[str] = set()
    for line in process.stdout:
        if (event := json.loads(line))["event"] == "job-started":
            begun.add(event["job"].rpartition("@")[2])
        if len(begun) == 2:
            break
    time.sleep(3)
    interrupted = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "--resume" in err
    assert time.monotonic() - interrupted < 30
    assert board.phone.done("ls /data/local/tmp; ps -ef | grep '[r]unner.py' || true") == ""
    assert [one for one in psutil.process_iter(["cmdline"]) if any(str(folder) in word for word in one.info["cmdline"] or [])] == []
    resumed = start(folder, "--device", "adb:BOARD-9", "--device", "sim:board", "--resume", "last", "--budget", "1ms")
    out, _ = resumed.communicate(timeout=120)
    assert events_of(out)[-1]["skipped"] == 2


def test_a_device_that_goes_away_fails_its_job_and_others_go_on_until_resume_finishes(board: FarEnd, folder: Path) -> None:
    """Beside it, as simulated ones are; set aside with a reason; no record is lost; taken up again as soon as it answers."""
    process = start(folder, "--device", "adb:BOARD-9", "--device", "sim:board")
    assert process.stdout
    told = []
    for line in iter(process.stdout.readline, ""):
        told.append(json.loads(line))
        if told[-1]["event"] == "job-started" and told[-1]["job"].endswith("@BOARD-9"):
            board.do("unplug")
    process.communicate(timeout=120)
    ended = {event["job"].rpartition("@")[2]: (event["status"], event["reason"]) for event in told if event["event"] == "job-ended"}

    assert process.returncode == 1
    assert ended == {"BOARD-9": ("failed", "device-set-aside"), "board": ("ok", "")}
    assert [event["device"] for event in told if event["event"] == "device-told"] == ["BOARD-9", "BOARD-9"]
    board.heal()
    out, _ = start(folder, "--device", "adb:BOARD-9", "--device", "sim:board", "--resume", "last").communicate(timeout=120)
    assert {key: events_of(out)[-1][key] for key in ("ok", "failed", "skipped")} == {"ok": 2, "failed": 0, "skipped": 0}
    assert board.phone.done("ls /data/local/tmp") == ""


def test_a_device_that_is_away_when_a_run_begins_fails_its_jobs_and_others_go_on_until_resume_finishes(board: FarEnd, folder: Path) -> None:
    """By the name that it has, however it is called; one that is known by its address alone, too."""
    named = ("--device", f"adb:{board.address}", "--device", "host")
    subprocess.run([sys.executable, "-m", "pocketbench", "plan", "suite.toml", *named], cwd=folder, check=True, capture_output=True)
    board.do("unplug")
    board.server.disconnect(board.address)
    process = start(folder, *named)
    out, _ = process.communicate(timeout=120)
    ended = {event["job"].rpartition("@")[2]: (event["status"], event["reason"]) for event in events_of(out) if event["event"] == "job-ended"}

    assert process.returncode == 1
    assert ended == {"BOARD-9": ("failed", "device-lost"), "host": ("ok", "")}
    board.heal()
    resumed = start(folder, *named, "--resume", "last")
    out, _ = resumed.communicate(timeout=120)
    assert {key: events_of(out)[-1][key] for key in ("ok", "failed", "skipped")} == {"ok": 2, "failed": 0, "skipped": 0}
    assert resumed.returncode == 0


def test_a_device_that_is_not_attached_is_exit_code_3_and_no_run(board: FarEnd, folder: Path) -> None:
    """What is attached is named."""
    process = start(folder, "--device", "adb:R58")
    _, err = process.communicate(timeout=60)

    assert process.returncode == 3
    assert f"R58: no such device is attached; there is {board.address}" in err
    assert not (folder / "results").exists()

"""Whole runs on a board behind a real OpenSSH server, as a user starts them."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import linear_run
import pocketbench
import ssh_board
from linear_run import events_of, start
from ssh_board import Far

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """A board."""
    with ssh_board.started(tmp_path_factory.mktemp("ssh")) as far:
        yield far


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a ready-made linear model, its rows and a suite of one job a device."""
    return linear_run.made(tmp_path)


def connected(board: Far) -> list[str]:
    """Programs of ssh that go to the board."""
    programs = [" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"])]
    return [words for words in programs if f"{board.own}/client_config" in words]


def at_work(process: "subprocess.Popen[str]", board: Far) -> None:
    """Wait until a runner runs there."""
    assert process.stdout
    for line in process.stdout:
        if json.loads(line)["event"] == "job-started":
            break
    until = time.monotonic() + 60
    while "runner.py" not in board.left():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_board_and_this_computer_are_measured_side_by_side_into_one_run(board: Far, folder: Path) -> None:
    """One conversion, two queues, one report; the board is a board, and as it was found."""
    process = start(folder, "--device", "ssh:board-1", "--device", "host")
    out, err = process.communicate(timeout=200)
    told = events_of(out)
    jobs = pocketbench.load("last", results=folder / "results").jobs()

    assert (process.returncode, err) == (0, "")
    assert told[-1] | {"run": ""} == {"event": "run-ended", "run": "", "ok": 2, "failed": 0, "skipped": 0}
    assert [event["event"] for event in told].count("converted") == 1
    assert dict(zip(jobs["device"], jobs["device_kind"], strict=True)) == {board.serial: "board", "host": "host"}
    assert jobs["score"].tolist() == pytest.approx([1.0] * 2, abs=1e-6)
    assert not any("SIMULATED" in flaws for flaws in jobs["flaws"])
    assert board.left() == ""
    assert connected(board) == []


def test_ctrl_c_ends_what_runs_there_and_resume_goes_on(board: Far, folder: Path) -> None:
    """No runner is left there, no connection here."""
    text = (folder / "suite.toml").read_text().replace("processes = 2", "processes = 60")
    (folder / "suite.toml").write_text(text)
    process = start(folder, "--device", "ssh:board-1")
    at_work(process, board)
    interrupted = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert (process.returncode, "--resume" in err) == (130, True)
    assert time.monotonic() - interrupted < 30
    assert board.left() == ""
    assert connected(board) == []
    out, _ = start(folder, "--device", "ssh:board-1", "--resume", "last", "--budget", "1ms").communicate(timeout=120)
    assert events_of(out)[-1]["skipped"] == 1


def test_a_harness_that_is_killed_leaves_no_connection_and_the_next_one_tidies_up(board: Far, folder: Path) -> None:
    """What it began there is ended by the next run on this computer."""
    text = (folder / "suite.toml").read_text()
    (folder / "suite.toml").write_text(text.replace("processes = 2", "processes = 60"))
    process = start(folder, "--device", "ssh:board-1")
    at_work(process, board)
    process.kill()
    process.wait(20)
    process.communicate()
    until = time.monotonic() + 30
    while connected(board) and time.monotonic() < until:
        time.sleep(0.1)

    assert connected(board) == []
    assert "pocketbench-" in board.left()
    (folder / "suite.toml").write_text(text)
    out, _ = start(folder, "--device", "ssh:board-1").communicate(timeout=120)
    assert {key: events_of(out)[-1][key] for key in ("ok", "failed", "skipped")} == {"ok": 1, "failed": 0, "skipped": 0}
    assert board.left() == ""


def test_a_board_that_goes_away_for_a_moment_costs_no_record(board: Far, folder: Path) -> None:
    """Its server restarts in the middle of a job."""
    (folder / "suite.toml").write_text((folder / "suite.toml").read_text().replace("processes = 2", "processes = 6"))
    process = start(folder, "--device", "ssh:board-1")
    assert process.stdout
    told = []
    for line in iter(process.stdout.readline, ""):
        told.append(json.loads(line))
        if told[-1]["event"] == "job-started":
            time.sleep(2.5)
            board.end()
            time.sleep(1)
            board.begin()
    process.communicate(timeout=120)

    assert {key: told[-1][key] for key in ("ok", "failed", "skipped")} == {"ok": 1, "failed": 0, "skipped": 0}
    assert board.left() == ""


def test_a_board_that_is_not_known_is_exit_code_3_and_no_run(board: Far, folder: Path) -> None:
    """With what to type."""
    process = start(folder, "--device", "ssh:stranger")
    _, err = process.communicate(timeout=60)

    assert process.returncode == 3
    assert "ssh:stranger: its host key is not known here" in err
    assert "ssh stranger" in err
    assert not (folder / "results").exists()

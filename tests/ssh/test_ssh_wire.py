"""Commands and files over ssh, against a real OpenSSH server."""

import contextlib
import os
import threading
import time
from pathlib import Path

import psutil
import pytest

import ssh_board
from pocketbench import cache
from pocketbench.errors import CallOverdue, CommandFailed, LoginRefused, PhoneFull, PhoneUnusable, WireCut
from pocketbench.remote import hashing, transfer
from pocketbench.ssh import Address, Board
from ssh_board import PLACE

pytestmark = pytest.mark.slow

X = f"{PLACE}/x"
ODD = ["plain", "two words", "it's", 'a "b"', "line\nbreak", "..dots", "ünï", "-n", "$(id)", "back\\slash"]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Sixteen MiB that do not compress."""
    file = tmp_path / "large"
    file.write_bytes(os.urandom(16 << 20))
    return file


def test_a_commands_outputs_and_exit_code_come_apart(board: Board) -> None:
    """Also where it writes much to both, and exits with what ssh says of itself."""
    said = board.shell("head -c 300000 /dev/zero | tr '\\0' a; head -c 300000 /dev/zero | tr '\\0' b >&2; exit 255")

    assert (said.stdout, said.stderr, said.exit_code) == ("a" * 300000, "b" * 300000, 255)
    assert board.shell(["printf", "%s", 'it\'s "$HOME"\n']).stdout == 'it\'s "$HOME"\n'
    assert board.shell("cat; id -un").stdout == "board\n"


def test_all_calls_go_through_one_connection_which_ends_with_its_use(far: ssh_board.Far, board: Board) -> None:
    """Threads share it; nothing of it is left here."""
    came: list[str] = []
    threads = [threading.Thread(target=lambda number=number: came.append(board.done(f"sleep 0.2; echo {number}"))) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [f"{number}\n" for number in range(6)]
    connected = board.done("ps -eo args | grep -c '[s]shd[a-z-]*: board .priv'")
    folder = board._master.folder
    assert folder.stat().st_mode & 0o777 == 0o700

    board.hang_up()
    assert int(connected) == 1
    assert not folder.exists()
    assert [one for one in psutil.process_iter(["cmdline"]) if any(str(folder) in word for word in one.info["cmdline"] or [])] == []
    assert board.done("echo again") == "again\n"


def test_a_deadline_is_for_the_whole_call(board: Board) -> None:
    """However slowly it goes on answering."""
    began = time.monotonic()
    with pytest.raises(CallOverdue, match=r"ssh:board-1: while .*: no answer within 1 s"):
        board.shell("while :; do echo still here; sleep 0.1; done", deadline_s=1)

    assert time.monotonic() - began < 15


def test_what_says_too_much_is_refused(board: Board) -> None:
    """A far side does not choose how much is kept here."""
    with pytest.raises(CommandFailed, match="says more than it may"):
        board.shell("cat /dev/zero", limit_bytes=1 << 20)


def test_a_connection_that_is_cut_is_told_and_the_next_call_makes_another(far: ssh_board.Far, board: Board) -> None:
    """No part of an answer is taken for one."""
    threading.Timer(0.5, far.cut).start()
    with pytest.raises(WireCut, match="the connection ended before the answer did"):
        board.shell("echo half; sleep 20; echo whole", deadline_s=10)

    assert board.done("echo whole") == "whole\n"


def test_what_is_waited_for_is_ended_from_another_thread(board: Board) -> None:
    """And nothing begins until that is taken back."""
    threading.Timer(0.3, board.give_up).start()
    began = time.monotonic()
    with pytest.raises(WireCut):
        board.shell("sleep 20")
    with pytest.raises(WireCut, match="given up"):
        board.shell("true")

    assert time.monotonic() - began < 15
    board.take_up()
    assert board.shell("true").exit_code == 0


def test_what_a_login_shell_prints_is_no_part_of_an_answer(far: ssh_board.Far, board: Board) -> None:
    """Bash reads .bashrc for ssh's commands, too."""
    passwd = board.done("cat /etc/passwd")
    try:
        board.done("cd /board/home && echo 'echo Welcome to this board; echo Mind the cat >&2' >.bashrc && sed -i '/^board:/s,/bin/sh,/bin/bash,' /etc/passwd")
        board.hang_up()
        said = board.shell("echo out; echo err >&2; exit 3")
        assert (said.stdout, said.stderr, said.exit_code) == ("out\n", "err\n", 3)
    finally:
        board.done(["sh", "-c", 'printf %s "$1" >/etc/passwd; rm -f /board/home/.bashrc', "sh", passwd])


def test_a_jump_host_is_gone_through_and_what_a_user_has_set_for_sessions_of_their_own_disturbs_nothing(far: ssh_board.Far) -> None:
    """A command, a terminal, forwarded ports, a connection that stays."""
    board = Board(Address("behind"))
    said = board.shell("echo out; tty; exit 3")
    connections = board.done("ps -eo args | grep -c '[s]shd[a-z-]*: board .priv'")
    board.hang_up()

    assert (said.stdout, said.exit_code, int(connections)) == ("out\nnot a tty\n", 3, 2)
    assert not (far.own / "theirs").exists()
    assert far.unconnected()


def test_a_host_that_is_not_known_is_not_trusted(far: ssh_board.Far) -> None:
    """Nobody is asked; what to type is said."""
    with pytest.raises(LoginRefused, match="its host key is not known here") as caught:
        Board(Address("stranger")).shell("true")

    assert caught.value.hint.startswith("ssh stranger ")
    assert not caught.value.transient


def test_a_host_key_that_has_changed_is_said(far: ssh_board.Far) -> None:
    """As after an attack, or a new system."""
    known = far.own / "known_hosts"
    was = known.read_text()
    known.write_text(f"{ssh_board.ALIAS} {(far.own / 'client_key.pub').read_text()}")
    try:
        with pytest.raises(LoginRefused, match="its host key is not the one that is known") as caught:
            far.board.shell("true")
    finally:
        known.write_text(was)
    assert "ssh-keygen -R" in caught.value.hint


def test_a_user_who_is_not_let_in_and_a_host_that_is_not_there_are_told_apart(far: ssh_board.Far) -> None:
    """Only the latter may change by itself."""
    with pytest.raises(LoginRefused, match="Permission denied"):
        Board(Address("locked-out")).shell("true")
    with pytest.raises(PhoneUnusable, match="Connection refused"):
        Board(Address(ssh_board.ALIAS, port=1)).shell("true")


def test_files_of_odd_names_come_back_as_they_were(board: Board, tmp_path: Path) -> None:
    """Spaces, quotes, newlines, dots, what a shell would run."""
    for index, name in enumerate(ODD):
        (tmp_path / str(index)).write_text(name)
    moved = transfer.push(board, {f"{PLACE}/deep/{name}": tmp_path / str(index) for index, name in enumerate(ODD)}, deadline_s=60)

    assert (moved.files, moved.skipped, moved.bytes) == (len(ODD), 0, sum(len(name.encode()) for name in ODD))
    for name in ODD:
        transfer.pull(board, f"{PLACE}/deep/{name}", tmp_path / "back", deadline_s=30, limit_bytes=100)
        assert (tmp_path / "back").read_text() == name


def test_a_file_that_is_there_is_not_sent_again_and_progress_ends_with_the_whole(board: Board, large: Path, tmp_path: Path) -> None:
    """The board hashes what it has; the time for that is told apart."""
    heard: list[tuple[str, int, int]] = []
    first = transfer.push(board, {X: large}, deadline_s=60, listen=lambda *told: heard.append(told))
    second = transfer.push(board, {X: large}, deadline_s=60)
    back = transfer.pull(board, X, tmp_path / "back", deadline_s=60, limit_bytes=16 << 20, listen=lambda *told: heard.append(told))

    assert (first.bytes, first.skipped, second.bytes, second.skipped, back.bytes) == (16 << 20, 0, 0, 1, 16 << 20)
    assert second.verify_seconds > second.seconds
    assert heard[-1] == (X, 16 << 20, 16 << 20)
    assert len(heard) > 20
    assert (tmp_path / "back").read_bytes() == large.read_bytes()


def test_what_is_larger_than_it_may_be_or_not_there_is_not_fetched(board: Board, tmp_path: Path) -> None:
    """Nothing of it stays here."""
    board.done(f"head -c 5000 /dev/zero >{X}; mkfifo {PLACE}/pipe")
    with pytest.raises(CommandFailed, match="larger than 4999 bytes"):
        transfer.pull(board, X, tmp_path / "back", deadline_s=30, limit_bytes=4999)
    for name in ("nothing", "pipe"):
        with pytest.raises(CommandFailed, match="no file there"):
            transfer.pull(board, f"{PLACE}/{name}", tmp_path / "back", deadline_s=30, limit_bytes=10)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_says_so_and_nothing_half_is_left(board: Board, tmp_path: Path) -> None:
    """Its storage is small."""
    file = tmp_path / "huge"
    with file.open("wb") as made:
        made.truncate(ssh_board.TMP_BYTES + (1 << 20))
    with pytest.raises(PhoneFull, match="ssh:board-1: no space left on it"):
        transfer.push(board, {X: file}, deadline_s=60)

    assert board.done(f"ls {PLACE}") == ""


def test_a_connection_cut_while_a_file_goes_leaves_no_half_of_it(far: ssh_board.Far, board: Board, large: Path) -> None:
    """Either it is there, whole, or it is not."""
    for after in (0.02, 0.1):
        board.shell("true")
        threading.Timer(after, far.cut).start()
        with contextlib.suppress(WireCut, PhoneUnusable):
            transfer.push(board, {f"{PLACE}/{after}": large}, deadline_s=30)
        time.sleep(0.2)
        there = hashing.of(board, [f"{PLACE}/{after}"], deadline_s=20)
        assert there in ({}, {f"{PLACE}/{after}": cache.sha256_of(large)})
        board.done(f"rm -f {PLACE}/*")

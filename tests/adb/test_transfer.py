"""Files to a phone and back: whole, verified, and not sent where they are."""

import os
from pathlib import Path

import pytest

from far_end import FarEnd
from pocketbench import cache
from pocketbench.errors import CallOverdue, CommandFailed, PhoneFull, PocketbenchError
from pocketbench.remote import hashing, transfer

pytestmark = pytest.mark.slow

ODD = ["plain", "two words", "it's", 'a "b"', "line\nbreak", "..dots", "ünï", "-n"]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Sixteen MiB that do not compress."""
    file = tmp_path / "large"
    file.write_bytes(os.urandom(16 << 20))
    return file


def test_files_of_odd_names_come_back_as_they_were(far: FarEnd, place: str, tmp_path: Path) -> None:
    """Spaces, quotes, newlines, dots."""
    for index, name in enumerate(ODD):
        (tmp_path / str(index)).write_text(name)
    moved = transfer.push(far.phone, {f"{place}/deep/{name}": tmp_path / str(index) for index, name in enumerate(ODD)}, deadline_s=60)

    assert (moved.files, moved.skipped, moved.bytes) == (len(ODD), 0, sum(len(name.encode()) for name in ODD))
    for name in ODD:
        transfer.pull(far.phone, f"{place}/deep/{name}", tmp_path / "back", deadline_s=30, limit_bytes=100)
        assert (tmp_path / "back").read_text() == name


def test_a_file_that_is_there_is_not_sent_again(far: FarEnd, place: str, large: Path) -> None:
    """The phone hashes what it has; the time for that is told apart."""
    first = transfer.push(far.phone, {f"{place}/x": large}, deadline_s=60)
    second = transfer.push(far.phone, {f"{place}/x": large}, deadline_s=60)

    assert (first.bytes, first.skipped) == (16 << 20, 0)
    assert (second.bytes, second.skipped) == (0, 1)
    assert second.verify_seconds > second.seconds


def test_a_damaged_file_is_sent_again(far: FarEnd, place: str, large: Path) -> None:
    """The same size and another byte."""
    transfer.push(far.phone, {f"{place}/x": large}, deadline_s=60)
    far.phone.done(f"printf Q | dd of={place}/x bs=1 seek=1000 conv=notrunc 2>/dev/null")

    assert transfer.push(far.phone, {f"{place}/x": large}, deadline_s=60).skipped == 0
    assert hashing.of(far.phone, [f"{place}/x"], deadline_s=20) == {f"{place}/x": cache.sha256_of(large)}


def test_progress_is_told_and_ends_with_the_whole(far: FarEnd, place: str, large: Path) -> None:
    """Bytes of bytes."""
    heard: list[tuple[str, int, int]] = []
    transfer.push(far.phone, {f"{place}/x": large}, deadline_s=60, listen=lambda *told: heard.append(told))

    assert heard
    assert [sent for _, sent, _ in heard] == sorted(sent for _, sent, _ in heard)
    assert {(name, size) for name, _, size in heard} == {(f"{place}/x", 16 << 20)}


def test_a_file_larger_than_allowed_does_not_come(far: FarEnd, place: str, large: Path, tmp_path: Path) -> None:
    """Nothing of it stays here."""
    transfer.push(far.phone, {f"{place}/x": large}, deadline_s=60)
    with pytest.raises(CommandFailed, match="larger than 1000000 bytes"):
        transfer.pull(far.phone, f"{place}/x", tmp_path / "back", deadline_s=30, limit_bytes=1_000_000)

    assert sorted(file.name for file in tmp_path.iterdir() if file.name != "adb-home") == ["large"]


@pytest.mark.parametrize("made", ["true", "mkdir {0}", "ln -s /etc/passwd {0}"], ids=["nothing", "a folder", "a link"])
def test_what_is_no_file_does_not_come(far: FarEnd, place: str, tmp_path: Path, made: str) -> None:
    """A phone might lead out of a folder."""
    far.phone.done(made.format(f"{place}/x"))
    with pytest.raises(CommandFailed, match="no file there"):
        transfer.pull(far.phone, f"{place}/x", tmp_path / "back", deadline_s=30, limit_bytes=1000)


def test_a_transfer_ends_at_its_deadline(far: FarEnd, place: str, large: Path) -> None:
    """For all files together; no half of one is left."""
    far.do("rate", "1MB")
    with pytest.raises(CallOverdue) as caught:
        transfer.push(far.phone, {f"{place}/x": large}, deadline_s=1)
    far.heal()

    assert caught.value.transient
    assert far.phone.done(["ls", place]) == ""


def test_a_full_phone_says_so_and_keeps_no_part(far: FarEnd, place: str, large: Path) -> None:
    """Whose turn it is: somebody must free space on it."""
    far.do("full", "4MB")
    with pytest.raises(PhoneFull, match="no space left on it") as caught:
        transfer.push(far.phone, {f"{place}/x": large}, deadline_s=60)

    assert (caught.value.serial, caught.value.transient) == (far.address, False)
    assert far.phone.done(["ls", place]) == ""


def test_a_cable_pulled_while_a_file_is_sent_leaves_no_file(far: FarEnd, place: str, large: Path) -> None:
    """Neither side takes a part for the whole."""
    far.do("drop_after", "5MB")
    with pytest.raises(PocketbenchError):
        transfer.push(far.phone, {f"{place}/x": large}, deadline_s=30)
    far.heal()

    assert hashing.of(far.phone, [f"{place}/x"], deadline_s=20) == {}


def test_a_cable_pulled_while_a_file_comes_leaves_no_file(far: FarEnd, place: str, large: Path, tmp_path: Path) -> None:
    """Neither a part nor a name."""
    transfer.push(far.phone, {f"{place}/x": large}, deadline_s=60)
    far.do("rate", "8MB")
    far.do("unplug", after=0.5)
    with pytest.raises(PocketbenchError):
        transfer.pull(far.phone, f"{place}/x", tmp_path / "back", deadline_s=30, limit_bytes=1 << 30, sha256=cache.sha256_of(large))

    assert not (tmp_path / "back").exists()

"""Apps put onto a phone and taken off again, through real adb: what goes well, and every way in which a phone refuses."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import far_end
from far_end import FarEnd
from pocketbench.adb import packages
from pocketbench.errors import CommandFailed, PhoneFull, WireCut
from tiny_apk import TinyApk, verifier

pytestmark = pytest.mark.slow

NAME = "org.example.tiny"
LONG_S = 120.0


@pytest.fixture(scope="module")
def started_phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarEnd]:
    """A simulated phone."""
    verifier()
    with far_end.served(tmp_path_factory.mktemp("adb")) as server, far_end.started(server, "phone") as far:
        yield far


@pytest.fixture
def far(started_phone: FarEnd) -> Iterator[FarEnd]:
    """The phone, without the app before and afterwards."""
    yield started_phone
    started_phone.heal()
    packages.uninstall(started_phone.phone, NAME, deadline_s=LONG_S)


def test_an_app_is_put_there_and_taken_off_again(far: FarEnd, tmp_path: Path) -> None:
    """Over one that is there, too; what was not there is told apart, and nothing of the file is left."""
    apk = TinyApk(test_only=True).write(tmp_path / "tiny.apk")

    assert not packages.installed(far.phone, NAME)
    packages.install(far.phone, apk, deadline_s=LONG_S)
    packages.install(far.phone, apk, deadline_s=LONG_S)
    assert packages.installed(far.phone, NAME)
    assert packages.uninstall(far.phone, NAME, deadline_s=LONG_S)
    assert not packages.uninstall(far.phone, NAME, deadline_s=LONG_S)
    assert far.phone.done("ls /data/local/tmp") == ""


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (TinyApk(min_sdk=99), "INSTALL_FAILED_OLDER_SDK"),
        (TinyApk(files={"lib/mips/libx.so": b"x"}), "INSTALL_FAILED_NO_MATCHING_ABIS"),
        (TinyApk(certificate=b"another one"), "INSTALL_FAILED_UPDATE_INCOMPATIBLE"),
        (TinyApk(version=4), "INSTALL_FAILED_VERSION_DOWNGRADE"),
    ],
)
def test_a_phone_refuses_with_a_reason(far: FarEnd, tmp_path: Path, made: TinyApk, reason: str) -> None:
    """Android's own, beside the words; the app that was there stays."""
    packages.install(far.phone, TinyApk(version=5).write(tmp_path / "first.apk"), deadline_s=LONG_S)
    with pytest.raises(CommandFailed, match=reason) as caught:
        packages.install(far.phone, made.write(tmp_path / "second.apk"), deadline_s=LONG_S)

    assert packages.reason(caught.value.stderr) == reason
    assert not caught.value.transient
    assert packages.installed(far.phone, NAME)


def test_what_is_no_apk_is_refused(far: FarEnd, tmp_path: Path) -> None:
    """By the phone."""
    (tmp_path / "none.apk").write_bytes(b"PK but not really")
    with pytest.raises(CommandFailed):
        packages.install(far.phone, tmp_path / "none.apk", deadline_s=LONG_S)


def test_a_full_phone_says_so(far: FarEnd, tmp_path: Path) -> None:
    """And not that it refused."""
    far.do("full", "100KB")
    with pytest.raises(PhoneFull):
        packages.install(far.phone, TinyApk(files={"assets/large": bytes(3_000_000)}).write(tmp_path / "large.apk"), deadline_s=LONG_S)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("adb: failed to install x.apk: Failure [INSTALL_FAILED_USER_RESTRICTED: Install canceled by user]", "INSTALL_FAILED_USER_RESTRICTED"),
        ("Performing Streamed Install\nFailure [INSTALL_PARSE_FAILED_NO_CERTIFICATES]", "INSTALL_PARSE_FAILED_NO_CERTIFICATES"),
        ("Failure [DELETE_FAILED_INTERNAL_ERROR]", ""),
        ("closed", ""),
    ],
)
def test_androids_reason_is_read_from_what_was_said(said: str, reason: str) -> None:
    """Nothing where there is none."""
    assert packages.reason(said) == reason


def test_a_phone_that_goes_before_it_has_said_what_became_of_an_app_is_tried_again(far: FarEnd, tmp_path: Path) -> None:
    """The words of adb for it end where Android's would begin."""
    apk = TinyApk(files={"assets/large": os.urandom(3_000_000)}).write(tmp_path / "large.apk")
    far.do("drop_after", "1MB")
    with pytest.raises(WireCut) as caught:
        packages.install(far.phone, apk, deadline_s=LONG_S)

    assert caught.value.transient
    assert packages.unanswered("Performing Streamed Install\nadb: failed to install /tmp/a b.apk: \n")
    assert not packages.unanswered("adb: failed to install a.apk: Failure [INSTALL_FAILED_OLDER_SDK]\n")

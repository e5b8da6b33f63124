"""Installing over the real adb: streamed, plain, several APKs; what is no APK is refused in the package manager's words."""

from pathlib import Path

import pytest

from conftest import Connected
from tiny_apk import TinyApk, verifier

pytestmark = pytest.mark.slow


@pytest.fixture
def apk(tmp_path: Path, phone: Connected) -> Path:
    """A small APK that is not installed."""
    verifier()
    phone.adb("uninstall", "org.example.tiny")
    return TinyApk().write(tmp_path / "tiny.apk")


@pytest.mark.parametrize("how", ["--streaming", "--no-streaming"])
def test_an_apk_is_installed_listed_and_removed(phone: Connected, apk: Path, how: str) -> None:
    """Both ways that adb knows."""
    said = phone.adb("install", how, str(apk))
    listed, place = phone.shell("pm list packages -3"), phone.shell("pm path org.example.tiny").removeprefix("package:")
    size = phone.shell(f"stat -c %s {place}")
    removed = phone.adb("uninstall", "org.example.tiny")

    assert (said.code, said.out.splitlines()[-1]) == (0, "Success")
    assert (listed, size) == ("package:org.example.tiny", str(apk.stat().st_size))
    assert removed.out.strip() == "Success"
    assert phone.adb("shell", f"ls {place}").code != 0
    assert phone.shell("ls /data/app /data/local/tmp | grep -c -e vmdl -e tiny.apk || true") == "0"


def test_what_a_package_is_can_be_read_back(phone: Connected, apk: Path) -> None:
    """By dumpsys and pm."""
    TinyApk(version=7, debuggable=True, utf8=True).write(apk)
    phone.adb("install", str(apk))
    dumped = phone.shell("dumpsys package org.example.tiny")

    assert "versionCode=7 minSdk=21 targetSdk=34" in dumped
    assert "DEBUGGABLE" in dumped
    assert phone.shell("pm list instrumentation") == "instrumentation:org.example.tiny/org.example.Runner (target=org.example.tiny)"


@pytest.mark.parametrize(
    ("made", "word"),
    [
        (TinyApk(certificate=b""), "INSTALL_PARSE_FAILED_NO_CERTIFICATES"),
        (TinyApk(min_sdk=99), "INSTALL_FAILED_OLDER_SDK"),
        (TinyApk(files={"lib/armeabi-v7a/libx.so": b""}), "INSTALL_FAILED_NO_MATCHING_ABIS"),
        (TinyApk(test_only=True), "INSTALL_FAILED_TEST_ONLY"),
        (TinyApk(package="../../data/evil"), "INSTALL_PARSE_FAILED_BAD_PACKAGE_NAME"),
        (TinyApk(split="only"), "INSTALL_FAILED_INVALID_APK"),
    ],
)
def test_an_apk_that_a_phone_would_not_take_is_refused(phone: Connected, apk: Path, made: TinyApk, word: str) -> None:
    """With the phone's word for it."""
    said = phone.adb("install", str(made.write(apk)))

    assert said.code == 1
    assert f"Failure [{word}" in said.err


def test_what_is_no_apk_is_refused(phone: Connected, tmp_path: Path) -> None:
    """Noise, an empty file, a zip without a manifest, a manifest that is noise, one that is cut."""
    whole = TinyApk().write(tmp_path / "whole.apk").read_bytes()
    garbled = whole.replace(b"\x03\x00\x08\x00", b"\xff\xff\xff\xff", 1)
    for name, data in {"noise": b"junk" * 1000, "empty": b"", "cut": whole[: len(whole) // 2], "garbled": garbled}.items():
        (tmp_path / f"{name}.apk").write_bytes(data)
        said = phone.adb("install", str(tmp_path / f"{name}.apk"))
        assert (said.code, "INSTALL_PARSE_FAILED" in said.all) == (1, True), said

    assert phone.adb("install", "-t", str(TinyApk(test_only=True).write(tmp_path / "test.apk"))).code == 0


def test_an_update_needs_the_same_signer_and_no_older_version(phone: Connected, apk: Path) -> None:
    """As on a phone; data stay."""
    phone.adb("install", str(TinyApk(version=5).write(apk)))
    phone.shell("echo kept > /data/data/org.example.tiny/file")
    other = phone.adb("install", str(TinyApk(version=6, certificate=b"another").write(apk)))
    older = phone.adb("install", str(TinyApk(version=4).write(apk)))
    newer = phone.adb("install", str(TinyApk(version=6).write(apk)))

    assert "INSTALL_FAILED_UPDATE_INCOMPATIBLE" in other.err
    assert "INSTALL_FAILED_VERSION_DOWNGRADE" in older.err
    assert newer.code == 0
    assert phone.shell("cat /data/data/org.example.tiny/file") == "kept"


def test_several_apks_are_installed_as_one_package(phone: Connected, tmp_path: Path, apk: Path) -> None:
    """A base and a split, in a session."""
    split = TinyApk(split="config.en").write(tmp_path / "split.apk")
    said = phone.adb("install-multiple", str(apk), str(split))

    assert said.code == 0, said
    assert [line.rsplit("/", 1)[1] for line in phone.shell("pm path org.example.tiny").splitlines()] == ["base.apk", "split_config.en.apk"]


def test_a_package_that_is_not_there_cannot_be_removed(phone: Connected) -> None:
    """And none that came with the phone."""
    for name in ("org.example.none", "com.android.settings"):
        said = phone.adb("uninstall", name)
        assert (said.code, "DELETE_FAILED_INTERNAL_ERROR" in said.all) == (1, True)


def test_instrumentation_that_is_not_there_fails_as_on_a_phone(phone: Connected) -> None:
    """With the status lines of the activity manager."""
    said = phone.adb("shell", "am instrument -w -r -e order x.json org.example.none/.Runner")

    assert said.code == 1
    assert "INSTRUMENTATION_STATUS_CODE: -1" in said.out
    assert "INSTRUMENTATION_FAILED: org.example.none/.Runner" in said.err

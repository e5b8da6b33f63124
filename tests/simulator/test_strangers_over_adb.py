"""APKs that are not ours, harmless ones and others: each has a clear answer, nothing is left outside the phone, and the phone goes on."""

import io
import os
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_app
from adb_tool import Adb, eventually
from dex_patched import patched, righted
from simulated import on

from conftest import Connected
from pocketbench import cache
from tiny_apk import TinyApk, signed

pytestmark = pytest.mark.slow
PACKAGE = "org.example.stranger"
TRACE = "INSTRUMENTATION_FAILED: org.example.stranger/org.example.Runner"


@pytest.fixture(scope="module")
def dex(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The code of the tests' app."""
    with zipfile.ZipFile(tiny_app.write(tmp_path_factory.mktemp("app"))) as archive:
        return archive.read("classes.dex")


@pytest.fixture(scope="module")
def met(adb: Adb) -> Iterator[Connected]:
    """A phone that strangers' apps are put onto."""
    with on() as started:
        connected = Connected(started, adb.of(started.address))
        assert connected.adb.becomes("device")
        if connected.adb("shell", "ls /system/bin/app_process64").code:
            pytest.skip("no app can be run here: sudo apt-get install openjdk-17-jdk-headless")
        yield connected


@pytest.fixture
def stranger(met: Connected) -> Iterator[Connected]:
    """The same, without the app before and afterwards; it goes on, and the computer's cache keeps nothing that was half made (other tests' goes by itself)."""
    met.adb("uninstall", PACKAGE)
    yield met
    assert met.shell("echo on") == "on"
    assert eventually(lambda: not list((cache.root() / "phone-apps/.making").glob("*")), 120)


def instrumented(phone: Connected, apk: Path) -> str:
    """What ``am instrument`` prints of an APK that was installed."""
    said = phone.adb("install", str(apk), deadline=200)
    assert "Success" in said.out, said
    run = phone.adb("shell", f"am instrument -w -r {PACKAGE}/org.example.Runner", deadline=200)
    return run.all


def test_a_small_app_of_another_name_runs(stranger: Connected, tmp_path: Path, dex: bytes) -> None:
    """With its own instrumentation; what it has for another processor beside is no obstacle."""
    files = {"classes.dex": dex, "lib/arm64-v8a/libx.so": b"arm", "lib/x86_64/lib x;touch y.so": b"odd", "lib/x86_64/../../../libup.so": b"up"}
    said = instrumented(stranger, TinyApk(package=PACKAGE, files=files).write(tmp_path / "some.apk"))
    assert f"INSTRUMENTATION_RESULT: package={PACKAGE}" in said
    assert said.rstrip().endswith("INSTRUMENTATION_CODE: -1")


def test_an_app_for_another_processor_alone_is_refused_as_on_a_phone(stranger: Connected, tmp_path: Path) -> None:
    """Whose code this is not made for."""
    said = stranger.adb("install", str(TinyApk(package=PACKAGE, files={"lib/arm64-v8a/libx.so": b"arm"}).write(tmp_path / "arm.apk")))
    assert "Failure [INSTALL_FAILED_NO_MATCHING_ABIS: Failed to extract native libraries, res=-113]" in said.err


def test_an_app_without_code_is_installed_and_told_why_it_does_not_run(stranger: Connected, tmp_path: Path) -> None:
    """Many packages only bring resources."""
    said = instrumented(stranger, TinyApk(package=PACKAGE).write(tmp_path / "empty.apk"))
    assert f"Error={PACKAGE} has no code: there is no classes.dex in it" in said
    assert TRACE in said


def test_an_app_that_needs_a_class_that_is_nowhere_is_told_with_its_name(stranger: Connected, tmp_path: Path, dex: bytes) -> None:
    """As the framework's last handler tells it."""
    missing = patched(dex, "Landroid/os/PowerManager;", "Landroid/os/PowerManageX;")
    apk = TinyApk(package=PACKAGE, files={"classes.dex": missing}).write(tmp_path / "missing.apk")
    assert "Success" in stranger.adb("install", str(apk), deadline=200).out
    said = stranger.shell(f"am instrument -w -r -e do conditions {PACKAGE}/org.example.Runner")
    assert "shortMsg=java.lang.NoClassDefFoundError" in said
    assert "android/os/PowerManageX" in said


@pytest.mark.parametrize("name", ["Lorg/../../etc/Runn;", 'Lor"/;x|`y$z/R nner;', "Lorg/example/Ru.ner;"])
def test_a_class_of_an_odd_name_is_never_a_file(stranger: Connected, tmp_path: Path, dex: bytes, name: str) -> None:
    """The instrumentation that the manifest names is not there, or the classes are refused."""
    apk = TinyApk(package=PACKAGE, files={"classes.dex": patched(dex, "Lorg/example/Runner;", name)}).write(tmp_path / "odd.apk")
    assert TRACE in instrumented(stranger, apk)
    assert not [folder for folder, _, files in os.walk(cache.root()) if "Runn.class" in files]


@pytest.mark.parametrize("what", ["strings", "size", "classes"])
def test_a_dex_whose_head_lies_is_refused_in_words(stranger: Connected, tmp_path: Path, dex: bytes, what: str) -> None:
    """Of four thousand million strings, of a size that it has not, of classes beyond its end."""
    place = {"strings": 56, "size": 32, "classes": 96}[what]
    lying = righted(dex[:place] + struct.pack("<I", 0xFFFFFFF0) + dex[place + 4 :])
    said = instrumented(stranger, TinyApk(package=PACKAGE, files={"classes.dex": lying}).write(tmp_path / "lying.apk"))
    assert "Error=INSTALL_FAILED_DEXOPT: its " in said
    assert TRACE in said


def test_an_apk_that_would_fill_the_disk_is_refused_while_it_comes(stranger: Connected, tmp_path: Path) -> None:
    """A few hundred thousand bytes that say that they are three hundred million."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AndroidManifest.xml", TinyApk(package=PACKAGE).manifest())
        archive.writestr("classes.dex", bytes(300 << 20))
    (tmp_path / "bomb.apk").write_bytes(signed(held.getvalue(), b"a certificate"))
    assert "classes.dex would make more bytes than an app's code may have" in instrumented(stranger, tmp_path / "bomb.apk")


def test_an_apk_that_nothing_can_be_done_with_is_not_installed_unverified(stranger: Connected, tmp_path: Path, dex: bytes) -> None:
    """The computer cannot lay it down where it is looked at, in the phone's own folder: what goes wrong counts against the APK."""
    apk = TinyApk(package=PACKAGE, files={"classes.dex": dex}).write(tmp_path / "some.apk")
    (shelf,) = (cache.root() / "phones").glob(f"{stranger.phone.process.pid}-*")
    (shelf / f"{PACKAGE}.apk").mkdir()
    try:
        said = stranger.adb("install", str(apk))
    finally:
        (shelf / f"{PACKAGE}.apk").rmdir()
    assert "Failure [INSTALL_FAILED_INTERNAL_ERROR: Signature not verified: " in said.err


def test_what_was_changed_after_it_was_signed_is_refused_as_on_a_phone(stranger: Connected, tmp_path: Path, dex: bytes) -> None:
    """A byte of the code, of the certificate, and one appended."""
    whole = TinyApk(package=PACKAGE, files={"classes.dex": dex}).write(tmp_path / "whole.apk").read_bytes()
    place, block = whole.index(b"dex\n") + 500, whole.index(b"APK Sig Block 42")
    changed = {
        "code": whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
        "signature": whole[: block - 300] + bytes([whole[block - 300] ^ 1]) + whole[block - 299 :],
    }
    for name, data in changed.items():
        (tmp_path / f"{name}.apk").write_bytes(data)
        said = stranger.adb("install", str(tmp_path / f"{name}.apk"))
        assert (said.code, "Failure [INSTALL_PARSE_FAILED_NO_CERTIFICATES: Failed to collect certificates from /data/app/vmdl" in said.err) == (1, True), said
        assert ("using APK Signature Scheme v2: SHA-256 digest of contents did not verify]" in said.err) is (name == "code")
    assert stranger.adb("shell", f"pm path {PACKAGE}").code == 1


def test_what_nobody_signed_is_refused_as_on_a_phone(stranger: Connected, tmp_path: Path) -> None:
    """In the words that everybody knows."""
    unsigned = stranger.adb("install", str(TinyApk(package=PACKAGE, certificate=b"").write(tmp_path / "unsigned.apk")))
    assert "Failure [INSTALL_PARSE_FAILED_NO_CERTIFICATES: Failed to collect certificates from /data/app/vmdl" in unsigned.err
    assert "base.apk: Attempt to get length of null array]" in unsigned.err

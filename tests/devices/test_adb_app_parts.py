"""What of an APK is whose: read from the APK's own directory, for the ABI that a device takes."""

import zipfile
from pathlib import Path

import pytest

from pocketbench.app_build import Built
from pocketbench.devices import adb_app_parts
from pocketbench.devices.adb_app_order import PACKAGE
from pocketbench.errors import PocketbenchError
from tiny_apk import TinyApk

PART = 1000


def an_apk(path: Path, *, packed: bool = True) -> Path:
    """An APK of ours with libraries of two ABIs, each of 1000 zeros, a page and classes."""
    TinyApk(package=PACKAGE, runner=f"{PACKAGE}.OrderInstrumentation").write(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for abi in ("arm64-v8a", "x86_64"):
            for name in ("libtensorflowlite_jni.so", "libpytorch_jni_lite.so", "libfbjni.so", "libother.so"):
                archive.writestr(f"lib/{abi}/{name}", bytes(PART))
        archive.writestr("classes.dex", bytes(PART))
        archive.writestr("assets/page/index.html", bytes(PART))
    return path


def test_compressed_libraries_of_the_devices_abi_are_there_twice_once_installed(tmp_path: Path) -> None:
    """In the APK and beside it; those of another ABI, the page and the classes stay in the APK."""
    weighed = adb_app_parts.read(an_apk(tmp_path / "app.apk"), "arm64-v8a,armeabi-v7a")
    parts = {part.what: part for part in weighed.parts}

    assert weighed.abi == "arm64-v8a"
    assert [part.what for part in weighed.parts if part.engine] == ["tflite", "pytorch-lite", "tfjs"]
    assert {what: part.installed_bytes - part.download_bytes for what, part in parts.items()} == {
        "tflite": PART, "pytorch-lite": 2 * PART, "tfjs": 0, "classes": 0, "resources and manifest": 0,
        "libraries of no known engine": PART, "libraries for other ABIs": 0,
    }  # fmt: skip
    assert parts["libraries for other ABIs"].files == 4


def test_libraries_that_are_stored_are_mapped_where_they_lie(tmp_path: Path) -> None:
    """They are there once."""
    weighed = adb_app_parts.read(an_apk(tmp_path / "app.apk", packed=False), "x86_64,arm64-v8a")

    assert weighed.abi == "x86_64"
    assert {part.installed_bytes - part.download_bytes for part in weighed.parts} == {0}


def test_a_device_that_tells_no_abi_takes_the_only_one_or_nobody_knows(tmp_path: Path) -> None:
    """With two in the APK no library is any engine's, for nobody knows which the device took."""
    assert adb_app_parts.read(an_apk(tmp_path / "app.apk"), "").abi == ""
    assert adb_app_parts.read(an_apk(tmp_path / "app.apk"), "mips").abi == ""


def test_what_is_no_apk_of_ours_is_refused(tmp_path: Path) -> None:
    """As when it is installed."""
    (tmp_path / "none.apk").write_bytes(b"PK")
    with pytest.raises(PocketbenchError, match="no APK"):
        adb_app_parts.read(tmp_path / "none.apk", "x86_64")


@pytest.mark.slow
def test_every_library_of_the_app_is_the_engines_that_brought_it(built_app: Built) -> None:
    """As the build knows it; parts add up to the APK, but for names and signature."""
    abi = built_app.abis[0]
    weighed = adb_app_parts.read(built_app.path, abi)
    packed = {engine: sum(one.packed_bytes for one in built_app.libraries if (one.engine, one.abi) == (engine, abi)) for engine in built_app.engines}
    parts = {part.what: part.download_bytes for part in weighed.parts}

    assert {engine: parts[engine] for engine in built_app.engines if engine != "tfjs"} == {engine: size for engine, size in packed.items() if engine != "tfjs"}
    assert "libraries of no known engine" not in parts
    assert 0 < built_app.size_bytes - sum(parts.values()) < 100_000

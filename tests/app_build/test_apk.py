"""The APK that is built from the sources, looked at by readers of ours and, where they are, by Android's own tools."""

import re
import shutil
import struct
import zipfile
from pathlib import Path

import oldest
import pytest
from dex import classes

from apk import app
from pocketbench import cache, pages
from pocketbench.app_build import Built, Key, apk, checked, compiled, jdk, keys, parts, program, signed, wished
from pocketbench.engines import in_app
from pocketbench.errors import BuildFailed
from pocketbench.simulator.packages import xml

pytestmark = pytest.mark.slow

SMALL = (("tflite",), ("arm64-v8a",))
# Resource ids of android.R.attr.
EXPORTED, NAME, VALUE = 0x01010010, 0x01010003, 0x01010024
# What Android 8 does not have: what the app asks for after it has looked at the version, and an annotation of fbjni's, which nothing asks for.
NEWER = {
    "javax.annotation.Nullable",
    "android.os.PowerManager.getCurrentThermalStatus",
    "org.pocketbench.app.MainActivity.setShowWhenLocked",
    "org.pocketbench.app.MainActivity.setTurnScreenOn",
}


@pytest.fixture(scope="module")
def small() -> Built:
    """The app with one engine for one ABI."""
    return app(*SMALL)


@pytest.fixture(scope="module")
def tools(built_app: Built) -> tuple[jdk.Jdk, list[Path]]:
    """What verifies."""
    java = jdk.find()
    return java, compiled.tools(java, parts.brought("build"))


def _manifest(built: Built) -> tuple[xml.Element, ...]:
    """The elements of an APK's manifest."""
    return xml.elements(zipfile.ZipFile(built.path).read("AndroidManifest.xml"))


def test_the_libraries_are_those_that_were_published_byte_for_byte(built_app: Built) -> None:
    """Nothing is stripped, nothing repacked; and there are no others."""
    with zipfile.ZipFile(built_app.path) as made:
        names = {name for name in made.namelist() if name.startswith("lib/")}
        assert names == {library.in_apk for library in built_app.libraries}
        assert {library.engine for library in built_app.libraries} == {"tflite", "pytorch-lite", "onnxruntime"}
        for library in built_app.libraries:
            with zipfile.ZipFile(library.archive) as published:
                assert made.read(library.in_apk) == published.read(library.member)


def test_nothing_is_exported_but_the_launchers_activity(built_app: Built) -> None:
    """No provider at all: that of ONNX Runtime's telemetry neither. Who may start an instrumentation is Android's to say: docs/app.md."""
    elements = _manifest(built_app)
    assert [element.attributes.get(NAME) for element in elements if element.attributes.get(EXPORTED)] == [".MainActivity"]
    assert {element.name for element in elements} & {"provider", "service", "receiver"} == set()
    assert [element.attributes[NAME] for element in elements if element.name == "instrumentation"] == [".OrderInstrumentation"]


def test_it_asks_for_two_permissions_and_its_webview_tells_nobody(built_app: Built) -> None:
    """A WebView else sends metrics, and asks about addresses."""
    elements = _manifest(built_app)
    asked = [str(element.attributes[NAME]).rpartition(".")[2] for element in elements if element.name.startswith("uses-permission")]
    told = {str(element.attributes[NAME]).rpartition(".")[2]: bool(element.attributes[VALUE]) for element in elements if element.name == "meta-data"}
    assert asked == ["WAKE_LOCK", "INTERNET"]
    assert told == {"MetricsOptOut": True, "EnableSafeBrowsing": False}


def test_the_app_tells_the_hash_of_what_it_was_built_from(built_app: Built, small: Built) -> None:
    """So that a phone says which build it has."""
    names = {text for element in _manifest(built_app) for text in element.attributes.values() if isinstance(text, str)}
    assert built_app.version_name in names
    assert built_app.version_name.endswith(built_app.sources_sha256[:12])
    assert built_app.sources_sha256 != small.sources_sha256


def test_two_builds_differ_by_nothing_before_they_are_signed(small: Built, tmp_path: Path) -> None:
    """In another folder, at another time."""
    wish = wished.wished(*SMALL)
    first = apk.unsigned(wish)
    shutil.copyfile(first, tmp_path / "first.apk")
    assert (tmp_path / "first.apk").read_bytes() == apk.unsigned(wish, force=True).read_bytes()
    assert {entry.date_time[0] for entry in zipfile.ZipFile(first).infolist()} <= {1980, 1981}


def test_an_apk_has_the_engines_that_were_asked_for_and_no_others(built_app: Built, small: Built) -> None:
    """Neither their libraries nor their classes nor the page."""
    every, few = (classes(zipfile.ZipFile(built.path).read("classes.dex")) for built in (built_app, small))
    ours = {
        "org.pocketbench.app.engines.TfliteEngine",
        "org.tensorflow.lite.Interpreter",
        "org.pocketbench.app.OrderInstrumentation",
        "org.pocketbench.core.Run",
    }
    others = {
        "org.pytorch.LiteModuleLoader",
        "ai.onnxruntime.OrtSession",
        *(f"org.pocketbench.app.engines.{name}Engine" for name in ("PytorchLite", "Onnxruntime")),
    }
    assert every >= ours | others
    assert few >= ours
    assert few & others == set()
    assert {name.split("/")[0] for name in zipfile.ZipFile(small.path).namelist()} & {"assets"} == set()
    assert {library.abi for library in small.libraries} == {"arm64-v8a"}


def test_the_page_is_in_the_app_as_it_is_served(built_app: Built) -> None:
    """File by file."""
    page = pages.folder()
    wanted = {f"assets/page/{path.relative_to(page).as_posix()}": path.read_bytes() for path in page.rglob("*") if path.is_file()}
    with zipfile.ZipFile(built_app.path) as made:
        assert {name: made.read(name) for name in made.namelist() if name.startswith("assets/page/")} == wanted


def test_what_is_not_compressed_begins_where_phones_map_it(built_app: Built) -> None:
    """At four bytes: resources, which apps for Android 11 and newer may not compress."""
    data = built_app.path.read_bytes()
    with zipfile.ZipFile(built_app.path) as made:
        stored = [entry for entry in made.infolist() if entry.compress_type == zipfile.ZIP_STORED]
    begins = {entry.filename: entry.header_offset + 30 + sum(struct.unpack_from("<HH", data, entry.header_offset + 26)) for entry in stored}
    assert "resources.arsc" in begins
    assert [name for name, place in begins.items() if place % 4] == []


def test_each_library_says_which_pages_it_loads_with(built_app: Built) -> None:
    """Of those published now, ONNX Runtime's alone load where pages have 16 KiB."""
    assert {library.page_bytes for library in built_app.libraries if library.engine == "onnxruntime"} == {0x4000}
    assert {library.page_bytes for library in built_app.libraries if library.engine != "onnxruntime"} == {0x1000}


def test_which_pages_an_engine_loads_with_is_known_before_a_phone_is_asked(built_app: Built, project: Path) -> None:
    """The harness has it from a table, and the app knows each library by its name."""
    smallest = {engine: min(one.page_bytes for one in built_app.libraries if one.engine == engine) for engine in ("tflite", "pytorch-lite", "onnxruntime")}
    java = (project / "android_app/core/org/pocketbench/core/NativeLibraries.java").read_text(encoding="utf-8")
    begins = {engine: tuple(re.findall(r'"(lib[^"]+)"', names)) for engine, names in re.findall(r'"([a-z-]+)",\s*List\.of\(([^)]*)\)', java)}

    assert {engine: pages for engine, pages in smallest.items() if pages < 0x4000} == in_app.PAGE_BYTES
    assert [library.name for library in built_app.libraries if not library.name.startswith(begins[library.engine])] == []


def test_it_verifies_by_both_schemes_and_not_when_a_byte_was_changed(built_app: Built, tools: tuple[jdk.Jdk, list[Path]], tmp_path: Path) -> None:
    """Wherever the byte is."""
    assert signed.verify(*tools, built_app.path) == signed.Verified(("v2", "v3"), built_app.certificate_sha256)
    tampered = bytearray(built_app.path.read_bytes())
    tampered[len(tampered) // 2] ^= 1
    (tmp_path / "tampered.apk").write_bytes(tampered)
    with pytest.raises(BuildFailed, match=r"tampered\.apk: its signature does not verify"):
        signed.verify(*tools, tmp_path / "tampered.apk")


def test_a_key_of_the_users_signs_and_a_wrong_password_is_told(small: Built, tmp_path: Path) -> None:
    """The password is in no message."""
    store, secret = tmp_path / "mine.p12", "very secret"
    words = ["-genkeypair", "-keystore", store, "-storepass", secret, "-alias", "me", "-keyalg", "EC", "-dname", "CN=Me"]
    program.run("key", [jdk.find().tool("keytool"), *words])
    for alias, password, told in (("me", "a wrong one", "password was incorrect"), ("you", secret, "no private key named 'you'")):
        with pytest.raises(BuildFailed, match=told):
            apk.build(*SMALL, key=Key(store, alias, password))
    built = apk.build(*SMALL, key=Key(store, "me", secret))
    assert built.certificate_sha256 != small.certificate_sha256
    assert secret not in repr(Key(store, "me", secret))


def test_java_that_does_not_compile_is_told_in_javacs_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file and its line."""
    wrong = tmp_path / "core" / "Wrong.java"
    wrong.parent.mkdir()
    wrong.write_text("class Wrong {\n  int f() { return }\n}\n", encoding="utf-8")
    monkeypatch.setattr(compiled, "sources", lambda: tmp_path)
    with pytest.raises(BuildFailed, match=r"(?s)Java: .*Wrong\.java:2: error"):
        compiled.classes(jdk.find(), parts.brought("build", "core"), [], tmp_path)


def test_nothing_in_the_app_calls_what_the_oldest_android_does_not_have(built_app: Built, tmp_path: Path) -> None:
    """Engines neither; but for what is asked for after a look at the version."""
    assert oldest.lacking(built_app.path, tmp_path) == NEWER


def test_androids_own_tools_take_it(built_app: Built) -> None:
    """Those that are here: apksigner, zipalign, aapt2, dexdump."""
    found = checked.checked(built_app.path)
    assert [check for check in found if check.state == "failed"] == []
    if absent := [check.tool for check in found if check.state == "absent"]:
        pytest.skip(f"not here: {', '.join(absent)}: {checked.HINT}")


def test_the_debug_key_is_made_once_for_its_owner_alone(built_app: Built, cache_of_its_own: Path) -> None:
    """Nobody else may read it."""
    key = keys.debug()
    assert cache_of_its_own in key.store.parents
    assert key.store.stat().st_mode & 0o077 == 0
    before = cache.sha256_of(key.store)
    assert cache.sha256_of(keys.debug().store) == before

"""APKs prepared for the simulated phone: the project's own, and others."""

import os
import shutil
import subprocess
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from dex_made import DEX
from elf_made import Made, wants

from pocketbench import cache
from pocketbench.app_build import Built
from pocketbench.errors import ToolchainMissing
from pocketbench.simulator.inside import NotPrepared, Prepared, prepare

HERE = Path(__file__).parent
pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc: sudo apt-get install gcc libc6-dev")]


@dataclass(frozen=True)
class Ready:
    """The app's APK, prepared, and the tests' classes compiled against it."""

    apk: Path
    prepared: Prepared
    classes: Path

    def java(self, main: str, *words: str | Path, **variables: str) -> str:
        """Run one of those classes as the phone runs an app: the framework's classes before the app's."""
        path = os.pathsep.join(map(str, (self.classes, self.prepared.framework, self.prepared.app)))
        flags = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Djava.library.path={self.prepared.lib}", "-cp", path]
        said = subprocess.run(
            [str(word) for word in (self.prepared.java / "bin/java", *flags, main, *words)], capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, **variables}, cwd=self.classes,
        )  # fmt: skip
        assert said.returncode == 0, said.stdout + said.stderr
        return said.stdout + said.stderr


@pytest.fixture(scope="module")
def ready(built_app: Built, tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Everything made once."""
    prepared, classes = prepare(built_app.path), tmp_path_factory.mktemp("classes")
    path = os.pathsep.join(map(str, (prepared.framework, prepared.app)))
    words = [prepared.java / "bin/javac", "-nowarn", "-proc:none", "-cp", path, "-d", classes, *sorted((HERE / "java").rglob("*.java"))]
    said = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return Ready(built_app.path, prepared, classes)


def written(place: Path, members: dict[str, bytes]) -> Path:
    """An archive, which is what an APK is to the preparation."""
    with zipfile.ZipFile(place, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return place


def entries(ready: Ready) -> set[Path]:
    """The prepared apps that the cache holds."""
    return {path for path in ready.prepared.folder.parent.iterdir() if not path.name.startswith(".")}


def test_every_class_of_the_app_passes_the_ordinary_verifier(ready: Ready) -> None:
    """Also those that call static methods of interfaces."""
    said = ready.java("Verified", ready.prepared.app)
    with zipfile.ZipFile(ready.prepared.app) as jar:
        count = sum(name.endswith(".class") for name in jar.namelist())
    assert said == f"verified {count}\n"
    assert count > 200


def test_the_apps_libraries_are_not_changed_by_a_byte(ready: Ready) -> None:
    """And all are there, each after those that it needs."""
    with zipfile.ZipFile(ready.apk) as archive:
        given = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist() if name.startswith("lib/x86_64/")}
    assert {path.name: path.read_bytes() for path in ready.prepared.lib.iterdir()} == given
    order = ready.prepared.libraries
    assert set(order) == set(given)
    assert order.index("libc++_shared.so") < order.index("libfbjni.so") < order.index("libpytorch_jni_lite.so")
    assert order.index("libonnxruntime.so") < order.index("libonnxruntime4j_jni.so")


def test_all_engines_speak_from_their_own_libraries_in_one_process(ready: Ready, tmp_path: Path) -> None:
    """The framework's classes have their clock, their properties and their log."""
    (tmp_path / "properties").write_text("ro.product.model=P1\nro.number=nine\n")
    prepared = ready.prepared
    words: list[str | Path] = [prepared.natives, ":".join(map(str, prepared.lookalikes)), prepared.lib, ":".join(prepared.libraries)]
    said = ready.java("org.pocketbench.simulated.Libraries", *words, POCKETBENCH_PROPERTIES=str(tmp_path / "properties"))
    assert "clock true, missing true\nmodel P1 7\n" in said
    assert "tflite 2.16.1\n" in said
    assert "onnxruntime 1.29.0 [CPU, NNAPI, XNNPACK, WEBGPU]\n" in said
    assert "pytorch-lite com.facebook.jni.CppException\n" in said
    assert "I/test: said by Java\n" in said


def test_assets_are_all_that_its_libraries_ask_in_vain(ready: Ready) -> None:
    """They are opened by Java on this phone."""
    assert ready.prepared.refused
    assert all(name.startswith("AAsset") for name in ready.prepared.refused)


def test_an_app_is_prepared_once(ready: Ready, tmp_path: Path) -> None:
    """Whatever its file is called."""
    heard: list[str] = []
    shutil.copy(ready.apk, tmp_path / "other.apk")
    assert prepare(tmp_path / "other.apk", heard.append) == ready.prepared
    assert heard == []


def test_an_app_without_libraries_needs_no_look_alikes(ready: Ready, tmp_path: Path) -> None:
    """Its classes are as good."""
    with zipfile.ZipFile(ready.apk) as archive:
        apk = written(tmp_path / "java.apk", {"classes.dex": archive.read("classes.dex")})
    found = prepare(apk)
    assert (found.libraries, found.lookalikes, found.refused) == ((), (), ())
    assert found.natives.exists()
    assert found.app.read_bytes() == ready.prepared.app.read_bytes()


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"lib/x86_64/libodd.so": Made("libodd.so", symbols=wants("mpx_secret")).data()}, "libodd.so calls mpx_secret, which is nothing that this phone has"),
        ({"lib/x86_64/libodd.so": b"\x7fELF\x01\x01\x01"}, "libodd.so: no 64-bit ELF file"),
        ({"classes.dex": DEX}, "its dex could not be turned back into classes: "),
    ],
)
def test_an_app_that_cannot_be_run_here_is_refused_in_words_and_leaves_nothing(ready: Ready, tmp_path: Path, members: dict[str, bytes], why: str) -> None:
    """What it has and what there is not is named."""
    kept = entries(ready)
    with pytest.raises(NotPrepared) as told:
        prepare(written(tmp_path / "odd.apk", members))
    assert str(told.value).startswith("INSTALL_FAILED_DEXOPT: ")
    assert why in str(told.value)
    assert len(str(told.value)) < 1100
    assert all((entry / "prepared.json").exists() for entry in entries(ready) - kept)  # of another test beside this one
    until = time.monotonic() + 120
    while (left := list((cache.root() / "phone-apps/.making").glob("*"))) and time.monotonic() < until:
        time.sleep(0.2)  # another test's, beside this one, goes by itself
    assert not left


@pytest.mark.parametrize(("program", "hint"), [("gcc", "apt-get install gcc libc6-dev"), ("javac", "apt-get install openjdk-17-jdk-headless")])
def test_a_computer_without_the_tools_is_told_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, hint: str) -> None:
    """Before anything is done."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    for other in {"gcc", "javac"} - {program}:
        (tmp_path / other).symlink_to(shutil.which("true", path="/bin:/usr/bin") or "/bin/true")
    with pytest.raises(ToolchainMissing) as told:
        prepare(tmp_path / "any.apk")
    assert told.value.hint == hint

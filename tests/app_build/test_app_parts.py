"""The parts of the Android app: listed, brought, held against their sha256."""

import shutil
import struct
from pathlib import Path

import msgspec
import pytest

from pocketbench import app_build, cache
from pocketbench.app_build import archives, jdk, maven, npm, parts
from pocketbench.app_build.parts import Part
from pocketbench.app_build.wished import ENGINES
from pocketbench.errors import PartRefused, PocketbenchError, ToolchainMissing

SMALL = next(part for part in parts.listed("tests") if part.name == "hamcrest")
needs_maven = pytest.mark.skipif(shutil.which("mvn") is None, reason=f"no mvn: {maven.HINT}")


def test_every_part_has_one_origin_and_a_group_that_is_known() -> None:
    """Maven or npm; no two have one name in a group, nor one file."""
    every = parts.listed()
    assert [part.name for part in every if bool(part.maven) == bool(part.npm)] == []
    assert {part.group for part in every} >= {"build", "core", "tests"} | set(ENGINES) - {"tfjs"}
    assert len({part.name for part in every}) == len(every)


@pytest.mark.parametrize(
    ("coordinate", "file"),
    [("a.b:c:1.0", "c-1.0.jar"), ("a.b:c:1.0:aar", "c-1.0.aar"), ("a.b:c:1.0:jar:linux", "c-1.0-linux.jar")],
)
def test_a_coordinate_says_what_its_file_is_called(coordinate: str, file: str) -> None:
    """Artifact, version, classifier, type."""
    assert maven.file_of(coordinate) == file


def test_a_list_with_a_wrong_line_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is mistyped is not passed over."""
    file = tmp_path / "parts.toml"
    file.write_text('[[part]]\nname = "x"\ngroup = "build"\nmaven = "a:b"\nsha256 = "00"\nwhy = ""\n', encoding="utf-8")
    monkeypatch.setattr(parts, "LIST", str(file))
    with pytest.raises(PocketbenchError, match=r"parts\.toml"):
        parts.listed()


@pytest.mark.slow
@needs_maven
def test_a_part_with_another_sha256_is_refused_by_name_and_not_kept() -> None:
    """Whoever serves it, what is not what it was is not used."""
    wrong = msgspec.structs.replace(SMALL, sha256="0" * 64)
    with pytest.raises(PartRefused, match=rf"{SMALL.maven}.*{SMALL.sha256}.*not {'0' * 64}"):
        parts.files([wrong])
    assert not cache.folder(parts.KIND, wrong.sha256).exists()


@pytest.mark.slow
@needs_maven
def test_a_part_that_no_repository_has_is_told_in_mavens_words() -> None:
    """Not a trace of Java's."""
    nowhere = Part(name="x", group="x", sha256="0" * 64, why="", maven="org.hamcrest:hamcrest-core:0.0.0")
    with pytest.raises(ToolchainMissing, match=r"hamcrest-core"):
        parts.files([nowhere])


@pytest.mark.slow
@needs_maven
def test_a_part_is_brought_once_and_its_progress_is_told() -> None:
    """The second time, nobody is asked."""
    said: list[str] = []
    found = [parts.files([SMALL], tell=said.append)[SMALL.name] for _ in range(2)]
    assert found[0] == found[1]
    assert cache.sha256_of(found[0]) == SMALL.sha256
    assert len(said) <= 1


def test_without_maven_the_user_is_told_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a computer whose PATH has none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainMissing, match="no mvn") as told:
        maven.copy([SMALL.maven], tmp_path)
    assert told.value.hint == maven.HINT


def test_without_a_jdk_the_user_is_told_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither on the PATH nor in JAVA_HOME; a build says so before it brings anything."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(ToolchainMissing, match="no javac here") as told:
        app_build.build(["tflite"], ["x86_64"])
    assert told.value.hint == jdk.HINT
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ToolchainMissing, match="no javac in JAVA_HOME"):
        jdk.find()


@pytest.mark.parametrize(("said", "told"), [("javac 1.8.0_402", "javac 1.8.0_402 is too old"), ("javac 11.0.2", "is too old"), ("?", "no javac is too old")])
def test_a_jdk_that_cannot_read_androids_classes_is_too_old(said: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what its javac says."""
    javac = tmp_path / "bin" / "javac"
    javac.parent.mkdir()
    javac.write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
    javac.chmod(0o700)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ToolchainMissing, match=told):
        jdk.find()


def test_an_archive_without_the_member_is_refused(tmp_path: Path) -> None:
    """What npm packs may have changed."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "gztar", tmp_path, "file"))
    with pytest.raises(PartRefused, match="has no package/other"):
        npm.extract(packed, "package/other", tmp_path / "out")


@pytest.mark.parametrize("alignments", [(0x1000, 0x1000), (0x4000, 0x10000), (0x4000, 0x1000)])
def test_a_library_loads_with_pages_up_to_the_smallest_alignment_of_its_segments(alignments: tuple[int, ...]) -> None:
    """Segments that are not loaded count nothing."""
    segments = [struct.pack("<IIQQQQQQ", kind, 0, 0, 0, 0, 0, 0, align) for kind, align in [(6, 8), *((1, each) for each in alignments)]]
    head = b"\x7fELF\x02\x01\x01" + bytes(9 + 16) + struct.pack("<QQIHHH", 64, 0, 0, 64, 56, len(segments)) + bytes(6)
    assert archives.page_bytes(head + b"".join(segments)) == min(alignments)


@pytest.mark.parametrize("head", [b"", b"MZ", b"\x7fELF\x01\x01" + bytes(60), b"\x7fELF\x02\x01" + bytes(20)])
def test_what_is_no_library_is_refused(head: bytes) -> None:
    """Another file, another word size, a file that ends early."""
    with pytest.raises((ValueError, struct.error)):
        archives.page_bytes(head)

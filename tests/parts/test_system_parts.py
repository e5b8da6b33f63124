"""The system's parts: what each brings, and tests that need one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pocketbench.parts import PARTS, swiftshader

NEEDS = """
import pytest


@pytest.mark.needs_part("swiftshader")
def test_it():
    pass
"""


@pytest.mark.parametrize("part", list(PARTS), ids=lambda part: part.name)
def test_every_part_says_what_it_is_for_and_what_brings_it(part) -> None:  # noqa: ANN001
    """For those who have Debian and for those who have not."""
    assert part.purpose
    assert part.needed_by
    assert part.packages["debian"]
    assert part.elsewhere
    assert type(part.present()) is bool


def test_the_document_lists_every_part_in_the_words_of_the_code(project: Path) -> None:
    """With what it is for and what brings it on Debian."""
    told = (project / "docs/system-parts.md").read_text(encoding="utf-8").replace("`", "")

    for part in PARTS:
        assert f"| {part.name} | {part.purpose} | {', '.join(part.needed_by)} | {' '.join(part.packages['debian'])} |" in told


def test_a_part_without_a_package_on_a_system_has_none_there() -> None:
    """Ubuntu has Chromium as a snap only; Debian's package is not asked for in its stead."""
    part = PARTS.get("swiftshader")

    assert part.packages_on(("ubuntu", "debian")) == ()
    assert part.packages_on(("raspbian", "debian")) == ("chromium-common",)
    assert part.packages_on(("fedora",)) == ()


def test_swiftshader_is_there_when_library_and_description_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without the other is none."""
    monkeypatch.setattr(swiftshader, "FOLDERS", (tmp_path / "a", tmp_path / "b"))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "vk_swiftshader_icd.json").touch()
    assert swiftshader.driver() is None
    assert not swiftshader.present()
    (tmp_path / "b" / "libvk_swiftshader.so").touch()
    assert swiftshader.driver() == tmp_path / "b" / "vk_swiftshader_icd.json"
    assert swiftshader.present()


@pytest.mark.slow
@pytest.mark.parametrize(("required", "ending"), [("0", "1 skipped"), ("1", "1 error")])
def test_a_test_that_needs_a_part_is_skipped_without_it_and_fails_where_it_is_required(required: str, ending: str, tmp_path: Path, project: Path) -> None:
    """The reason names the part and what to type; a run on CI cannot leave it out unseen."""
    (tmp_path / "test_needs.py").write_text(NEEDS, encoding="utf-8")
    hides = "import pathlib, sys; from pocketbench.parts import swiftshader; swiftshader.FOLDERS = (); import pytest; "
    words = ["-c", str(project / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "conftest", "-rsE", str(tmp_path / "test_needs.py")]
    environment = {**os.environ, "PYTHONPATH": str(project / "tests"), "POCKETBENCH_REQUIRE_PARTS": required}
    said = subprocess.run(
        [sys.executable, "-c", f"{hides} sys.exit(pytest.main({words!r}))"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ending in said.stdout
    assert "this system has no swiftshader: pocketbench doctor --install" in said.stdout

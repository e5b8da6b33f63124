"""The doctor's findings."""

import re
from pathlib import Path

import pytest

from pocketbench import doctor, parts, toolchains
from pocketbench.devices.browser import Browser
from pocketbench.doctor import GIB


def test_it_looks_at_everything_once() -> None:
    """Python, each lane, each system part, the cache, the computer."""
    names = [finding.name for finding in doctor.examine()]

    assert [name for name in names if name not in ("browser", "governor")] == [
        "python",
        *(f"lane {name}" for name in toolchains.lanes()),
        *(f"part {part.name}" for part in parts.PARTS),
        "adb",
        "ssh",
        "android app",
        "cache",
        "processor",
        "memory",
        "load",
    ]


def test_every_finding_says_something_and_what_is_missing_says_what_to_type() -> None:
    """No finding leaves its reader at a loss."""
    for finding in doctor.examine():
        assert finding.state in ("ok", "warning", "missing")
        assert finding.detail
        assert finding.type_this or finding.state != "missing"


def test_an_adb_server_of_another_version_is_a_warning_and_none_is_no_fault() -> None:
    """One is started when it is needed; the other would be ended by this adb."""
    assert doctor.adb(Path("adb"), None, 41, 5037).state == "ok"
    assert doctor.adb(Path("adb"), 41, 41, 5037).state == "ok"
    assert (doctor.adb(Path("adb"), 39, 41, 5037).state, doctor.adb(Path("adb"), 39, 41, 5037).type_this) == ("warning", "adb kill-server")


def test_only_the_supported_python_is_well() -> None:
    """The pins were tried with one."""
    assert doctor.python((3, 11, 7)).state == "ok"
    assert doctor.python((3, 12, 0)).state == "warning"
    assert "python3.11" in doctor.python((3, 12, 0)).type_this


def test_an_installed_lane_shows_its_versions() -> None:
    """The versions are those that would run."""
    finding = doctor.lane("tflite", ["tensorflow", "ai-edge-litert"])

    assert (finding.state, finding.detail) == ("ok", f"tensorflow {toolchains.version('tensorflow')}, ai-edge-litert {toolchains.version('ai-edge-litert')}")


def test_a_system_part_is_here_or_its_lack_says_what_is_not_possible(tmp_path: Path) -> None:
    """And the line that brings it."""
    made_up = parts.Part("made-up", "does what it does", ("frobnicating",), (tmp_path / "part").exists, {"debian": ("made-up",)})
    finding = doctor.part(made_up)

    assert (finding.name, finding.state, finding.type_this) == ("part made-up", "missing", "pocketbench doctor --install")
    assert finding.detail == "does what it does; without it, no frobnicating"
    (tmp_path / "part").touch()
    assert doctor.part(made_up).state == "ok"


def test_a_browser_that_is_not_there_is_told_by_its_part_alone() -> None:
    """One thing that is missing is one line."""
    assert doctor.browser(Browser(program=lambda: None)) == ()


@pytest.mark.slow
def test_a_browser_that_shows_no_page_is_missing_with_what_to_type(tmp_path: Path) -> None:
    """In its own words; started by hand it says more."""
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho 'No usable sandbox!' >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)

    (finding,) = doctor.browser(Browser(program=lambda: broken))

    assert (finding.state, finding.detail) == ("missing", f"{broken} showed no page: the browser: No usable sandbox!")
    assert finding.type_this == f"{broken} --headless --dump-dom about:blank"


@pytest.mark.slow
@pytest.mark.needs_part("chromium")
def test_a_browser_that_shows_a_page_tells_what_it_has() -> None:
    """Its version, and what carries WebGL and WebGPU."""
    (finding,) = doctor.browser(Browser())

    assert finding.state == "ok"
    assert re.search(r"Chrom.* [0-9.]+; webgl: .+; webgpu: .+", finding.detail)


def test_a_full_disk_is_a_warning_with_the_line_that_frees_it() -> None:
    """Before a conversion fails for it."""
    assert doctor.disk(Path("/cache"), GIB, 10 * GIB).state == "ok"
    finding = doctor.disk(Path("/cache"), GIB, GIB)
    assert (finding.state, finding.type_this) == ("warning", "pocketbench cache clean")
    assert "/cache: 1.00 GiB held, 1.0 GiB free" in finding.detail


def test_a_cache_that_cannot_be_written_is_missing_with_another_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    """/proc takes no folders, from root neither."""
    monkeypatch.setenv("POCKETBENCH_CACHE", "/proc/pocketbench")

    finding = next(finding for finding in doctor.examine() if finding.name == "cache")

    assert finding.state == "missing"
    assert "/proc/pocketbench" in finding.detail
    assert finding.type_this == "export POCKETBENCH_CACHE=/a/folder"


def test_little_memory_is_a_warning() -> None:
    """TensorFlow takes about a gigabyte."""
    assert doctor.memory({"available_bytes": 8 * GIB}).state == "ok"
    assert doctor.memory({"available_bytes": GIB}).state == "warning"


def test_a_governor_other_than_performance_is_a_warning() -> None:
    """And nothing is said where none can be seen."""
    assert doctor.governor({}) == ()
    assert [finding.state for finding in doctor.governor({"governor": "performance"})] == ["ok"]
    (finding,) = doctor.governor({"governor": "powersave"})
    assert finding.state == "warning"
    assert "cpupower" in finding.type_this


def test_a_busy_processor_is_a_warning() -> None:
    """By its number of cores."""
    assert doctor.load({"load_1min": 1.0}, 8).state == "ok"
    assert doctor.load({"load_1min": 1.5}, 2).state == "warning"


def test_the_processor_is_named_with_its_cores() -> None:
    """As the run's own facts have it."""
    finding = next(finding for finding in doctor.examine() if finding.name == "processor")

    assert re.fullmatch(r".+, \d+ cores", finding.detail)

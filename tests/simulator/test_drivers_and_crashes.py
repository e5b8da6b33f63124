"""Which accelerators a phone really has, and what is written of a crash: nothing is started for either."""

import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from pocketbench.app_build import jdk
from pocketbench.parts import pocl, swiftshader
from pocketbench.simulator.inside import crash, drivers, start
from pocketbench.simulator.inside.crash import Crash
from pocketbench.simulator.state import phone, profile

SIGABRT, SIGSEGV = 6, 11


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer without drivers; its folders are empty ones."""
    monkeypatch.setattr(drivers, "_FOLDERS", (tmp_path,))
    monkeypatch.setattr(pocl, "VENDORS", tmp_path / "vendors")
    monkeypatch.setattr(swiftshader, "FOLDERS", (tmp_path,))
    return tmp_path


def _with(**named: str) -> dict[str, str]:
    """The drivers that a stock phone with those in its profile has on this computer."""
    return dict(drivers.held(msgspec.structs.replace(profile.load("phone"), drivers=named)).drivers)


def test_what_the_computer_does_not_have_the_phone_does_not_have(bare: Path) -> None:
    """One library of two is none."""
    (bare / "libEGL.so.1").touch()
    (bare / "libOpenCL.so.1").touch()
    assert _with(gles="llvmpipe", opencl="pocl", vulkan="SwiftShader") == {}


def test_an_accelerator_is_lent_with_what_it_needs_in_the_root(bare: Path) -> None:
    """OpenCL: the loader, pocl's folder at a place of the phone's, and where its linker and its cores are."""
    (bare / "libOpenCL.so.1").touch()
    (bare / "vendors").mkdir()
    (bare / "vendors/pocl.icd").touch()
    assert _with(opencl="pocl") == {"opencl": "pocl"}
    lent = drivers.lent(msgspec.structs.replace(profile.load("phone"), drivers={"opencl": "pocl"}))
    assert lent.links == {"vendor/lib64/libOpenCL.so": str(bare / "libOpenCL.so.1")}
    assert lent.bound == {"vendor/etc/OpenCL": bare / "vendors"}
    assert lent.environment["OCL_ICD_VENDORS"] == "/vendor/etc/OpenCL/pocl.icd"
    assert f"core:{len(os.sched_getaffinity(0))} " in lent.environment["HWLOC_SYNTHETIC"]


def test_a_vulkan_driver_outside_of_usr_is_shown_at_a_place_of_the_phones(bare: Path) -> None:
    """As Google's own package has it, in /opt."""
    for name in ("libvulkan.so.1", swiftshader.DRIVER, swiftshader.LIBRARY):
        (bare / name).touch()
    lent = drivers.lent(msgspec.structs.replace(profile.load("phone"), drivers={"vulkan": "SwiftShader"}))
    assert lent.bound == {"vendor/etc/vulkan": bare}
    assert lent.environment["VK_ICD_FILENAMES"] == f"/vendor/etc/vulkan/{swiftshader.DRIVER}"


def test_a_driver_that_is_named_nothing_or_that_nobody_has_is_none() -> None:
    """The profile takes one away."""
    assert _with(gles="", tensor="none") == {}


def test_nnapis_accelerators_are_the_names_in_the_profile() -> None:
    """The look-alike computes; the library's file is there to be seen."""
    lent = drivers.lent(msgspec.structs.replace(profile.load("phone"), drivers={"nnapi": "nnapi-sample"}))
    assert lent.environment == {"POCKETBENCH_NNAPI": "nnapi-sample"}
    assert [*lent.links] == ["system/lib64/libneuralnetworks.so"]


@pytest.mark.parametrize(
    ("signal", "known", "line"),
    [
        (SIGABRT, "", "signal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------"),
        (SIGABRT, "si_signo: 11 (SIGSEGV), si_code: 1 (SEGV_MAPERR), si_addr: 0x08\n", "signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x08"),
        (SIGABRT, "si_signo: 99 (SIGNONE), si_code: 1 (NONE)\n", "signal 6 (SIGABRT), code -1 (SI_QUEUE), fault addr --------"),
    ],
)  # fmt: skip
def test_a_tombstone_names_the_signal_that_began_it(tmp_path: Path, signal: int, known: str, line: str) -> None:
    """The runtime aborts after a fault of a library's: its own words say which. What no signal is called is not believed."""
    told = crash.tombstone(_phone(tmp_path), Crash(42, "org.example", 10_007, signal, known))
    assert line in told.splitlines()
    assert "pid: 42, tid: 42, name: org.example  >>> org.example <<<" in told


def test_a_tombstone_has_the_frames_that_the_runtime_knew(tmp_path: Path) -> None:
    """Those of libraries; Java's own have no address."""
    known = "Native frames:\nC  [libone.so+0x12ab]  work(int)+0x10\nj  org.example.Runner.act()V+4\nC  [libtwo.so+0x1]\n"
    told = crash.tombstone(_phone(tmp_path), Crash(42, "org.example", 10_007, SIGSEGV, known))
    assert told.splitlines()[-2:] == ["      #00 pc 00000000000012ab  libone.so (work(int)+0x10)", "      #01 pc 0000000000000001  libtwo.so"]


@pytest.mark.slow
def test_words_with_anything_in_them_reach_an_app_as_they_are(tmp_path: Path) -> None:
    """Through java's files of arguments: the launcher of this computer's JDK reads them."""
    words = ["plain", 'two words "quoted"', "back\\slash", "line\nbreak", "@file", "#no comment", ""]
    home = jdk.home()
    if home is None:
        pytest.skip("no JDK: sudo apt-get install openjdk-17-jdk-headless")
    source, file = tmp_path / "Say.java", tmp_path / "arguments"
    source.write_text("class Say { public static void main(String[] words) { System.out.print(String.join(`;`, words)); } }".replace("`", '"'))
    file.write_text("".join(f"{start._quoted(word)}\n" for word in (str(source), *words)))
    said = subprocess.run([str(home / "bin/java"), f"@{file}"], capture_output=True, text=True, check=True)
    assert said.stdout == ";".join(words)


def _phone(folder: Path) -> phone.Phone:
    """A stock phone that is not on."""
    return phone.build(profile.load("phone"), "PB0", secure=False, system=folder)

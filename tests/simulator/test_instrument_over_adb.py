"""``am instrument`` over adb: an app's own code runs in a process of its own on the phone, and is told of as on any phone."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_app
from adb_tool import Adb, eventually
from simulated import on
from tiny_app import PACKAGE, RUNNER

from conftest import Connected
from tiny_apk import TinyApk

pytestmark = pytest.mark.slow
CRASHED = "INSTRUMENTATION_RESULT: shortMsg=Process crashed.\nINSTRUMENTATION_CODE: 0"


@pytest.fixture(scope="module")
def apk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' app."""
    return tiny_app.write(tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="module")
def running(adb: Adb, apk: Path) -> Iterator[Connected]:
    """A phone with the tests' app."""
    with on() as started:
        connected = Connected(started, adb.of(started.address))
        assert connected.adb.becomes("device")
        assert "Success" in connected.adb("install", str(apk)).out
        if "can be run" not in connected.shell("logcat -d -s dex2oat"):
            pytest.skip(f"no app can be run here: {connected.shell('logcat -d -s dex2oat')}")
        yield connected


def did(running: Connected, what: str, options: str = "-w -r") -> str:
    """What ``am instrument`` prints of an errand."""
    return running.shell(f"am instrument {options} -e do {what} {RUNNER}")


def begun(running: Connected, what: str) -> "subprocess.Popen[str]":
    """An instrumentation that runs while something is done to it."""
    words = running.adb.words("shell", f"am instrument -w -r -e do {what} {RUNNER}")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=running.adb.environment)
    assert process.stdout
    assert "STATUS_CODE: 7" in process.stdout.readline()
    return process


def test_an_apps_own_instrumentation_runs_with_main_thread_arguments_and_the_phones_properties(running: Connected) -> None:
    """An order's words arrive as they were given, and the framework's own classes say what the phone is."""
    said = running.shell(f"am instrument -w -r -e do tell -e said 'two words = \"one\"' {RUNNER}").splitlines()
    assert said[-1] == "INSTRUMENTATION_CODE: -1"
    results = dict(line.removeprefix("INSTRUMENTATION_RESULT: ").split("=", 1) for line in said[:-1])
    assert results | {"pid": "", "libraries": ""} == {
        "libraries": "", "main_sync": "true", "main_thread": "true", "model": running.shell("getprop ro.product.model"), "package": PACKAGE, "pid": "",
        "said": 'two words = "one"', "sdk": running.shell("getprop ro.build.version.sdk"),
    }  # fmt: skip


def test_statuses_come_one_by_one_and_people_are_shown_what_is_for_people(running: Connected) -> None:
    """With -r everything is printed; without it what an instrumentation has for people."""
    statuses = "".join(f"INSTRUMENTATION_STATUS: number={number}\nINSTRUMENTATION_STATUS_CODE: 1\n" for number in range(3))
    assert did(running, "statuses") == f"{statuses}INSTRUMENTATION_RESULT: stream=for people\nINSTRUMENTATION_CODE: -1"
    assert did(running, "statuses", "-w") == f"{statuses}for people"


def test_services_answer_how_the_simulated_phone_is(running: Connected) -> None:
    """Heat, charge and a wake lock, asked through the framework's own classes."""
    running.phone.fault("hot=46")
    running.phone.fault("battery=17")
    try:
        said = did(running, "conditions").splitlines()
    finally:
        running.phone.fault("heal")
    assert {"INSTRUMENTATION_RESULT: thermal=3", "INSTRUMENTATION_RESULT: level=17", "INSTRUMENTATION_RESULT: locked=true"} <= set(said)


def test_an_apps_files_are_where_a_phone_has_them(running: Connected) -> None:
    """Its own folder, and the one that is shared with adb."""
    assert f"path=/storage/emulated/0/Android/data/{PACKAGE}/files/shared.txt" in did(running, "write")
    assert running.shell(f"cat /sdcard/Android/data/{PACKAGE}/files/shared.txt /data/data/{PACKAGE}/files/own.txt") == "sharedown"


def test_lines_of_the_log_carry_the_apps_process_level_and_tag(running: Connected) -> None:
    """What it logs and what it prints."""
    running.shell("logcat -c")
    did(running, "log")
    started = next(line for line in running.shell("logcat -d -s ActivityManager").splitlines() if "Start proc" in line)
    pid = started.split("Start proc ")[1].split(":")[0]
    lines = running.shell(f"logcat -d -v brief --pid={pid}").splitlines()[1:]
    assert [line.replace(f"({pid:>5}): ", "|") for line in lines] == [
        "I/tests   |a line of its own", "E/tests   |an error", "E/tests   |of two lines", "I/System.out|printed",
    ]  # fmt: skip


def test_an_exception_that_nobody_takes_is_told_with_its_words(running: Connected) -> None:
    """As the framework's last handler and the activity manager tell it."""
    said = did(running, "throw")
    assert said == (
        "INSTRUMENTATION_RESULT: longMsg=java.lang.IllegalArgumentException: of its own making\n"
        "INSTRUMENTATION_RESULT: shortMsg=java.lang.IllegalArgumentException\nINSTRUMENTATION_CODE: 0"
    )
    assert "FATAL EXCEPTION: Instr: org.example.Runner" in running.shell("logcat -d -s AndroidRuntime")


def test_more_java_memory_than_the_heap_has_is_an_error_of_the_app(running: Connected) -> None:
    """The heap is as large as the phone says."""
    assert "shortMsg=java.lang.OutOfMemoryError" in did(running, "heap")


def test_a_native_crash_leaves_a_tombstone_and_a_crashed_process(running: Connected) -> None:
    """The signal, in words, with the address; in the log, too."""
    assert did(running, "fault") == CRASHED
    kept = running.shell("cat /data/tombstones/tombstone_00")
    assert f">>> {PACKAGE} <<<" in kept
    assert "signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0000000000000008" in kept
    assert "signal 11 (SIGSEGV)" in running.shell("logcat -d -s DEBUG")


def test_a_process_that_ends_by_itself_has_crashed_and_left_no_tombstone(running: Connected) -> None:
    """System.exit before the end is no end."""
    before = running.shell("ls /data/tombstones 2>/dev/null | wc -l")
    assert did(running, "exit") == CRASHED
    assert running.shell("ls /data/tombstones 2>/dev/null | wc -l") == before


@pytest.mark.parametrize("how", [f"am force-stop {PACKAGE}", f"kill -9 $(pidof {PACKAGE})"])
def test_an_app_that_is_killed_while_it_runs_has_crashed(running: Connected, how: str) -> None:
    """By the activity manager, and by a shell."""
    process = begun(running, "sleep")
    assert "u0_a0" in running.shell("ps -A -o USER,NAME | grep org.example")
    running.shell(how)
    assert process.communicate(timeout=60)[0].strip() == CRASHED
    assert eventually(lambda: "org.example" not in running.shell("ps -A -o NAME"))


def test_what_an_app_has_started_ends_with_it(running: Connected) -> None:
    """Also what went into a session of its own: when it is stopped, and when it has finished."""
    process = begun(running, "children")
    assert running.shell("pgrep -c -f 'sleep 471[12]'") == "2"
    running.shell(f"am force-stop {PACKAGE}")
    assert process.communicate(timeout=60)[0].strip() == CRASHED
    assert eventually(lambda: running.adb("shell", "pgrep -f 'sleep 471[12]'").out == "")
    assert did(running, "leave").endswith("INSTRUMENTATION_CODE: -1")
    assert eventually(lambda: running.adb("shell", "pgrep -f 'sleep 471[12]'").out == "")


def test_an_app_that_memory_is_taken_from_has_crashed(running: Connected) -> None:
    """The fault kill, as the kernel's killer."""
    process = begun(running, "sleep")
    running.phone.fault(f"kill={PACKAGE}")
    assert process.communicate(timeout=60)[0].strip() == CRASHED


def test_a_second_instrumentation_of_an_app_ends_the_first(running: Connected) -> None:
    """As the activity manager does."""
    process = begun(running, "sleep")
    assert did(running, "log").endswith("INSTRUMENTATION_CODE: -1")
    assert process.communicate(timeout=60)[0].strip() == CRASHED


def test_without_waiting_am_says_nothing_and_the_app_runs_on(running: Connected) -> None:
    """Without -w nobody is told."""
    assert did(running, "sleep", "-r") == ""
    assert running.shell(f"pidof {PACKAGE}").isdecimal()
    running.shell(f"am force-stop {PACKAGE}")


def test_an_app_runs_on_when_the_computer_leaves_and_is_ended_with_its_package(running: Connected, apk: Path) -> None:
    """The adb program is killed; the app is installed anew."""
    process = begun(running, "sleep")
    process.kill()
    process.communicate(timeout=60)
    assert running.shell(f"pidof {PACKAGE}").isdecimal()
    assert "Success" in running.adb("install", "-r", str(apk)).out
    assert eventually(lambda: running.adb("shell", f"pidof {PACKAGE}").code == 1)


def test_an_instrumentation_that_the_package_does_not_declare_or_does_not_have_fails(running: Connected) -> None:
    """Only what the manifest declares."""
    said = running.adb("shell", f"am instrument -w -r {PACKAGE}/org.example.Other")
    assert "Unable to find instrumentation info for: ComponentInfo{org.example.tiny/org.example.Other}" in said.out
    assert "INSTRUMENTATION_FAILED: org.example.tiny/org.example.Other" in said.err


def test_an_app_that_cannot_be_run_is_installed_and_refused_with_the_reason(running: Connected, tmp_path: Path) -> None:
    """Dex that is none: nothing is harmed, and the reason is told."""
    file = TinyApk(package="org.example.broken", files={"classes.dex": b"no dex"}).write(tmp_path / "broken.apk")
    assert "Success" in running.adb("install", str(file)).out
    said = running.adb("shell", "am instrument -w -r org.example.broken/org.example.Runner")
    assert "INSTRUMENTATION_FAILED: org.example.broken/org.example.Runner" in said.err
    assert "INSTRUMENTATION_STATUS: Error=INSTALL_FAILED_DEXOPT" in said.out
    assert "cannot be run here" in running.shell("logcat -d -s dex2oat")


def test_two_phones_run_the_same_app_at_once(running: Connected, adb: Adb, apk: Path) -> None:
    """Each has its processes and files."""
    with on() as started:
        other = Connected(started, adb.of(started.address))
        assert other.adb.becomes("device")
        assert "Success" in other.adb("install", str(apk)).out
        process = begun(running, "sleep")
        assert did(other, "log").endswith("INSTRUMENTATION_CODE: -1")
        assert running.shell(f"pidof {PACKAGE}").isdecimal()
        running.shell(f"am force-stop {PACKAGE}")
        assert process.communicate(timeout=60)[0].strip() == CRASHED


def test_a_phone_without_a_runtime_installs_apps_and_says_why_it_runs_none(adb: Adb, apk: Path, tmp_path: Path) -> None:
    """A computer without a JDK."""
    hidden = {"PATH": str(tmp_path), "JAVA_HOME": ""}
    with on(environment=hidden) as started:
        bare = Connected(started, adb.of(started.address))
        assert bare.adb.becomes("device")
        assert "Success" in bare.adb("install", str(apk)).out
        assert f"the signature of {PACKAGE} was not verified" in bare.shell("logcat -d -s PackageManager")
        said = bare.adb("shell", f"am instrument -w -r {RUNNER}")
        assert "has no JDK" in said.out
        assert "INSTRUMENTATION_FAILED" in said.err
        assert bare.adb("shell", "ls /system/bin/app_process64").code != 0

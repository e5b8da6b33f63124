"""The phone's own programs, as a person or a harness asks them."""

import re
import subprocess
import time

import pytest
from adb_tool import eventually

from conftest import Connected

pytestmark = pytest.mark.slow


def test_properties_say_what_the_phone_is(phone: Connected) -> None:
    """Also that it is simulated."""
    names = ("ro.serialno", "ro.product.model", "ro.build.version.sdk", "ro.pocketbench.simulated", "no.such.property", "sys.boot_completed")

    assert phone.shell("; ".join(f"getprop {name}" for name in names)).split("\n") == ["HEALTHY1", "P1", "34", "1", "", "1"]
    assert phone.shell("getprop no.such.property default") == "default"
    assert "[ro.product.model]: [P1]" in phone.shell("getprop").splitlines()


def test_only_properties_that_may_be_set_are_set(phone: Connected) -> None:
    """Not those of the build."""
    refused = phone.adb("shell", "setprop ro.product.model other")

    assert (refused.code, "Failed to set property" in refused.err) == (1, True)
    assert phone.shell("setprop debug.mine 'a b'; getprop debug.mine") == "a b"


def test_settings_are_read_written_and_deleted(phone: Connected) -> None:
    """Three tables; what is not set is null."""
    commands = "settings put system mine 'a b'; settings get system mine; settings delete system mine; settings get system mine"

    assert phone.shell(commands) == "a b\nDeleted 1 rows\nnull"
    assert "adb_enabled=1" in phone.shell("settings list global").splitlines()
    assert phone.adb("shell", "settings get nowhere x").code == 255


def test_the_battery_is_dumped_and_can_be_set_by_hand(phone: Connected) -> None:
    """As Android 14 prints it."""
    dumped = phone.shell("dumpsys battery")
    set_ = phone.shell("dumpsys battery set level 7; dumpsys battery unplug; dumpsys battery; dumpsys battery reset")

    assert re.search(r"^  level: 8\d$", dumped, re.MULTILINE)
    assert "USB powered: true" in dumped
    assert ("  level: 7" in set_, "USB powered: false" in set_, "status: 3" in set_) == (True, True, True)
    assert "  level: 8" in phone.shell("dumpsys battery")


def test_temperatures_are_the_same_in_the_dump_and_in_sys(phone: Connected) -> None:
    """Each sensor by its name."""
    dumped = dict(re.findall(r"mValue=([\d.]+), mType=\d+, mName=(\w+)", phone.shell("dumpsys thermalservice")))
    zones = phone.shell("cd /sys/class/thermal; for zone in *; do echo $(cat $zone/type) $(cat $zone/temp); done")

    assert [line.split()[0] for line in zones.splitlines()] == ["skin", "cpu", "gpu", "battery"]
    assert min(abs(float(value) - int(zones.split()[1]) / 1000) for value in dumped) < 0.2
    assert "Thermal Status: 0" in phone.shell("dumpsys thermalservice")


def test_a_thermal_status_can_be_set_by_hand(phone: Connected) -> None:
    """As Android lets one."""
    assert "Thermal Status: 4" in phone.shell("cmd thermalservice override-status 4; dumpsys thermalservice; cmd thermalservice reset")
    assert "Thermal Status: 0" in phone.shell("dumpsys thermalservice")


def test_frequencies_are_those_of_the_chip(phone: Connected) -> None:
    """In kHz, a folder for each core."""
    assert phone.shell("cd /sys/devices/system/cpu; cat cpu0/cpufreq/cpuinfo_max_freq cpu7/cpufreq/scaling_max_freq possible") == "2850000\n1800000\n0-7"


def test_the_screen_sleeps_and_wakes(phone: Connected) -> None:
    """By its keys, and stays on when it is told to."""
    assert "mWakefulness=Asleep" in phone.shell("input keyevent SLEEP; input keyevent KEYCODE_SLEEP; dumpsys power")
    assert "mWakefulness=Awake" in phone.shell("input keyevent KEYCODE_WAKEUP; dumpsys power")
    assert phone.shell("svc power stayon usb; settings get global stay_on_while_plugged_in; svc power stayon false") == "2"


def test_processes_are_listed_as_toybox_does(phone: Connected) -> None:
    """With headings, any field, one process alone."""
    assert phone.shell("ps").split("\n")[0].split() == ["USER", "PID", "PPID", "VSZ", "RSS", "WCHAN", "ADDR", "S", "NAME"]
    assert phone.shell("ps -p 2 -o PID=,NAME=") == "2 adbd"
    assert phone.shell("pidof adbd") == "2"
    assert phone.adb("shell", "pidof nobody").code == 1


def test_memory_of_a_process_is_dumped(phone: Connected) -> None:
    """In KiB, by name or by number."""
    assert re.search(r"TOTAL PSS: +\d+ +TOTAL RSS: +\d+", phone.shell("dumpsys meminfo adbd"))
    assert "No process found for: nobody" in phone.shell("dumpsys meminfo nobody")


def test_the_log_is_shown_filtered_and_cleared(phone: Connected) -> None:
    """By tag and level; -d ends."""
    phone.shell("logcat -c; log -t mine -p w 'a warning'; log -t mine -p d detail; log -t other text")

    assert [line.split(": ", 1)[1] for line in phone.adb("logcat", "-d", "-v", "brief", "mine:W", "*:S").out.splitlines()[1:]] == ["a warning"]
    assert phone.adb("logcat", "-d", "-t", "1", "-v", "tag", "-s", "other").out.splitlines()[1] == "I/other   : text"


def test_the_log_is_followed(phone: Connected) -> None:
    """A reader gets each line as it comes, and ends with its computer."""
    words = phone.adb.words("logcat", "-v", "raw", "-s", "followed")
    reading = subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=phone.adb.environment)
    assert reading.stdout
    try:
        time.sleep(0.5)
        phone.shell("log -t followed now")
        assert reading.stdout.readline() == b"now\n"
    finally:
        reading.kill()
        reading.communicate()

    assert eventually(lambda: "logcat" not in phone.shell("ps -A -o NAME").split())


def test_what_a_phone_lacks_is_not_found(phone: Connected) -> None:
    """No python3, no su, no service of that name."""
    assert phone.adb("shell", "python3 -V").code == 127
    assert phone.adb("shell", "su").code == 127
    assert phone.shell("dumpsys nothing 2>&1") == "Can't find service: nothing"


def test_a_board_has_python_and_none_of_android(board: Connected) -> None:
    """The Python that the harness runs on, with its packages; and getprop, by which it says what it is."""
    assert board.shell("python3 -c 'import numpy; print(numpy.__name__)'; id -u; getprop ro.pocketbench.simulated") == "numpy\n0\n1"
    assert board.adb("shell", "pm list packages").code == 127
    assert "PRETTY_NAME" in board.shell("cat /etc/os-release")

"""Every fault, as the real adb suffers it, and how the phone recovers."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from adb_tool import eventually

from conftest import Connected
from pocketbench.errors import DeviceError
from pocketbench.simulator.faults import FAULTS
from tiny_apk import TinyApk

pytestmark = pytest.mark.slow


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Ten megabytes that cannot be made smaller."""
    (tmp_path / "file").write_bytes(os.urandom(10_000_000))
    return tmp_path / "file"


def test_a_slow_cable_takes_the_time_that_it_takes(sick: Connected, file: Path) -> None:
    """Each way."""
    sick.phone.fault("rate=10MB")
    begun = time.monotonic()
    assert sick.adb("push", str(file), "/data/local/tmp/file").code == 0
    there = time.monotonic() - begun
    assert sick.adb("pull", "/data/local/tmp/file", str(file)).code == 0

    assert there > 0.9
    assert time.monotonic() - begun > 1.8


def test_a_far_phone_answers_late(sick: Connected) -> None:
    """By so much for each packet."""
    sick.phone.fault("latency=300ms")
    begun = time.monotonic()
    assert sick.shell("echo hi") == "hi"

    assert time.monotonic() - begun > 0.6


def test_a_connection_that_is_lost_in_a_push_leaves_no_half_file_and_comes_back(sick: Connected, file: Path) -> None:
    """The server connects again by itself."""
    sick.phone.fault("drop_after=3MB")

    assert sick.adb("push", str(file), "/data/local/tmp/half").code != 0
    assert sick.adb.becomes("device")
    assert eventually(lambda: sick.adb("shell", "test ! -e /data/local/tmp/half").code == 0)


def test_a_wedged_shell_says_nothing_while_files_still_travel(sick: Connected, file: Path) -> None:
    """Until it is healed: then the commands that waited run."""
    sick.phone.fault("wedge")
    waiting = subprocess.Popen(sick.adb.words("shell", "echo late"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=sick.adb.environment)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=1)
    assert sick.adb("push", str(file), "/data/local/tmp/file").code == 0
    sick.phone.fault("wedge=off")

    assert waiting.communicate(timeout=60)[0] == b"late\n"


def test_a_wedged_phone_answers_nothing(sick: Connected) -> None:
    """Not even files."""
    sick.phone.fault("wedge=all")

    with pytest.raises(subprocess.TimeoutExpired):
        sick.adb("shell", "echo hi", deadline=1)
    with pytest.raises(subprocess.TimeoutExpired):
        sick.adb("ls", "/", deadline=1)


def test_a_full_phone_takes_no_more_by_whichever_way(sick: Connected, file: Path, tmp_path: Path) -> None:
    """Push, shell and install say so in their words; df shows it; what is deleted is room again."""
    sick.shell("rm -f /data/local/tmp/*; head -c 2000000 /dev/zero > /data/local/tmp/old")
    sick.phone.fault("full=1MB")
    pushed = sick.adb("push", str(file), "/data/local/tmp/file")
    wrote = sick.adb("shell", "head -c 2000000 /dev/zero > /data/local/tmp/more")
    apk = TinyApk(files={"assets/large": bytes(3_000_000)}).write(tmp_path / "large.apk")
    installed = sick.adb("install", str(apk))

    assert "No space left on device" in pushed.all
    assert (wrote.code, "No space left on device" in wrote.err) == (1, True)
    assert "INSTALL_FAILED_INSUFFICIENT_STORAGE" in installed.err
    assert int(sick.shell("df -k /data | tail -1").split()[3]) <= 1000
    sick.shell("rm -f /data/local/tmp/*")
    assert sick.adb("shell", "head -c 2000000 /dev/zero > /data/local/tmp/more").code == 0


def test_a_pulled_cable_ends_everything_and_can_be_put_in_again(sick: Connected) -> None:
    """Commands are cut, the port refuses, the battery discharges, what ran in the background still runs."""
    sick.shell("(sleep 600 >/dev/null 2>&1 </dev/null &) ; true")
    cut = subprocess.Popen(sick.adb.words("shell", "sleep 500; echo never"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=sick.adb.environment)
    time.sleep(0.5)
    sick.phone.fault("unplug")
    assert cut.communicate(timeout=60)[0] == b""
    assert cut.returncode != 0
    assert eventually(lambda: sick.adb.state() in ("offline", ""))
    sick.phone.fault("plug")
    assert sick.adb.becomes("device")

    assert "sleep 600" in sick.shell("ps -A -o ARGS").split("\n")
    sick.phone.fault("kill=sleep")


def test_a_phone_that_is_offline_is_listed_so(sick: Connected) -> None:
    """It takes the connection and never greets."""
    sick.phone.fault("offline")

    assert sick.adb.becomes("offline")
    assert "offline" in sick.adb("shell", "true").err


def test_revoked_permission_makes_it_unauthorized(sick: Connected) -> None:
    """Until the owner accepts."""
    sick.phone.fault("unauthorized")
    assert sick.adb.becomes("unauthorized")
    assert eventually(lambda: sick.phone.state()["asking"] == 1)
    sick.phone.fault("allow")

    assert sick.adb.becomes("device")


@pytest.mark.parametrize("how", ["adb", "shell", "fault"])
def test_a_reboot_loses_what_ran_and_keeps_what_was_stored(sick: Connected, how: str) -> None:
    """The server connects again by itself; the boot is another."""
    sick.shell("echo kept > /data/local/tmp/kept; settings put global mine kept; (sleep 600 >/dev/null 2>&1 </dev/null &) ; true")
    before = sick.shell("cat /proc/sys/kernel/random/boot_id")
    {"adb": lambda: sick.adb("reboot"), "shell": lambda: sick.adb("shell", "reboot"), "fault": lambda: sick.phone.fault("reboot=0.5")}[how]()
    assert eventually(lambda: sick.adb.state() != "device")
    assert sick.adb.becomes("device")

    assert sick.shell("cat /data/local/tmp/kept; settings get global mine; ps -A -o NAME | grep -c sleep || true") == "kept\nkept\n0"
    assert sick.shell("cat /proc/sys/kernel/random/boot_id") != before
    assert float(sick.shell("cat /proc/uptime").split()[0]) < 30
    assert eventually(lambda: sick.shell("getprop sys.boot_completed") == "1")


def test_a_clock_that_jumps_is_wrong_in_date_and_log(sick: Connected) -> None:
    """By as much."""
    sick.phone.fault("clock=+2h")
    sick.shell("log -t jumped now")
    logged = float(sick.adb("logcat", "-d", "-v", "epoch", "-s", "jumped").out.splitlines()[-1].split()[0])

    assert abs(int(sick.shell("date +%s")) - time.time() - 7200) < 30
    assert abs(logged - time.time() - 7200) < 30


def test_a_hot_phone_says_so_in_sensors_and_status(sick: Connected) -> None:
    """The skin's thresholds make the status."""
    sick.phone.fault("hot=46")

    assert sick.shell("cat /sys/class/thermal/thermal_zone0/temp") == "46000"
    assert "Thermal Status: 3" in sick.shell("dumpsys thermalservice")


def test_a_throttled_phone_has_lower_frequencies(sick: Connected) -> None:
    """And a severe status."""
    sick.phone.fault("throttled=0.4")

    assert sick.shell("cat /sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq") == "1140000"
    assert "Thermal Status: 3" in sick.shell("dumpsys thermalservice")


def test_a_low_battery_is_low_everywhere(sick: Connected) -> None:
    """In the dump and in sys."""
    sick.phone.fault("battery=4")

    assert "  level: 4" in sick.shell("dumpsys battery")
    assert sick.shell("cat /sys/class/power_supply/battery/capacity /sys/class/power_supply/battery/status") == "4\nDischarging"


def test_a_phone_that_is_locked_and_restarted_keeps_its_files_from_everybody_until_it_is_unlocked(sick: Connected) -> None:
    """Before, it is only locked whenever its screen goes off, and says so where Android does."""
    ask = "dumpsys trust | grep -o 'deviceLocked=.\\|Required=.*'; dumpsys window | grep -c showing=true; ls /sdcard >/dev/null 2>&1; echo $?"
    assert sick.shell(ask).split() == ["deviceLocked=0", "Required=0x0", "0", "0"]
    sick.phone.fault("lock")
    sick.shell("input keyevent KEYCODE_WAKEUP")
    assert sick.shell(ask).split() == ["deviceLocked=1", "Required=0x0", "1", "0"]
    sick.phone.fault("reboot=0")
    assert eventually(lambda: sick.adb.state() != "device")
    assert sick.adb.becomes("device")
    assert sick.shell(ask).split() == ["deviceLocked=1", "Required=0x1", "1", "2"]
    sick.phone.fault("lock=off")

    assert sick.shell(ask).split() == ["deviceLocked=0", "Required=0x0", "0", "0"]


def test_a_process_can_be_killed_by_name(sick: Connected) -> None:
    """As the kernel does when memory is short; the log says so."""
    running = subprocess.Popen(sick.adb.words("shell", "sleep 700; echo $?"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=sick.adb.environment)
    assert eventually(lambda: "sleep 700" in sick.shell("ps -A -o ARGS").split("\n"))
    sick.phone.fault("kill=sle*")

    assert running.communicate(timeout=60)[0] == b"137\n"
    assert "Kill 'sleep'" in sick.adb("logcat", "-d", "-s", "lowmemorykiller").out


def test_a_fault_may_come_later(sick: Connected) -> None:
    """After so many seconds."""
    sick.phone.fault("battery=3@1")

    assert "  level: 8" in sick.shell("dumpsys battery")
    assert eventually(lambda: "  level: 3" in sick.shell("dumpsys battery"))


@pytest.mark.parametrize("text", ["rate=-1", "wedge=sideways", "throttled=2", "full=much"])
def test_a_fault_that_cannot_be_is_refused(sick: Connected, text: str) -> None:
    """With the reason; the phone stays as it was."""
    with pytest.raises((DeviceError, ValueError), match=r"."):
        sick.phone.fault(text)
    assert sick.shell("echo alive") == "alive"


def test_every_fault_is_tested_here_or_with_the_owner(project: Path) -> None:
    """None is forgotten."""
    files = ("test_faults_over_adb.py", "test_owner_over_adb.py", "test_termux_over_adb.py", "conftest.py")
    told = "".join((project / f"tests/simulator/{name}").read_text() for name in files)

    assert [fault.name for fault in FAULTS if f'fault("{fault.name}' not in told] == []

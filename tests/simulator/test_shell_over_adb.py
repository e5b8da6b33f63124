"""Commands over the real adb: what they print, how they end, what they are given."""

import os
import pty
import subprocess
import termios

import pytest
from adb_tool import eventually

from conftest import Connected

pytestmark = pytest.mark.slow


def test_the_phone_is_listed_with_its_model(phone: Connected) -> None:
    """As adb devices -l lists a phone on the network."""
    listed = phone.adb("devices", "-l").out

    assert f"{phone.adb.serial}" in listed
    assert "device product:phone model:P1 device:phone" in listed


def test_output_errors_and_exit_code_are_apart(phone: Connected) -> None:
    """Shell protocol v2."""
    said = phone.adb("shell", "echo out; echo err >&2; exit 7")

    assert (said.code, said.out, said.err) == (7, "out\n", "err\n")


def test_a_command_killed_by_a_signal_ends_with_128_and_its_number(phone: Connected) -> None:
    """137 for SIGKILL."""
    assert phone.adb("shell", "kill -9 $$").code == 137


def test_what_is_typed_reaches_the_command(phone: Connected) -> None:
    """Every byte, and the end."""
    given = bytes(range(256)) * 4096

    assert phone.adb("shell", "wc -c", given=given).out.strip() == str(len(given))


def test_bytes_come_as_they_are(phone: Connected) -> None:
    """exec-out and exec-in change nothing."""
    given = bytes(range(256)) * 4096
    phone.adb("exec-in", "cat > /data/local/tmp/bytes", given=given)
    assert eventually(lambda: phone.shell("stat -c %s /data/local/tmp/bytes") == str(len(given)))
    came = subprocess.run(phone.adb.words("exec-out", "cat /data/local/tmp/bytes"), capture_output=True, check=True, env=phone.adb.environment).stdout

    assert came == given


def test_a_person_at_a_terminal_gets_a_terminal_of_its_size(phone: Connected) -> None:
    """A pty on both sides; the window's size travels."""
    ours, theirs = pty.openpty()
    try:
        termios.tcsetwinsize(theirs, (40, 100))
        words = phone.adb.words("shell", "-t", "tty; stty size")
        said = subprocess.run(words, stdin=theirs, capture_output=True, timeout=20, env=phone.adb.environment, check=False)
    finally:
        for descriptor in (ours, theirs):
            os.close(descriptor)

    assert said.stdout.decode().split() == ["/dev/pts/0", "40", "100"]


def test_a_person_can_type_commands_and_leave(phone: Connected) -> None:
    """An interactive shell; its exit code is the phone's."""
    said = phone.adb("shell", "-tt", given=b"echo $((6*7))\nexit 3\n")

    assert said.code == 3
    assert "42" in said.out.split()


def test_a_command_ends_when_its_computer_leaves(phone: Connected) -> None:
    """SIGHUP, as adbd sends it."""
    leaving = subprocess.Popen(phone.adb.words("shell", "exec sleep 987"), stdin=subprocess.DEVNULL, env=phone.adb.environment)
    assert eventually(lambda: "sleep 987" in phone.shell("ps -A -o ARGS"))
    leaving.kill()
    leaving.wait()

    assert eventually(lambda: "sleep 987" not in phone.shell("ps -A -o ARGS"))


def test_the_shell_is_the_user_that_adb_has_on_a_phone(phone: Connected) -> None:
    """And it is nobody else."""
    assert phone.shell("id -u; id -un; umask; pwd") == "2000\nshell\n0000\n/"


FORBIDDEN = (
    *("touch /system/x", "touch /x", "touch /usr/x", "mknod /data/local/tmp/d b 8 0"),
    *("chroot / true", "unshare -m true", "echo 1 > /proc/sys/kernel/panic", "mount -t tmpfs none /mnt"),
)


@pytest.mark.parametrize("command", FORBIDDEN)
def test_the_shell_cannot_change_what_is_not_its_own(phone: Connected, command: str) -> None:
    """Neither the phone's system nor the computer."""
    assert phone.adb("shell", command).code != 0


def test_the_shell_sees_none_of_the_computers_processes_and_folders(phone: Connected) -> None:
    """It has a process table, a loopback and a root of its own."""
    names = phone.shell("ps -A -o NAME").split()

    assert names[:3] == ["NAME", "init", "adbd"]
    assert "home" not in phone.shell("ls /").split()
    assert phone.shell("cat /proc/net/dev | tail -n +3 | cut -d: -f1").split() == ["lo"]

"""Termux on the simulated phone: a server that its owner has started, as another user, whose token the owner reads on the screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from adb_tool import Adb, eventually
from simulated import Simulated, on

from pocketbench import serving
from pocketbench.errors import ProfileError, ServerLost
from pocketbench.simulator.inside import drivers
from pocketbench.simulator.state.profile import load

pytestmark = pytest.mark.slow


def reached(adb: Adb, token: str) -> serving.Server:
    """The server behind adb's forwarding. Raises ServerLost."""
    port = int(adb("forward", "tcp:0", "tcp:8471").out)
    try:
        return serving.connect(("127.0.0.1", port), token)
    finally:
        adb("forward", "--remove", f"tcp:{port}")


def answers(adb: Adb, token: str) -> bool:
    """Whether the server lets in who knows this token."""
    try:
        with reached(adb, token) as server:
            return server.about["program"].startswith("/data/data/com.termux/")
    except ServerLost:
        return False


@pytest.fixture(scope="module")
def phone(adb: Adb) -> Iterator[tuple[Simulated, Adb]]:
    """A stock phone that may restart at once."""
    with on("--serial", "OWNED1") as started:
        yield started, adb.of(started.address)


def test_its_server_has_this_computers_python_under_termux_own_names(phone: tuple[Simulated, Adb]) -> None:
    """Another user's process, with packages, at the usual port of the phone's loopback."""
    started, adb = phone
    with reached(adb, started.ready["termux_token"]) as server:
        how, said = server.sh("id -u; pwd; echo $HOME; python -c 'import numpy; print(numpy.ones(2).sum())'; getprop ro.serialno")

    assert how == "exit code 0"
    assert [said.splitlines()[0], *said.splitlines()[2:]] == ["10123", "/data/data/com.termux/files/home", "2.0", "OWNED1"]
    assert server.about["program"] == "/data/data/com.termux/files/usr/bin/python"


def test_its_programs_find_the_vulkan_driver_that_the_phone_has(phone: tuple[Simulated, Adb]) -> None:
    """And none where this computer has none to lend."""
    started, adb = phone
    with reached(adb, started.ready["termux_token"]) as server:
        said = server.sh('test -f "$VK_ICD_FILENAMES" && echo there')[1]

    assert (said == "there\n") == ("vulkan" in drivers.held(load("phone")).drivers)


def test_adbs_shell_enters_nothing_of_it(phone: tuple[Simulated, Adb]) -> None:
    """Neither its home nor its token; and there is no Python for adb's shell."""
    _, adb = phone
    for command in (
        "ls /data/data/com.termux",
        "cat /data/data/com.termux/files/home/token",
        "echo > /data/data/com.termux/files/home/x",
        "command -v python3",
    ):
        assert adb("shell", command).code != 0
    assert "Permission denied" in adb("shell", "ls /data/data/com.termux/files").all


def test_it_ends_and_begins_as_its_owner_says_and_is_there_again_after_a_reboot(phone: tuple[Simulated, Adb]) -> None:
    """With the token that it keeps in a file."""
    started, adb = phone
    token = started.ready["termux_token"]
    started.fault("termux=off")
    assert eventually(lambda: started.state()["termux"] is False)
    assert not answers(adb, token)
    started.fault("termux")
    assert eventually(lambda: answers(adb, token))

    started.fault("reboot=0")
    assert eventually(lambda: adb.state() != "device")
    assert eventually(lambda: "OWNED1" in adb("shell", "getprop ro.serialno").out)
    assert eventually(lambda: answers(adb, token))


def test_a_phone_whose_owner_must_start_it_says_so(adb: Adb, tmp_path: Path) -> None:
    """After a reboot nothing answers until the owner has started it."""
    (tmp_path / "byhand.toml").write_text('base = "phone"\nname = "byhand"\n\n[termux]\nat_boot = false\n')
    with on(str(tmp_path / "byhand.toml")) as started:
        connected = adb.of(started.address)
        assert answers(connected, started.ready["termux_token"])
        started.fault("reboot=0")
        assert eventually(lambda: not started.state()["termux"])
        assert eventually(lambda: connected("shell", "getprop sys.boot_completed").out == "1\n")
        assert started.state()["termux"] is False


def test_a_board_has_no_termux(tmp_path: Path) -> None:
    """It is an app of Android."""
    assert load("board").termux is None
    (tmp_path / "odd.toml").write_text('base = "board"\n\n[termux]\n')
    with pytest.raises(ProfileError, match="app of Android"):
        load(str(tmp_path / "odd.toml"))

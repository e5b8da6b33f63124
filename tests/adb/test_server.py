"""The user's server: where it is, what it sees."""

import pytest

import far_end
from far_end import FarEnd
from pocketbench.adb import Server
from pocketbench.errors import AdbMissing, PhoneUnusable


@pytest.mark.parametrize(
    ("variables", "server"),
    [
        ({}, Server("127.0.0.1", 5037)),
        ({"ANDROID_ADB_SERVER_PORT": "6000"}, Server("127.0.0.1", 6000)),
        ({"ANDROID_ADB_SERVER_ADDRESS": "10.0.0.2"}, Server("10.0.0.2", 5037)),
        ({"ADB_SERVER_SOCKET": "tcp:7000"}, Server("127.0.0.1", 7000)),
        ({"ADB_SERVER_SOCKET": "tcp:box:7000", "ANDROID_ADB_SERVER_PORT": "6000"}, Server("box", 7000)),
    ],
)
def test_the_server_is_the_one_that_adbs_variables_name(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], server: Server) -> None:
    """As the adb program reads them."""
    for name in ("ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS", "ANDROID_ADB_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert Server.of_user() == server


@pytest.mark.parametrize("port", ["abc", "0", "70000", ""])
def test_a_port_that_is_none_is_said_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    """Adbutils raises ValueError while it is imported."""
    monkeypatch.delenv("ADB_SERVER_SOCKET", raising=False)
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", port)
    with pytest.raises(AdbMissing, match="is no port of an adb server"):
        Server.of_user()


def test_a_server_that_does_not_run_has_no_version() -> None:
    """Nothing is started for the question."""
    assert Server("127.0.0.1", 1).version() is None


@pytest.mark.slow
def test_nobody_listening_at_an_address_is_told_in_adbs_words(far: FarEnd) -> None:
    """``adb connect`` succeeds with words of failure."""
    with pytest.raises(PhoneUnusable, match=r"127\.0\.0\.1:1: failed to connect"):
        far.server.connect("127.0.0.1:1")


@pytest.mark.slow
def test_a_phone_that_does_not_trust_this_computer_says_what_to_do(far: FarEnd) -> None:
    """Unlock it and allow."""
    if not far.control:
        pytest.skip("this phone trusts everybody")
    with far_end.started(far.server, "board", "--auth", "deny") as other:
        with pytest.raises(PhoneUnusable, match="it does not trust this computer") as caught:
            other.phone.shell("id")

        assert "allow USB debugging" in caught.value.hint


@pytest.mark.slow
def test_phones_that_come_and_go_are_told_as_they_do(far: FarEnd) -> None:
    """First what is there, then every change."""
    far.do("heal")  # skipped here where nothing can be broken on request, before anything watches
    told: list[tuple[str, str]] = []
    for seen in far.server.watch(8):
        told.append((seen.serial, seen.state))
        if len(told) == 1:
            far.do("unplug")

    assert told[0] == (far.address, "device")
    assert told[-1] in {(far.address, "offline"), (far.address, "absent")}

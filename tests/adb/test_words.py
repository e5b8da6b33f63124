"""What adb says, read: pure."""

import pytest

from pocketbench.adb import properties
from pocketbench.adb.seen import Seen
from pocketbench.adb.told import complaint, failure
from pocketbench.errors import AdbMissing, CommandFailed, PhoneFull, PhoneUnusable, WireCut, WireError

# Seen with adb 36.0.0 and adbd 34.0.5.
WORDS: list[tuple[str, type[WireError], bool]] = [
    ("adb: error: failed to copy 'a' to 'b': remote No space left on device", PhoneFull, False),
    ("adb: error: failed to copy 'a' to '/proc/x': remote No such file or directory", CommandFailed, False),
    ("adb: error: failed to get feature set: device 'R58' not found", PhoneUnusable, True),
    ("device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set", PhoneUnusable, True),
    ("device offline", PhoneUnusable, True),
    ("adb: error: connect failed: closed", WireCut, True),
    ("closed", WireCut, True),
    ("", WireCut, True),
    ("adb: cannot connect to daemon at tcp:5037: Connection refused", AdbMissing, False),
    ("mkdir: '/x': Read-only file system", CommandFailed, False),
]


@pytest.mark.parametrize(("words", "kind", "transient"), WORDS)
def test_adbs_words_are_told_as_the_error_that_they_mean(words: str, kind: type[WireError], transient: bool) -> None:
    """And whether another try may help."""
    error = failure(words, serial="R58", command="push", exit_status=1)

    assert (type(error), error.transient) == (kind, transient)


@pytest.mark.parametrize("words", ["cat: /dev/x: device not found", "the file is closed", "ssl: unauthorized", "cannot bind device: offline"])
def test_a_command_on_the_phone_that_speaks_as_adb_does_is_not_taken_for_adb(words: str) -> None:
    """It failed, and trying again does not help; only a full disk is one wherever that is said."""
    assert type(complaint(words, serial="R58", command="cat", exit_status=1)) is CommandFailed
    assert type(complaint(f"{words}\nsh: write: No space left on device", serial="R58", command="cat", exit_status=1)) is PhoneFull
    assert type(complaint("", serial="R58", command="cat", exit_status=137)) is WireCut


@pytest.mark.parametrize("state", ["unauthorized", "authorizing", "offline", "no", "recovery", "bootloader", "absent", "something new"])
def test_every_state_has_a_reason_and_something_to_type(state: str) -> None:
    """The states of ``adb devices -l``, and one that nobody knows."""
    seen = Seen("R58", state)

    assert not seen.usable
    assert seen.why
    assert seen.hint


def test_properties_are_read_with_values_over_lines_and_brackets() -> None:
    """Getprop's own form; what has another is left out."""
    said = "[ro.serialno]: [R58]\r\n[multi]: [one\ntwo]\n[odd]: [a]b]\nnothing\n[empty]: []\n"

    assert properties.read(said) == {"ro.serialno": "R58", "multi": "one\ntwo", "odd": "a]b", "empty": ""}

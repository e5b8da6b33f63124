"""Commands on a phone: whole answers or typed errors, and never past a deadline."""

import os
import time
from pathlib import Path

import pytest

from far_end import FarEnd
from pocketbench.adb import Phone
from pocketbench.errors import CallOverdue, CommandFailed, PhoneUnusable, WireCut

pytestmark = pytest.mark.slow

ODD = ["a b", "c'd", 'e"f', "g\nh", "..", "é", "$HOME", "*"]


def test_output_errors_and_the_exit_code_are_kept_apart(far: FarEnd) -> None:
    """What shell v2 is for."""
    said = far.phone.shell("echo out; echo err >&2; exit 7")

    assert (said.stdout, said.stderr, said.exit_code) == ("out\n", "err\n", 7)


def test_words_arrive_as_they_are(far: FarEnd) -> None:
    """Spaces, quotes, newlines, dots, letters of other alphabets, what shells would expand."""
    assert far.phone.done(["printf", "%s|", *ODD]).split("|")[:-1] == ODD


def test_a_process_that_a_signal_ended_has_the_exit_code_that_shells_give_it(far: FarEnd) -> None:
    """128 and the signal."""
    assert far.phone.shell("kill -9 $$").exit_code == 137


@pytest.mark.parametrize("command", ["sleep 30", "while :; do echo x; sleep 0.05; done"], ids=["silent", "chatty"])
def test_a_command_that_goes_on_ends_at_the_deadline(far: FarEnd, command: str) -> None:
    """For all of the call, whatever is read meanwhile: adbutils' own limit is for one read."""
    began = time.monotonic()
    with pytest.raises(CallOverdue, match="no answer within 1 s") as caught:
        far.phone.shell(command, deadline_s=1)

    assert time.monotonic() - began < 15
    assert (caught.value.serial, caught.value.command, caught.value.exit_status, caught.value.transient) == (far.address, command, None, True)


def test_more_output_than_allowed_is_no_answer(far: FarEnd) -> None:
    """A phone chooses how much it sends; this side how much it takes."""
    with pytest.raises(CommandFailed, match="says more than it may"):
        far.phone.shell("yes", limit_bytes=1 << 20)


def test_a_failing_command_raises_with_all_that_it_said(far: FarEnd) -> None:
    """Serial, command, output, errors, exit code; trying again would not help."""
    with pytest.raises(CommandFailed, match="broken") as caught:
        far.phone.done("echo half; echo broken >&2; exit 3")

    error = caught.value
    assert (error.serial, error.stdout, error.stderr, error.exit_status, error.transient) == (far.address, "half\n", "broken\n", 3, False)


def test_a_cable_pulled_in_the_middle_gives_no_part_of_an_answer(far: FarEnd) -> None:
    """The first lines came; the call fails."""
    far.do("unplug", after=1)
    with pytest.raises(WireCut, match="the connection ended before the answer did") as caught:
        far.phone.shell("echo first; sleep 20; echo last")

    assert caught.value.transient


@pytest.mark.parametrize("how", ["shell", "all"])
def test_a_wedged_phone_costs_no_more_than_the_deadline(far: FarEnd, how: str) -> None:
    """Nothing is answered any more."""
    far.do("wedge", how)
    began = time.monotonic()
    with pytest.raises(CallOverdue):
        far.phone.shell("echo here", deadline_s=1)

    assert time.monotonic() - began < 15


def test_what_is_not_attached_says_so_and_what_to_type(far: FarEnd) -> None:
    """The state, in words."""
    with pytest.raises(PhoneUnusable, match="nothing-here: no such device is attached") as caught:
        Phone(far.server, "nothing-here").shell("id")

    assert "adb devices -l" in caught.value.hint


def test_a_call_is_given_up_from_another_thread(far: FarEnd) -> None:
    """At once; afterwards calls can be made again."""
    import threading

    phone = far.phone
    phone.shell("true")
    threading.Timer(0.5, phone.give_up).start()
    began = time.monotonic()
    with pytest.raises(WireCut):
        phone.shell("sleep 30")

    assert time.monotonic() - began < 15
    phone.take_up()
    assert phone.done("echo again") == "again\n"


@pytest.mark.parametrize("way", ["push", "pull"])
def test_a_file_on_its_way_is_given_up_from_another_thread(far: FarEnd, place: str, tmp_path: Path, way: str) -> None:
    """The program that carries it ends at once, and not when it has carried it."""
    import threading

    phone, file = far.phone, tmp_path / "large"
    file.write_bytes(os.urandom(8 << 20))
    phone.send(file, f"{place}/x", deadline_s=60)
    far.do("rate", "500KB")
    threading.Timer(0.5, phone.give_up).start()
    began = time.monotonic()
    with pytest.raises(WireCut, match="given up"):
        phone.send(file, f"{place}/x", deadline_s=60) if way == "push" else phone.fetch(f"{place}/x", tmp_path / "y", deadline_s=60, limit_bytes=1 << 30)

    assert time.monotonic() - began < 15
    phone.take_up()


def test_properties_come_all_at_once(far: FarEnd) -> None:
    """One call; none where there is no Android."""
    properties = far.phone.properties()

    assert properties.get("ro.serialno", far.serial) == far.serial


def test_one_boot_has_one_id(far: FarEnd) -> None:
    """So that a restart, and two ways to one phone, are seen."""
    first = far.phone.boot()

    assert first == far.phone.boot()
    assert len(first) > 30

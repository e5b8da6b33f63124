"""The error tree."""

import pytest

from pocketbench import errors, reasons


def test_every_error_of_ours_has_its_place_in_the_tree_drawn_at_the_top() -> None:
    """The drawing is never behind the code."""
    classes = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.PocketbenchError)]

    assert [name for name in classes if name not in (errors.__doc__ or "")] == []


def test_the_hint_follows_the_message() -> None:
    """A user reads what is wrong, then what to type."""
    assert str(errors.SuiteError("wrong", hint="type this")) == "wrong\ntype this"
    assert str(errors.SuiteError("wrong")) == "wrong"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.Refused("known-limit", "x"), "known-limit"),
        (errors.Refused("made-up", "x"), "protocol"),
        (errors.DeadlinePassed("x"), "deadline"),
        (errors.MemoryExceeded("x"), "memory-limit"),
        (errors.WorkerCrashed("x"), "crashed"),
        (errors.DeviceSilent("x"), "deadline"),
        (errors.DeviceError("x"), "device-lost"),
        (errors.DataError("x"), "score-failed"),
        (errors.ToolchainMissing("x"), "toolchain-missing"),
        (errors.TaskRaised("x", type_name="ValueError"), "converter-error"),
        (OSError("disk full"), "host-error"),
        (errors.ProtocolError("x"), "protocol"),
    ],
)
def test_an_error_stands_for_a_reason_of_the_closed_list(error: Exception, reason: str) -> None:
    """Also a reason that a device made up ends as one of ours."""
    assert reasons.reason_of(error) == reason
    assert reason in reasons.REASONS

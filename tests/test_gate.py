"""The gate: who goes through, who is waited for, who is refused and why."""

from pathlib import Path
from typing import Any

import pytest

from pocketbench import gate, reasons, suite
from pocketbench.errors import SuiteError
from pocketbench.suite import Gate

SUITE = """
[suite]
name = "s"
[[model]]
name = "m"
source = "zoo:digits-cnn"
[gate]
"""


@pytest.mark.parametrize(
    ("wish", "conditions", "action", "reason"),
    [
        ({}, {"battery_percent": 1, "thermal": "shutdown", "body_celsius": 90}, "go", ""),
        ({"battery_percent": 25}, {"battery_percent": 25}, "go", ""),
        ({"battery_percent": 25}, {"battery_percent": 24, "battery": "charging"}, "wait", "low-battery"),
        ({"battery_percent": 25}, {"battery_percent": 24, "battery": "discharging"}, "refuse", "low-battery"),
        ({"battery_percent": 25}, {"battery_percent": 24}, "refuse", "low-battery"),
        ({"battery_percent": 25}, {}, "go", ""),
        ({"thermal": "none"}, {"thermal": "none"}, "go", ""),
        ({"thermal": "none"}, {"thermal": "light"}, "wait", "too-hot"),
        ({"thermal": "moderate"}, {"thermal": "light"}, "go", ""),
        ({"thermal": "critical"}, {"thermal": "emergency"}, "wait", "too-hot"),
        ({"thermal": "none"}, {"thermal": "who knows"}, "go", ""),
        ({"thermal": "none"}, {}, "go", ""),
        ({"body_celsius": 36}, {"body_celsius": 36.0}, "go", ""),
        ({"body_celsius": 36}, {"body_celsius": 36.1}, "wait", "too-hot"),
        ({"body_celsius": 36}, {"temperature_celsius": 80.0}, "go", ""),
        ({"temperature_celsius": 70}, {"temperature_celsius": 80.0}, "wait", "too-hot"),
        ({"temperature_celsius": 70}, {"temperature_celsius": "hot"}, "go", ""),
        ({"battery_percent": 25, "thermal": "none"}, {"battery_percent": 9, "thermal": "light"}, "refuse", "low-battery"),
    ],
)
def test_a_device_goes_through_waits_or_is_refused(wish: dict[str, Any], conditions: dict[str, Any], action: str, reason: str) -> None:
    """By what the suite asks and the device tells; a battery that does not charge is not waited for."""
    verdict = gate.decide(Gate(**wish), conditions, patient=True)

    assert (verdict.action, verdict.reason) == (action, reason)


def test_without_time_left_what_was_waited_for_is_refused() -> None:
    """The message names the condition and the limit, the hint what to do; the reason may go away by itself."""
    verdict = gate.decide(Gate(thermal="none"), {"thermal": "severe"}, patient=False)

    assert (verdict.action, verdict.reason) == ("refuse", "too-hot")
    assert verdict.message == "the thermal status is severe, above the none of the suite's gate"
    assert "--resume" in verdict.hint
    assert all(reasons.REASONS[reason].transient for reason in (gate.HOT, gate.LOW))


def test_a_low_battery_is_said_with_what_it_does() -> None:
    """So that one knows whether to plug it in."""
    low = {"battery_percent": 12, "battery": "not charging"}

    assert gate.decide(Gate(battery_percent=25), low, patient=True).message == "the battery has 12 %, under the 25 % of the suite's gate, and is not charging"


def test_the_limits_of_heat_are_words_for_the_device() -> None:
    """Those that cool.sh takes; a battery is no matter of cooling."""
    assert gate.limits(Gate(body_celsius=35.25, temperature_celsius=70, thermal="light", battery_percent=9)) == (
        "body_celsius=35.2",
        "temperature_celsius=70",
        "thermal=light",
    )
    assert gate.limits(Gate(battery_percent=9)) == ()


def test_a_suite_without_a_gate_asks_nothing() -> None:
    """Then devices are not asked either."""
    wished = suite.parse(SUITE.partition("[gate]")[0], file="s.toml", base=Path())

    assert not gate.asks(wished.suite.gate)
    assert gate.asks(Gate(battery_percent=1))


def test_a_suite_says_its_gate() -> None:
    """Whole numbers are degrees, too."""
    wished = suite.parse(SUITE + 'battery_percent = 30\nthermal = "light"\nbody_celsius = 36\nwait = "2min"', file="s.toml", base=Path()).suite.gate

    assert wished == Gate(battery_percent=30, thermal="light", body_celsius=36.0, wait="2min")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("battery = 30", "unknown key 'gate.battery'"),
        ("battery_percent = 101", "gate.battery_percent"),
        ('thermal = "warm"', "gate.thermal: Invalid enum value 'warm'"),
        ("body_celsius = 400", "gate.body_celsius"),
        ('wait = "soon"', "gate.wait: 'soon' is not a duration"),
    ],
)
def test_a_gate_that_cannot_be_is_a_suite_error(line: str, why: str) -> None:
    """It names the key."""
    with pytest.raises(SuiteError, match=why):
        suite.parse(SUITE + line, file="s.toml", base=Path())

"""How a device was around a phase, as a runner's report tells it: in the probes' words, and nothing that cannot be."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketbench import probes
from pocketbench.protocol import Conditions

WHOLE = Conditions(
    at="steady", thermal_status=3, battery_percent=80.04, battery_celsius=36.2, battery_status=2, plugged=2, available_bytes=5_234_491_392, low_memory=False,
    cpu_khz=(1_803_000, 1_700_000, None, 1_804_800), cpu_max_khz=(1_803_000, 1_803_000, None, 1_804_800),
    cpu_top_khz=(1_803_000, 1_803_000, 1_803_000, 2_850_000), in_front=True, awake=True, power_save=False, debuggable=False,
)  # fmt: skip


def test_what_an_app_tells_has_the_words_of_the_probes() -> None:
    """Statuses and plugs by their names in Android, cores in clusters of one ceiling; the ceiling that fell furthest is the cap."""
    assert probes.reported(WHOLE) == {
        "thermal": "severe", "battery_percent": 80.0, "battery_celsius": 36.2, "battery": "charging", "power": "usb", "battery_saver": "off",
        "available_bytes": 5_234_491_392, "low_memory": "no", "wakefulness": "awake", "app_in_front": "yes", "app_debuggable": "no",
        "frequency_mhz": 1805, "cluster0_mhz": 1803, "cluster3_mhz": 1805, "frequency_cap_percent": 63,
    }  # fmt: skip


def test_what_is_not_told_is_absent() -> None:
    """A phone of before Android 10 tells no thermal status, some none of their cores."""
    assert probes.reported(Conditions("load")) == {}
    assert probes.reported(Conditions("load", cpu_khz=(None,), cpu_max_khz=(None,), cpu_top_khz=(None,), awake=False)) == {"wakefulness": "asleep"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"thermal_status": 7}, {"thermal_status": -1}, {"thermal_status": 10**30}, {"battery_percent": 101.0}, {"battery_percent": float("nan")},
        {"battery_percent": float("inf")}, {"battery_celsius": 3276.7}, {"battery_celsius": 0.0}, {"battery_status": 1}, {"plugged": -1}, {"plugged": 3},
        {"available_bytes": 0}, {"available_bytes": -5}, {"available_bytes": 2**62},
        {"cpu_khz": (-1,), "cpu_max_khz": (10**30,), "cpu_top_khz": (-(10**30),)}, {"cpu_khz": (1_803_000,)},
    ],
)  # fmt: skip
def test_what_cannot_be_is_absent(wrong: dict[str, object]) -> None:
    """A phone may say anything; it costs that word and no more."""
    assert probes.reported(msgspec.structs.replace(Conditions("load"), **wrong)) == {}


@given(status=st.integers(), percent=st.floats(), khz=st.lists(st.integers() | st.none(), max_size=64))
def test_whatever_numbers_a_phone_tells_few_short_words_are_kept(status: int, percent: float, khz: list[int | None]) -> None:
    """Of more clusters than a phone has none is named."""
    line = Conditions("load", thermal_status=status, battery_percent=percent, cpu_khz=tuple(khz), cpu_max_khz=tuple(khz), cpu_top_khz=tuple(khz))
    found = probes.reported(line)

    assert len(found) <= 12
    assert all(len(str(value)) < 20 for value in found.values())

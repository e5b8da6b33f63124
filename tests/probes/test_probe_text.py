"""What a probe printed, as a whole: read, bounded, and never an exception but ours."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketbench import probes
from pocketbench.errors import ProtocolError
from pocketbench.probes import Look, battery, frequencies, lines, memory, processors, properties, thermal, wakefulness

SAMPLE = """pocketbench-probe 1 sample
battery: Current Battery Service state:
battery:   USB powered: true
battery:   level: 85
battery:   scale: 100
battery:   status: 2
battery:   temperature: 315
thermal: Thermal Status: 1
thermal: Current temperatures from HAL:
thermal: \tTemperature{mValue=47.5, mType=0, mName=CPU, mStatus=0}
low_power: 0
zone: 39000 cpu-0-0-usr
load: 1.50 1.20 1.00 3/999 4242
memory: MemAvailable:    1000 kB
uptime: 98765.43 400000.00
end: sample
"""
PROBE = """pocketbench-probe 1 probe
kernel: Linux 6.1.75-android14 aarch64
getprop: [ro.product.model]: [Pixel 8]
getprop: [ro.build.version.release]: [16]
feature: feature:android.hardware.vulkan.version=4206592
nnapi: /apex/com.android.neuralnetworks/lib64/libneuralnetworks.so
webview:   Current WebView package (name, version): (com.google.android.webview, 131.0.6778.39)
cores: 0-8
python: python 3.12.1
python: numpy 2.4.6
python: ai-edge-litert 2.3.0
node: v20.11.0
end: probe
"""
COOL = """pocketbench-probe 1 cool
look: 0 thermal light body_celsius 38.4 temperature_celsius 61.0
look: 10 thermal none body_celsius 35.9
end: cool
"""
READERS: list[Callable[[str], object]] = [probes.facts, probes.packages, probes.conditions, probes.cooling]
PARTS = [
    battery.read, battery.supplies, thermal.read, thermal.zones, frequencies.read, frequencies.told, memory.total, memory.available, memory.disk,
    properties.read, properties.gpu, properties.screen, wakefulness.power, wakefulness.saver, wakefulness.load, wakefulness.uptime,
]  # fmt: skip
WORDS = st.sampled_from([
    "Thermal Status: ", "Current temperatures from HAL:", "Temperature{mValue=", ", mType=3", ", mName=SKIN", ", mStatus=9}",
    "level: ", "scale: ", "temperature: ", "policy0 cpuinfo_max_freq ", "CPU part: ", "GLES:", "[ro.product.model]: [", "]",
    "\u0664", "\0", "NaN", "1e309", "-0", "99999999999999999999", "0", "7", ", ",
])  # fmt: skip
SECTIONS = st.sampled_from([
    "battery", "thermal", "zone", "cpufreq", "low_power", "power", "load", "memory", "uptime", "supply", "getprop", "python", "disk",
    "cpuinfo", "cores", "look", "end",
])  # fmt: skip
LINES = st.lists(st.one_of(st.lists(WORDS, max_size=5).map("".join), st.text(max_size=40)), max_size=8)


def test_a_sample_becomes_conditions() -> None:
    """Sections are put together: the service's temperature before the zones', the battery's where the skin has no sensor."""
    assert probes.conditions(SAMPLE) == {
        "battery_percent": 85, "battery_celsius": 31.5, "battery": "charging", "power": "usb", "battery_saver": "off", "thermal": "light",
        "body_celsius": 31.5, "temperature_celsius": 47.5, "load_1min": 1.5, "available_bytes": 1024000, "uptime_s": 98765,
    }  # fmt: skip


def test_a_probe_becomes_facts_and_packages() -> None:
    """Python's packages are told apart, for there are many."""
    assert probes.facts(PROBE) == {
        "model": "Pixel 8", "system": "Android 16", "vulkan": "1.3.0", "nnapi": "yes", "cores": 9, "architecture": "aarch64",
        "kernel": "Linux 6.1.75-android14", "python": "3.12.1", "nodejs": "20.11.0",
        "webview": "com.google.android.webview 131.0.6778.39",
    }  # fmt: skip
    assert probes.packages(PROBE) == {"numpy": "2.4.6", "ai-edge-litert": "2.3.0"}


@pytest.mark.parametrize(
    ("said", "webview"),
    [
        ("Current WebView package (name, version): (com.android.webview, 93.0.4577.82)", "com.android.webview 93.0.4577.82"),
        ("Current WebView package is null", ""),
        ("Current WebView package (name, version): nobody knows", None),
        ("nothing of it", None),
    ],
)
def test_a_webview_is_told_with_its_version_or_as_none(said: str, webview: str | None) -> None:
    """What is said in other words is not known."""
    assert probes.facts(f"{PROBE.partition('webview:')[0]}webview:   {said}\nend: probe\n").get("webview") == webview


def test_a_wait_becomes_looks_and_an_end() -> None:
    """Each look has its seconds; the last line says how it ended, and a wait that was broken off says nothing."""
    cooling = probes.cooling(COOL)

    assert cooling.ended == "cool"
    assert cooling.looks[1] == Look(10, {"thermal": "none", "body_celsius": 35.9})
    assert probes.cooling(COOL.partition("end")[0]).ended == ""


def test_a_text_that_was_cut_says_what_was_whole_in_it() -> None:
    """A level of 85 that was cut after its first digit is no level of 8."""
    cut = SAMPLE[: SAMPLE.index("85") + 1]

    assert probes.conditions(cut) == {}
    assert probes.conditions(cut + "5\n") == {"battery_percent": 85, "power": "usb"}


def test_line_ends_of_an_old_adb_and_bytes_are_read_alike() -> None:
    """Bytes that are no UTF-8 stand for themselves."""
    assert probes.conditions(SAMPLE.replace("\n", "\r\n").encode()) == probes.conditions(SAMPLE)
    assert probes.conditions(SAMPLE.encode().replace(b"end:", b"\xff\xfe\nend:")) == probes.conditions(SAMPLE)


def test_what_a_shell_says_before_the_script_is_passed_over() -> None:
    """Up to a hundred lines of it."""
    assert probes.conditions("WARNING: linker: something\n" * 99 + SAMPLE) == probes.conditions(SAMPLE)
    with pytest.raises(ProtocolError, match="no first line of that probe; it begins with 'WARNING: linker"):
        probes.conditions("WARNING: linker: something\n" * 100 + SAMPLE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begins with ''"),
        ("/system/bin/sh: sample.sh: not found\n", "begins with '/system/bin/sh"),
        (PROBE, "no first line of that probe"),
        (SAMPLE.replace("probe 1", "probe 2"), "version 2 of the probes, this is version 1"),
        ("x" * (lines.MAX_BYTES + 1), "more than the 1,048,576"),
    ],
)
def test_a_text_of_something_else_is_a_protocol_error(text: str, why: str) -> None:
    """It says what came instead."""
    with pytest.raises(ProtocolError, match=why):
        probes.conditions(text)


def test_a_device_cannot_fill_the_record() -> None:
    """Names, lines and packages end at their bounds."""
    long = "pocketbench-probe 1 probe\n" + "getprop: [ro.product.model]: [" + "x" * 5000 + "]\n" + "".join(f"python: p{number} 1\n" for number in range(3000))

    assert probes.facts(long)["model"] == "x" * 120
    assert len(probes.packages(long)) <= 501


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300), LINES.map("\n".join)))
def test_no_text_brings_another_error(text: str | bytes) -> None:
    """Garbage is a ProtocolError."""
    for read in READERS:
        with pytest.raises(ProtocolError):
            read(text)  # type: ignore[arg-type]


@given(
    st.sampled_from(["sample", "probe", "cool"]),
    st.lists(st.tuples(SECTIONS, st.one_of(st.lists(WORDS, max_size=5).map("".join), st.text(max_size=40)))),
)
def test_whatever_stands_in_a_section_gives_plain_values(script: str, said: list[tuple[str, str]]) -> None:
    """Text, whole and finite numbers; no exception."""
    text = f"pocketbench-probe 1 {script}\n" + "".join(f"{name}: {line}\n" for name, line in said)
    if script == "cool":
        found = [value for look in probes.cooling(text).looks for value in look.conditions.values()]
    else:
        found = list((probes.facts(text) if script == "probe" else probes.conditions(text)).values())

    assert all(isinstance(value, str | int | float) and value == value and abs(value if not isinstance(value, str) else 0) < 1e18 for value in found)


@given(LINES)
def test_no_dump_brings_an_error(said: list[str]) -> None:
    """Every parser takes every line."""
    for read in PARTS:
        read(said)
    processors.read(said, said)
    properties.android(properties.read(said))
    properties.linux(said, said)
    properties.vulkan(said, {})
    memory.page(said, said)

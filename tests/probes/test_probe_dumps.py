"""What phones, boards and computers say, read: dumps in ``dumps/phone_api_case.txt``, API 0 where there is none or it was not told."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pocketbench.probes import battery, frequencies, memory, processors, properties, thermal, wakefulness

DUMPS = Path(__file__).parent / "dumps"
SOURCE = re.compile(r"# (recorded|written from documentation): \S.*")


def dump(name: str) -> tuple[str, ...]:
    """The lines of a dump, below the one that says where it is from."""
    return tuple((DUMPS / f"{name}.txt").read_text(encoding="utf-8").splitlines()[1:])


CASES: list[tuple[Callable[..., Any], str, Any]] = [
    (battery.read, "pixelc_24_battery", {"battery_percent": 19, "battery_celsius": 27.5, "battery": "charging", "power": "ac"}),
    (battery.read, "galaxy_0_battery", {"battery_percent": 100, "battery_celsius": 30.9, "battery": "full", "power": "usb"}),
    (battery.read, "pixel8_34_battery-dock", {"battery_percent": 80, "battery_celsius": -4.5, "battery": "not charging", "power": "usb+dock"}),
    (
        battery.read,
        "pixel4_29_battery-faked",
        {"battery_percent": 10, "battery_celsius": 25.0, "battery": "discharging", "power": "none", "battery_faked": "yes"},
    ),
    (battery.read, "tvbox_30_battery-absent", {}),
    (battery.read, "termux_33_battery-denied", {}),
    (battery.supplies, "laptop_0_supply", {"battery_percent": 64, "battery_celsius": 31.2, "battery": "discharging", "power": "none"}),
    (battery.supplies, "nexus5x_0_supply-usb", {"battery_percent": 88, "battery": "not charging", "power": "usb"}),
    (battery.supplies, "pi5_0_supply-none", {}),
    (thermal.read, "xiaomi13tpro_36_thermal", {"thermal": "none", "skin_celsius": 34.4, "temperature_celsius": 57.9}),
    (thermal.read, "xiaomi13tpro_36_thermal-skin", {"thermal": "severe", "skin_celsius": 50.8, "temperature_celsius": 62.8}),
    (thermal.read, "pixel6_0_thermal", {"thermal": "none", "skin_celsius": 24.8, "temperature_celsius": 27.0}),
    (thermal.read, "pixel4a_0_thermal", {"thermal": "none", "skin_celsius": 30.1, "temperature_celsius": 44.1}),
    (thermal.read, "galaxy_0_thermal-own-types", {"thermal": "none", "skin_celsius": 25.3, "temperature_celsius": 24.0}),
    (thermal.read, "shield_0_thermal-cut", {"thermal": "none"}),
    (thermal.read, "nohal_30_thermal", {"thermal": "none"}),
    (thermal.read, "emulator_35_thermal-faked", {"thermal": "severe", "thermal_faked": "yes"}),
    (thermal.read, "oreo_26_thermal-absent", {}),
    (thermal.zones, "xperiax_25_zones", {"temperature_celsius": 44.0}),
    (thermal.zones, "pixel7_34_zones", {"temperature_celsius": 52.0}),
    (thermal.zones, "pi4_0_zones", {"temperature_celsius": 48.2}),
    (thermal.zones, "laptop_0_zones", {"temperature_celsius": 55.0}),
    (thermal.zones, "board_0_zones-unnamed", {"temperature_celsius": 41.5}),
    (
        frequencies.read,
        "pixel7_34_cpufreq",
        {
            "frequency_mhz": 2850, "cluster0_mhz": 930, "cluster4_mhz": 1197, "cluster6_mhz": 2850,
            "frequency_cap_percent": 100, "governor": "sched_pixel",
        },
    ),
    (
        frequencies.read,
        "pixel7_34_cpufreq-capped",
        {"frequency_mhz": 984, "cluster0_mhz": 930, "cluster6_mhz": 984, "frequency_cap_percent": 50, "governor": "powersave, sched_pixel"},
    ),
    (frequencies.read, "oldphone_26_cpufreq-cores", {"cluster0_mhz": 653, "frequency_cap_percent": 100, "governor": "interactive"}),
    (frequencies.read, "sbc2d70_0_cpufreq", {}),
    (frequencies.told, "pixel7_34_cpufreq", "4 × 1803 MHz, 2 × 2348 MHz, 2 × 2850 MHz"),
    (frequencies.told, "oldphone_26_cpufreq-cores", "4 × 1401 MHz, 2 × 1958 MHz"),
    (frequencies.told, "sbc2d70_0_cpufreq", "2 × 1700 MHz"),
    (
        lambda lines: properties.android(properties.read(lines)),
        "nexus6p_27_getprop",
        {"build": "google/angler/angler:8.1.0/OPM6.171019.030.B1/4768815:user/release-keys"},
    ),
    (
        lambda lines: properties.android(properties.read(lines)),
        "pixel7_34_getprop",
        {
            "model": "Google Pixel 7", "system": "Android 14 (API 34)", "api": 34, "build_type": "user", "chips": "Google GS201", "abis": "arm64-v8a",
            "build": "google/panther/panther:14/AP1A.240305.019.A1/11445699:user/release-keys",
        },
    ),
    (
        lambda lines: properties.android(properties.read(lines)),
        "galaxys8_28_getprop",
        {
            "model": "samsung SM-G950F", "system": "Android 9 (API 28)", "api": 28, "build_type": "user", "chips": "exynos8895",
            "abis": "arm64-v8a,armeabi-v7a,armeabi",
        },
    ),
    (
        lambda lines: properties.android(properties.read(lines)),
        "emulator_36_getprop",
        {
            "model": "Google sdk_gphone64_x86_64", "system": "Android 16 (API 36)", "api": 36, "build_type": "userdebug", "chips": "AOSP ranchu",
            "abis": "x86_64,arm64-v8a", "emulator": "yes",
        },
    ),
    (lambda lines: properties.vulkan(lines, {"ro.hardware.vulkan": "mali"}), "pixel7_34_features", "1.3.0 mali"),
    (
        properties.gpu,
        "adreno730_0_gpu",
        {"gpu": "Qualcomm Adreno (TM) 730", "gpu_driver": "OpenGL ES 3.2 V@0615.60 (GIT@16c1863, I6928db2619, 1674201211) (Date:01/19/23)"},
    ),
    (properties.screen, "pixel7_34_screen", {"screen": "1080x2400"}),
    (lambda lines: properties.linux(lines, ["Raspberry Pi 5 Model B Rev 1.0\0"]), "debian12_0_os",
     {"system": "Debian GNU/Linux 12 (bookworm)", "model": "Raspberry Pi 5 Model B Rev 1.0"}),
    (lambda lines: processors.read(lines, ["0-7"]), "pixel9_0_cpuinfo", {"processor": "2 × Cortex-A520", "cores": 8}),
    (lambda lines: processors.read(lines, ["0-3"]), "pi4_0_cpuinfo", {"processor": "2 × Cortex-A72", "cores": 4}),
    (lambda lines: processors.read(lines, []), "snapdragon855_29_cpuinfo", {"processor": "1 × Kryo 4xx Silver, 1 × Kryo 4xx Gold, 1 × 0x99:0x123", "cores": 3}),
    (lambda lines: processors.read(lines, ["0-1,4"]), "pc_0_cpuinfo", {"processor": "AMD EPYC 7763 64-Core Processor", "cores": 3}),
    (memory.total, "pixel8_34_meminfo", {"memory_bytes": 7654321 * 1024}),
    (memory.available, "pixel8_34_meminfo", {"available_bytes": 3210987 * 1024}),
    (memory.available, "oldphone_26_meminfo-without-available", {"available_bytes": 1100000 * 1024}),
    (memory.disk, "nexus5x_24_df", {"disk_free_bytes": 552580 * 1024}),
    (memory.disk, "xperiaz5_23_df-without-blocks", {}),
    (memory.disk, "toybox089_0_df", {"disk_free_bytes": 205504804 * 1024}),
    (memory.disk, "busybox135_0_df", {"disk_free_bytes": 36793984 * 1024}),
    (lambda lines: memory.page([], lines), "pixel_35_smaps", {"page_bytes": 16384}),
    (wakefulness.power, "galaxy_0_power", {"wakefulness": "awake"}),
    (wakefulness.power, "nexus5x_27_power-asleep", {"wakefulness": "dozing", "screen": "doze"}),
    (wakefulness.load, "toybox080_0_load-uptime", {"load_1min": 11.9}),
    (wakefulness.load, "linux_0_load", {"load_1min": 0.2}),
]  # fmt: skip


@pytest.mark.parametrize(("read", "name", "known"), CASES, ids=[name for _, name, _ in CASES])
def test_a_dump_says_what_it_says_and_nothing_more(read: Callable[..., Any], name: str, known: Any) -> None:
    """Every value, in its unit; what is not told, not believable or not of now is absent."""
    assert read(dump(name)) == known


def test_every_dump_says_where_it_is_from_and_is_read() -> None:
    """Its first line says recorded or written from documentation, and where; its name says phone, API level and case."""
    files = sorted(DUMPS.glob("*"))

    assert [file.name for file in files if not SOURCE.fullmatch(file.read_text(encoding="utf-8").splitlines()[0])] == []
    assert [file.name for file in files if not re.fullmatch(r"[a-z0-9]+_[0-9]+_[a-z0-9-]+\.txt", file.name)] == []
    assert {file.stem for file in files} == {name for _, name, _ in CASES}


@pytest.mark.parametrize(("said", "known"), [("1", {"battery_saver": "on"}), ("0", {"battery_saver": "off"}), ("null", {"battery_saver": "off"}), ("?", {})])
def test_the_battery_saver_is_on_or_off(said: str, known: dict[str, str]) -> None:
    """``null`` is what a phone says whose owner never touched it."""
    assert wakefulness.saver([said]) == known


@pytest.mark.parametrize(("said", "known"), [("4096", {"page_bytes": 4096}), ("undefined", {}), ("-4096", {}), ("٤٠٩٦", {})])
def test_a_page_has_a_size_that_a_page_can_have(said: str, known: dict[str, int]) -> None:
    """Digits are ASCII digits."""
    assert memory.page([said], []) == known

"""/sys: sensors, battery and frequencies as files, as probes read them. They are written anew while the phone runs."""

import os
from pathlib import Path

from pocketbench.simulator.state.phone import Phone
from pocketbench.simulator.state.profile import Profile
from pocketbench.simulator.world import kernel
from pocketbench.simulator.world.kernel import MS_NODEV, MS_NOEXEC, MS_NOSUID

SYS = Path("/sys")
_STATUS = {2: "Charging", 3: "Discharging", 4: "Not charging", 5: "Full"}


def make(place: Path, profile: Profile) -> None:
    """The files that never change. More cores than the computer has are there, and offline: that is how a phone has them when it saves power."""
    kernel.mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=4m")
    cores = sum(cluster.cores for cluster in profile.chip.cluster)
    online = min(cores, os.cpu_count() or 1)
    cpu = "devices/system/cpu"
    texts = {f"{cpu}/possible": _range(cores), f"{cpu}/present": _range(cores), f"{cpu}/online": _range(online), f"{cpu}/kernel_max": str(cores - 1)}
    first = 0
    for cluster in profile.chip.cluster:
        policy = f"{cpu}/cpufreq/policy{first}"
        texts |= {f"{policy}/cpuinfo_max_freq": str(cluster.max_khz), f"{policy}/cpuinfo_min_freq": str(cluster.min_khz)}
        texts |= {f"{policy}/scaling_min_freq": str(cluster.min_khz), f"{policy}/scaling_governor": "schedutil"}
        texts |= {f"{policy}/related_cpus": " ".join(str(core) for core in range(first, first + cluster.cores))}
        first += cluster.cores
    texts |= {f"class/thermal/thermal_zone{index}/type": sensor.name for index, sensor in enumerate(profile.sensor)}
    texts |= {f"class/thermal/thermal_zone{index}/mode": "enabled" for index in range(len(profile.sensor))}
    for name, text in texts.items():
        _write(place / name, text)
    _link_cores(place / cpu, profile)


def refresh(phone: Phone, place: Path = SYS) -> None:
    """The files that change: temperatures, frequencies, battery."""
    now = phone.seconds()
    texts = {f"class/thermal/thermal_zone{index}/temp": str(round(reading.celsius * 1000)) for index, reading in enumerate(phone.heat.readings(now))}
    first = 0
    for cluster in phone.profile.chip.cluster:
        policy, most = f"devices/system/cpu/cpufreq/policy{first}", str(phone.heat.khz(cluster.max_khz))
        texts |= {f"{policy}/scaling_max_freq": most, f"{policy}/scaling_cur_freq": most}
        first += cluster.cores
    for name, text in {**texts, **_battery(phone, now)}.items():
        _write(place / name, text)


def _battery(phone: Phone, now: float) -> dict[str, str]:
    """The battery's files, in microvolts and tenths of a degree."""
    if phone.battery is None:
        return {}
    battery, folder = phone.battery, "class/power_supply/battery"
    return {
        f"{folder}/capacity": str(battery.level(now)),
        f"{folder}/temp": str(battery.tenths(now)),
        f"{folder}/status": _STATUS.get(battery.status(now), "Unknown"),
        f"{folder}/voltage_now": str(battery.curves.millivolt * 1000),
        f"{folder}/charge_counter": str(battery.microampere_hours(now)),
        f"{folder}/technology": battery.curves.technology,
        f"{folder}/present": "1",
        "class/power_supply/usb/online": str(int(battery.usb())),
    }


def _link_cores(cpu: Path, profile: Profile) -> None:
    """Each core's own folder leads to its cluster's frequencies."""
    first = 0
    for cluster in profile.chip.cluster:
        for core in range(first, first + cluster.cores):
            (cpu / f"cpu{core}").mkdir()
            (cpu / f"cpu{core}/cpufreq").symlink_to(f"../cpufreq/policy{first}")
        first += cluster.cores


def _write(path: Path, text: str) -> None:
    """Write a file's one line where it is another; readers never see half of it."""
    line = f"{text}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != line:
        making = path.parent / ".new"
        making.write_text(line)
        making.chmod(0o444)
        os.replace(making, path)  # noqa: PTH105


def _range(count: int) -> str:
    """Cores as the kernel lists them."""
    return f"0-{count - 1}" if count > 1 else "0"

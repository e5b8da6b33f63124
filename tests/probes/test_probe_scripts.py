"""The probes as a device runs them: every shell that is here, and every userland, on a phone made of dumps."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pocketbench import probes

DUMPS = Path(__file__).parent / "dumps"
SHELLS = [words for words in (["dash"], ["bash", "--posix"], ["busybox", "sh"], ["mksh"], ["ksh"]) if shutil.which(words[0])]
# What a phone or a board has instead of this computer's own tools, where it is installed here.
TOOLS = ["", *(name for name in ("toybox", "busybox") if shutil.which(name))]
APPLETS = ("cat", "cut", "date", "df", "getconf", "grep", "sed", "sleep", "timeout", "uname", "uptime")
# Style that would make them harder to read, or that is about commands which may fail.
UNWANTED = "SC2250,SC2312"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def lines_of(name: str) -> list[str]:
    """A dump's lines, below where it is from."""
    return (DUMPS / f"{name}.txt").read_text(encoding="utf-8").splitlines()[1:]


def answer(phone: Path, command: str, dump: str = "", *, text: str = "") -> None:
    """Let the phone's ``command`` ("dumpsys battery") print a dump or a text."""
    (phone / "answers" / command.replace(" ", "-")).write_text(text or "\n".join(lines_of(dump)) + "\n", encoding="utf-8")
    program = phone / "bin" / command.split()[0]
    program.write_text(f'#!/bin/sh\nIFS=-\ncat "{phone}/answers/${{0##*/}}${{*:+-$*}}" 2>/dev/null || echo "Can\'t find service: $*"\n', encoding="utf-8")
    program.chmod(0o755)


def files(phone: Path, folder: str, **values: str) -> None:
    """Give the phone files of one line each."""
    (phone / folder).mkdir(parents=True, exist_ok=True)
    for name, value in values.items():
        (phone / folder / name).write_text(value + "\n", encoding="utf-8")


@pytest.fixture
def phone(tmp_path: Path) -> Path:
    """A Pixel 7 with Android 14, made of dumps: commands, and the files that the kernel shows."""
    for folder in ("answers", "bin"):
        (tmp_path / folder).mkdir()
    answer(tmp_path, "dumpsys battery", "pixelc_24_battery")
    answer(tmp_path, "dumpsys thermalservice", "xiaomi13tpro_36_thermal")
    answer(tmp_path, "dumpsys power", "nexus5x_27_power-asleep")
    answer(tmp_path, "dumpsys SurfaceFlinger", "adreno730_0_gpu")
    answer(tmp_path, "getprop", "pixel7_34_getprop")
    answer(tmp_path, "pm list features", "pixel7_34_features")
    answer(tmp_path, "pm path com.termux", text="package:/data/app/~~x==/com.termux-y==/base.apk\n")
    answer(tmp_path, "settings get global low_power", text="1\n")
    answer(tmp_path, "service list", text="52\tandroid.hardware.neuralnetworks.IDevice/google-edgetpu: [android.hardware.neuralnetworks]\n53\tnfc: []\n")
    answer(tmp_path, "lshal", text="DM,FC Y android.hardware.neuralnetworks@1.2::IDevice/qti-dsp   N/A        340\n")
    answer(tmp_path, "wm size", "pixel7_34_screen")
    for line in lines_of("pixel7_34_cpufreq-capped"):
        policy, name, value = line.split(" ", 2)
        files(tmp_path, f"sys/devices/system/cpu/cpufreq/{policy}", **{name: value})
    files(tmp_path, "sys/class/thermal/thermal_zone0", type="cpu-0-0-usr", temp="71000")
    files(tmp_path, "sys/devices/system/cpu", possible="0-7")
    files(tmp_path, "proc", loadavg="3.25 2.00 1.00 2/900 77", uptime="4321.99 9999.00")
    (tmp_path / "proc/meminfo").write_text("\n".join(lines_of("pixel8_34_meminfo")) + "\n", encoding="utf-8")
    (tmp_path / "proc/cpuinfo").write_text("\n".join(lines_of("pixel9_0_cpuinfo")) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(project: Path) -> Run:
    """Run a script with a shell and the tools of a userland, as ``adb shell`` would: by its path, or from standard input."""

    def start(phone: Path, script: str, *words: str, by: list[str], tools: str = "", from_stdin: bool = False) -> "subprocess.CompletedProcess[str]":
        file = project / "device_scripts/probes" / script
        path = os.pathsep.join([str(phone / "bin"), str(applets(phone, tools)) if tools else "/usr/bin:/bin"])
        program = [shutil.which(by[0]) or by[0], *by[1:], *(["-s", *words] if from_stdin else [str(file), *words])]
        return subprocess.run(
            program, input=file.read_text(encoding="utf-8") if from_stdin else "", env={"PATH": path, "PROBE_ROOT": str(phone)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return start


def applets(phone: Path, tools: str) -> Path:
    """A folder with what the probes need of one multi-call program, and nothing else."""
    folder = phone / tools
    folder.mkdir()
    for name in APPLETS:
        (folder / name).symlink_to(shutil.which(tools) or tools)
    # The phone's own commands are scripts.
    (folder / "sh").symlink_to("/bin/sh")
    return folder


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize("tools", TOOLS, ids=lambda name: name or "own")
def test_a_sample_says_how_the_phone_is(phone: Path, run: Run, shell: list[str], tools: str) -> None:
    """The same in every shell and with every userland; nothing on standard error."""
    said = run(phone, "sample.sh", by=shell, tools=tools)

    assert (said.returncode, said.stderr) == (0, "")
    assert probes.conditions(said.stdout) == {
        "battery_percent": 19, "battery_celsius": 27.5, "battery": "charging", "power": "ac", "battery_saver": "on", "thermal": "none",
        "body_celsius": 34.4, "temperature_celsius": 57.9, "frequency_mhz": 984, "cluster0_mhz": 930, "cluster6_mhz": 984,
        "frequency_cap_percent": 50, "governor": "powersave, sched_pixel", "load_1min": 3.25, "available_bytes": 3210987 * 1024,
        "wakefulness": "dozing", "screen": "doze", "uptime_s": 4321,
    }  # fmt: skip
    assert said.stdout.endswith("\nend: sample\n")


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize("tools", TOOLS, ids=lambda name: name or "own")
def test_a_probe_says_what_the_phone_is(phone: Path, run: Run, shell: list[str], tools: str) -> None:
    """Chips, cores, GPU, Vulkan, screen, memory, pages, disk."""
    said = run(phone, "probe.sh", "/", by=shell, tools=tools)
    facts = probes.facts(said.stdout)

    assert (said.returncode, said.stderr) == (0, "")
    assert facts.pop("disk_free_bytes")
    assert facts.pop("page_bytes", 4096) == os.sysconf("SC_PAGESIZE")
    assert facts.pop("kernel") == f"{os.uname().sysname} {os.uname().release}"
    assert facts.pop("architecture") == os.uname().machine
    assert {name: value for name, value in facts.items() if name not in ("python", "nodejs", "gpu_driver", "build")} == {
        "model": "Google Pixel 7", "system": "Android 14 (API 34)", "api": 34, "build_type": "user", "chips": "Google GS201", "abis": "arm64-v8a",
        "gpu": "Qualcomm Adreno (TM) 730", "vulkan": "1.3.0 mali", "nnapi": "no", "nnapi_accelerators": "google-edgetpu, qti-dsp",
        "screen": "1080x2400", "termux": "installed",
        "processor": "2 × Cortex-A520", "cores": 8,
        "clusters": "4 × 1803 MHz, 2 × 2850 MHz", "memory_bytes": 7654321 * 1024,
    }  # fmt: skip


@pytest.mark.parametrize("script", ["sample.sh", "probe.sh"])
def test_a_script_from_standard_input_says_the_same(phone: Path, run: Run, script: str) -> None:
    """So nothing need be pushed to a device to look at it."""
    pushed, piped = (run(phone, script, by=["dash"], from_stdin=from_stdin).stdout.splitlines() for from_stdin in (False, True))

    assert [line for line in piped if not line.startswith("disk:")] == [line for line in pushed if not line.startswith("disk:")]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_computer_without_any_of_it_says_what_it_has(tmp_path: Path, run: Run, shell: list[str]) -> None:
    """No Android, no files of the kernel: both scripts end well, and what is not there is absent."""
    sample, probe = (run(tmp_path, script, by=shell) for script in ("sample.sh", "probe.sh"))

    assert (sample.returncode, sample.stderr, probe.returncode, probe.stderr) == (0, "", 0, "")
    assert set(probes.conditions(sample.stdout)) <= {"load_1min"}
    assert "disk_free_bytes" in probes.facts(probe.stdout)


def test_python_tells_its_packages(tmp_path: Path, run: Run) -> None:
    """Those of the first python3 that the device finds."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").symlink_to(sys.executable)
    said = run(tmp_path, "probe.sh", by=["dash"]).stdout

    assert probes.facts(said)["python"] == sys.version.split()[0]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize(
    ("dump", "limits", "ended", "look"),
    [
        ("xiaomi13tpro_36_thermal", ["body_celsius=35"], "cool", {"thermal": "none", "body_celsius": 34.4, "temperature_celsius": 57.9}),
        ("xiaomi13tpro_36_thermal", ["body_celsius=34.3"], "late", {"thermal": "none", "body_celsius": 34.4, "temperature_celsius": 57.9}),
        ("xiaomi13tpro_36_thermal", ["thermal=none", "temperature_celsius=57"], "late", {"thermal": "none", "body_celsius": 34.4, "temperature_celsius": 57.9}),
        ("xiaomi13tpro_36_thermal-skin", ["thermal=moderate"], "late", {"thermal": "severe", "body_celsius": 50.8, "temperature_celsius": 62.8}),
        ("galaxy_0_thermal-own-types", ["thermal=none"], "cool", {"thermal": "none", "body_celsius": 25.3, "temperature_celsius": 24.0}),
        ("pixel6_0_thermal", ["body_celsius=25"], "cool", {"thermal": "none", "body_celsius": 24.8, "temperature_celsius": 27.0}),
        ("emulator_35_thermal-faked", ["thermal=severe"], "cool", {"thermal": "severe", "body_celsius": 27.5, "temperature_celsius": 71.0}),
        ("oreo_26_thermal-absent", ["body_celsius=28"], "cool", {"body_celsius": 27.5, "temperature_celsius": 71.0}),
        ("oreo_26_thermal-absent", ["temperature_celsius=70", "thermal=none"], "late", {"body_celsius": 27.5, "temperature_celsius": 71.0}),
        ("oreo_26_thermal-absent", ["thermal=none"], "unknown", {"body_celsius": 27.5, "temperature_celsius": 71.0}),
    ],
)
def test_a_phone_is_waited_for_until_it_is_cool(
    phone: Path, run: Run, shell: list[str], dump: str, limits: list[str], ended: str, look: dict[str, object]
) -> None:
    """By what can be read of what was asked for; by nothing where nothing can."""
    answer(phone, "dumpsys thermalservice", dump)
    said = run(phone, "cool.sh", *limits, "wait_s=0", by=shell)
    cooling = probes.cooling(said.stdout)

    assert (cooling.ended, said.returncode, said.stderr) == (ended, {"cool": 0, "late": 1, "unknown": 3}[ended], "")
    assert [one.conditions for one in cooling.looks] == [look]


def test_a_wait_ends_as_soon_as_the_phone_is_cool(phone: Path, project: Path) -> None:
    """A line a look, at once; hot first, cool after."""
    answer(phone, "dumpsys thermalservice", "xiaomi13tpro_36_thermal-skin")
    script = str(project / "device_scripts/probes/cool.sh")
    words, env = ["dash", script, "thermal=none", "wait_s=30", "every_s=1"], {"PATH": f"{phone / 'bin'}:/usr/bin:/bin", "PROBE_ROOT": str(phone)}
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        first = [waiting.stdout.readline(), waiting.stdout.readline()]
        answer(phone, "dumpsys thermalservice", "xiaomi13tpro_36_thermal")
        cooling = probes.cooling("".join(first) + waiting.stdout.read())

    assert first[1].startswith("look: 0 thermal severe")
    assert (cooling.ended, waiting.returncode, cooling.looks[-1].conditions["thermal"]) == ("cool", 0, "none")
    assert cooling.looks[-1].seconds <= 30


def test_a_wait_is_over_when_its_time_is(phone: Path, run: Run) -> None:
    """However long until the next look would be."""
    answer(phone, "dumpsys thermalservice", "xiaomi13tpro_36_thermal-skin")
    began = time.monotonic()
    cooling = probes.cooling(run(phone, "cool.sh", "thermal=none", "wait_s=1", "every_s=500", by=["dash"]).stdout)

    assert (cooling.ended, len(cooling.looks) <= 2) == ("late", True)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize(
    "words",
    [[], ["body_celsius=warm"], ["body_celsius=-3"], ["body_celsius=08"], ["thermal=hot"], ["wait_s=9 9", "thermal=none"], ["thermal=none", "$(reboot)"]],
)
def test_what_is_no_limit_is_refused(phone: Path, run: Run, shell: list[str], words: list[str]) -> None:
    """Exit code 2, one line that names it, and nothing on standard output."""
    said = run(phone, "cool.sh", *words, by=shell)

    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("cool.sh: ")
    assert len(said.stderr.splitlines()) == 1


def test_shellcheck_has_nothing_to_say(project: Path) -> None:
    """All its checks but two."""
    scripts = sorted(str(file) for file in (project / "device_scripts").rglob("*.sh"))
    program = Path(sys.executable).with_name("shellcheck")
    said = subprocess.run([program, "--shell=sh", "--enable=all", f"--exclude={UNWANTED}", *scripts], capture_output=True, text=True, timeout=60, check=False)

    assert len(scripts) == 3
    assert (said.returncode, said.stdout) == (0, "")

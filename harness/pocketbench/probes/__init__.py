"""What the probes in ``device_scripts/probes`` say of a device, read: pure, bounded, total.

A device runs a script and hands its text to one of these functions:

    probe.sh [FOLDER]   facts(text), packages(text)    what it is
    sample.sh           conditions(text)               how it is right now
    cool.sh LIMITS      cooling(text)                  how it was while it was waited for

and :func:`reported` reads how it was around a phase, as a runner's report tells it, in the words of ``conditions``.

What a device does not say, or says in a way that nobody knows, is absent; a text that is no such script's is a ProtocolError.
"""

from pocketbench.probes import battery, frequencies, lines, looks, memory, processors, properties, thermal, wakefulness
from pocketbench.probes.lines import Sections
from pocketbench.probes.looks import Cooling as Cooling
from pocketbench.probes.looks import Look as Look
from pocketbench.probes.reported import reported as reported
from pocketbench.probes.thermal import STATUSES as STATUSES
from pocketbench.probes.values import Facts as Facts
from pocketbench.probes.values import known, word

PROBE, SAMPLE, COOL = "probe.sh", "sample.sh", "cool.sh"
MAX_PACKAGES = 500


def facts(text: str | bytes) -> Facts:
    """Read what ``probe.sh`` printed: names and plain values, units at the ends of names.

    ``model system api build build_type chips abis simulated emulator processor architecture cores clusters memory_bytes page_bytes
    disk_free_bytes gpu gpu_driver vulkan nnapi nnapi_accelerators webview screen termux kernel python nodejs``, each only where it is known;
    ``vulkan`` and ``webview`` are "" without one, ``nnapi`` is yes or no on Android. No serial number, account or address is among them. Raises ProtocolError.
    """
    said = lines.read(text, "probe")
    kernel = [word(part) for part in next(iter(said.get("kernel", ())), "").split()]
    return {
        **_system(said),
        **processors.read(said.get("cpuinfo", ()), said.get("cores", ())),
        **known(architecture=kernel[-1] if len(kernel) > 2 else None, kernel=" ".join(kernel[:2]), clusters=frequencies.told(said.get("cpufreq", ()))),
        **memory.total(said.get("memory", ())),
        **memory.page(said.get("page", ()), said.get("smaps", ())),
        **memory.disk(said.get("disk", ())),
        **known(python=_packages(said).get("python"), nodejs=word(next(iter(said.get("node", ())), "")).removeprefix("v")),
    }


def packages(text: str | bytes) -> dict[str, str]:
    """Read of ``probe.sh`` the Python packages that the device has, with versions; at most 500. Raises ProtocolError."""
    found = _packages(lines.read(text, "probe"))
    found.pop("python", None)
    return found


def conditions(text: str | bytes) -> Facts:
    """Read what ``sample.sh`` printed: names and plain values, units at the ends of names.

    ``battery_percent battery_celsius battery battery_faked battery_saver power thermal thermal_faked body_celsius temperature_celsius
    frequency_mhz clusterN_mhz frequency_cap_percent governor load_1min available_bytes wakefulness screen uptime_s``, each only where it is
    known. ``body_celsius`` is the skin's sensor or, without one, the battery's; ``temperature_celsius`` the hottest of processor and GPU.
    Raises ProtocolError.
    """
    said = lines.read(text, "sample")
    charge = battery.read(said.get("battery", ())) or battery.supplies(said.get("supply", ()))
    heat = {**thermal.zones(said.get("zone", ())), **thermal.read(said.get("thermal", ()))}
    skin = heat.pop("skin_celsius", None)
    return {
        **charge,
        **wakefulness.saver(said.get("low_power", ())),
        **heat,
        **known(body_celsius=charge.get("battery_celsius") if skin is None else skin),
        **frequencies.read(said.get("cpufreq", ())),
        **wakefulness.load(said.get("load", ())),
        **memory.available(said.get("memory", ())),
        **wakefulness.power(said.get("power", ())),
        **wakefulness.uptime(said.get("uptime", ())),
    }


def cooling(text: str | bytes) -> Cooling:
    """Read what ``cool.sh`` printed: every look, and how it ended. Raises ProtocolError."""
    return looks.read(text)


def _system(said: Sections) -> Facts:
    """What Android or Linux says that it is."""
    found = properties.read(said.get("getprop", ()))
    if not found:
        drivers = ", ".join(word(line).removesuffix(".json") for line in said.get("vulkan", ())[:10])
        return {**properties.linux(said.get("os", ()), said.get("board", ())), "vulkan": drivers}
    return {
        **properties.android(found),
        **properties.gpu(said.get("gpu", ())),
        "vulkan": properties.vulkan(said.get("feature", ()), found),
        "nnapi": "yes" if said.get("nnapi") else "no",
        **properties.nnapi_accelerators(said.get("accelerator", ())),
        **properties.webview(said.get("webview", ())),
        **properties.screen(said.get("screen", ())),
        **known(termux="installed" if said.get("termux") else None),
    }


def _packages(said: Sections) -> dict[str, str]:
    """Python's own version and those of its packages."""
    found = (word(line).partition(" ") for line in said.get("python", ())[: MAX_PACKAGES + 1])
    return {name: version for name, _, version in found if name and version}

"""What the system says it is: ``getprop``, ``pm list features``, SurfaceFlinger and ``wm`` of Android, ``/etc/os-release`` of Linux."""

import re
from collections.abc import Iterable, Mapping

from pocketbench.probes.values import Facts, fields, known, whole, word

_PROPERTY = re.compile(r"\[([a-zA-Z0-9._-]{1,100})\]: \[(.*)\]")
_VULKAN = "android.hardware.vulkan.version"
# "Current WebView package (name, version): (com.google.android.webview, 131.0.6778.39)", since Android 8.
_WEBVIEW = re.compile(r"\(name, version\): \(([a-zA-Z0-9._]{1,100}), ([a-zA-Z0-9._-]{1,60})\)")
# An accelerator's service is called as NNAPI calls the accelerator: of AIDL (Android 12 and later) or HIDL.
_ACCELERATOR = re.compile(r"android\.hardware\.neuralnetworks(?:\.|@[0-9.]{1,10}::)IDevice/([A-Za-z0-9][A-Za-z0-9._-]{0,63})")
_SIZE = re.compile(r"[0-9]{1,5}x[0-9]{1,5}")


def read(lines: Iterable[str]) -> dict[str, str]:
    """Read ``getprop``, a line a property; values that go over several lines are left out."""
    found = (_PROPERTY.fullmatch(line.strip()) for line in lines)
    return {one[1]: word(one[2]) for one in found if one}


def android(properties: Mapping[str, str]) -> Facts:
    """Name a phone: ``model system api build build_type chips abis``; ``simulated`` and ``emulator`` are "yes" where it is one."""
    api = whole(properties.get("ro.build.version.sdk", ""), 1, 1000)
    return known(
        model=_joined(properties.get("ro.product.manufacturer", ""), properties.get("ro.product.model", "")),
        system=_system(properties.get("ro.build.version.release", ""), api),
        api=api,
        build=properties.get("ro.build.fingerprint"),
        build_type=properties.get("ro.build.type"),
        chips=_chips(properties),
        abis=properties.get("ro.product.cpu.abilist"),
        simulated="yes" if properties.get("ro.pocketbench.simulated") == "1" else None,
        emulator="yes" if "1" in (properties.get("ro.kernel.qemu"), properties.get("ro.boot.qemu")) else None,
    )


def linux(os_release: Iterable[str], board: Iterable[str]) -> Facts:
    """Name a board or a computer: ``system`` and, where the device tree has one, ``model``."""
    found = {name: value.strip("\"'") for name, value in fields(os_release, "=").items()}
    return known(system=word(found.get("PRETTY_NAME") or found.get("NAME", "")), model=word(next(iter(board), "").strip("\0")))


def gpu(lines: Iterable[str]) -> Facts:
    """Read SurfaceFlinger's line ``GLES: VENDOR, RENDERER, VERSION``: ``gpu`` and ``gpu_driver``."""
    said = next((line.partition("GLES:")[2] for line in lines if "GLES:" in line), "")
    vendor, _, rest = said.partition(",")
    renderer, _, version = rest.partition(",")
    return known(gpu=_joined(word(vendor), word(renderer)), gpu_driver=word(version))


def nnapi_accelerators(services: Iterable[str]) -> Facts:
    """Name NNAPI's accelerators, as far as the phone tells the shell of their services: "google-edgetpu, qti-dsp"; nothing where it tells of none."""
    found = (_ACCELERATOR.fullmatch(word(line)) for line in services)
    return known(nnapi_accelerators=", ".join(sorted({one[1] for one in found if one})[:20]))


def vulkan(features: Iterable[str], properties: Mapping[str, str]) -> str:
    """Say the version of Vulkan that Android declares, and the driver's name: "1.3.0 adreno"; "" without one.

    ``VK_MAKE_API_VERSION`` packs a version as major << 22 | minor << 12 | patch.
    """
    declared = fields(features, "=")
    number = whole(declared.get(f"feature:{_VULKAN}", ""), 1 << 22, (1 << 29) - 1)
    if number is None:
        return ""
    version = f"{number >> 22}.{number >> 12 & 0x3FF}.{number & 0xFFF}"
    return _joined(version, properties.get("ro.hardware.vulkan", ""))


def webview(lines: Iterable[str]) -> Facts:
    """Read ``dumpsys webviewupdate``: ``webview``, package and version of the one in use, "" where there is none; nothing where it is not told."""
    said = next((line.partition("Current WebView package")[2] for line in lines if "Current WebView package" in line), "")
    if found := _WEBVIEW.fullmatch(said.strip()):
        return {"webview": f"{found[1]} {found[2]}"}
    return {"webview": ""} if said.strip() == "is null" else {}


def screen(lines: Iterable[str]) -> Facts:
    """Read ``wm size``: ``screen``, the physical size in pixels."""
    size = fields(lines).get("Physical size", "")
    return known(screen=size if _SIZE.fullmatch(size) else None)


def _system(release: str, api: int | None) -> str:
    """Android's name and number."""
    if not release:
        return ""
    return f"Android {release} (API {api})" if api else f"Android {release}"


def _chips(properties: Mapping[str, str]) -> str:
    """The system on a chip: Android 12 and later name it, older ones by what the maker filled in."""
    named = _joined(properties.get("ro.soc.manufacturer", ""), properties.get("ro.soc.model", ""))
    others = (properties.get(f"ro.{name}", "") for name in ("hardware.chipname", "board.platform", "hardware"))
    return named or next(filter(None, others), "")


def _joined(maker: str, name: str) -> str:
    """Two words, or one where the second begins with the first."""
    return name if name.lower().startswith(maker.lower()) else word(f"{maker} {name}")

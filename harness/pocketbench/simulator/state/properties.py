"""Android's properties: those of the profile, those that commands set."""

from pathlib import Path

from pocketbench.simulator.state import kept
from pocketbench.simulator.state.profile import Profile

MAX_VALUE = 91
MAX_COUNT = 5000


class Properties:
    """Names and values; ``ro.`` cannot be set, ``persist.`` outlives a reboot in ``file``."""

    def __init__(self, profile: Profile, serial: str, *, secure: bool, file: Path) -> None:
        self._file = file
        self._values = {**_properties(profile, serial, secure=secure), **profile.properties}
        self._values |= {name: value for name, value in kept.read(file).items() if name.startswith("persist.") and isinstance(value, str)}

    def get(self, name: str) -> str:
        """The value, or "" as Android says of what is not there."""
        return self._values.get(name, "")

    def all(self) -> dict[str, str]:
        """Every property, by name."""
        return dict(sorted(self._values.items()))

    def put(self, name: str, value: str) -> None:
        """Set one, whoever asks: the phone's own services."""
        self._values[name] = value

    def set(self, name: str, value: str) -> bool:
        """Set one on behalf of a command; False where Android refuses."""
        if not name or name.startswith("ro.") or len(value.encode()) > MAX_VALUE or (name not in self._values and len(self._values) >= MAX_COUNT):
            return False
        self._values[name] = value
        if name.startswith("persist."):
            kept.write(self._file, {name: value for name, value in self._values.items() if name.startswith("persist.")})
        return True


def _properties(profile: Profile, serial: str, *, secure: bool) -> dict[str, str]:
    """What every phone of a profile comes with. ``ro.pocketbench.simulated`` is how it says what it is."""
    common = {
        "ro.pocketbench.simulated": "1",
        "ro.serialno": serial,
        "ro.boot.serialno": serial,
        "ro.product.cpu.abi": profile.architecture,
        "ro.product.manufacturer": profile.manufacturer,
        "ro.product.model": profile.model,
        "ro.product.brand": profile.manufacturer.lower(),
        "ro.product.name": profile.name,
        "ro.product.device": profile.name,
        "ro.soc.manufacturer": profile.chip.manufacturer,
        "ro.soc.model": profile.chip.model,
        "ro.hardware": profile.chip.model.lower(),
        "ro.board.platform": profile.chip.model.lower(),
    }
    return {**common, **(_android(profile, secure=secure) if profile.android else {})}


def _android(profile: Profile, *, secure: bool) -> dict[str, str]:
    """What Android adds."""
    build = f"PB{profile.sdk}.{profile.security_patch.replace('-', '')[2:]}.001"
    print_ = f"{profile.manufacturer.lower()}/{profile.name}/{profile.name}:{profile.android}/{build}/1:user/release-keys"
    return {
        "ro.product.cpu.abilist": profile.architecture,
        "ro.product.cpu.abilist64": profile.architecture,
        "ro.product.cpu.abilist32": "",
        "ro.build.version.release": profile.android,
        "ro.build.version.sdk": str(profile.sdk),
        "ro.build.version.codename": "REL",
        "ro.build.version.all_codenames": "REL",
        "ro.build.version.preview_sdk": "0",
        "ro.build.version.min_supported_target_sdk": "23",
        "ro.build.version.security_patch": profile.security_patch,
        "ro.build.version.incremental": "1",
        "ro.build.id": build,
        "ro.build.display.id": build,
        "ro.build.fingerprint": print_,
        "ro.build.type": "user",
        "ro.build.tags": "release-keys",
        "ro.build.characteristics": "default",
        "ro.adb.secure": str(int(secure)),
        "ro.debuggable": "0",
        "ro.secure": "1",
        "ro.hardware.egl": profile.drivers.get("gles", ""),
        "ro.hardware.vulkan": profile.drivers.get("vulkan", ""),
        "ro.opengles.version": "196610" if "gles" in profile.drivers else "",
        "dalvik.vm.heapsize": "512m",
        "init.svc.adbd": "running",
        "persist.sys.timezone": "GMT",
        "persist.sys.usb.config": "adb",
        "sys.usb.state": "adb",
    }

"""The app brought onto a phone and taken off again: only where it is not the same already, and every way in which a phone says no."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from pocketbench.adb import Phone, packages
from pocketbench.devices import remote_folder
from pocketbench.devices.adb_app_apk import OLDEST_API, Apk
from pocketbench.devices.adb_app_order import FILES, PACKAGE
from pocketbench.errors import CommandFailed, PhoneFull
from pocketbench.model import Refusal

INSTALL_S = 300.0
UNINSTALL_S = 60.0
LOOK_S = 30.0

# A file among the app's own, with which it goes, whose name says which process has brought the app.
MARK = "brought-"

_LOOK = f"""p=$(pm path {PACKAGE} 2>/dev/null | sed -n 's/^package://p' | head -n 1)
[ -n "$p" ] || exit 0
echo "there"
echo "sha256 $(sha256sum <"$p" 2>/dev/null | cut -c 1-64)"
dumpsys package {PACKAGE} 2>/dev/null | grep -m 1 versionName= | sed 's/^ */version /'
cd {FILES} 2>/dev/null && ls -d {MARK}* 2>/dev/null; true"""


@dataclass(frozen=True, slots=True)
class There:
    """The app that a phone has: the hash of its APK, "" where the phone lets nobody read that, and its version, "" where it does not tell.

    ``brought``: a run of this computer had brought it that is no more, and could not take it off again.
    """

    sha256: str = ""
    version: str = ""
    brought: bool = False


def look(phone: Phone) -> There | None:
    """What is installed there; None for nothing. Raises WireError."""
    return read(phone.shell(_LOOK, deadline_s=LOOK_S, called="look for the app").stdout)


def read(said: str) -> There | None:
    """Read what was found; None where there is no app."""
    lines = said.splitlines()
    if "there" not in lines:
        return None
    sha256 = next((found[1] for line in lines if (found := re.fullmatch(r"sha256 ([0-9a-f]{64})", line))), "")
    version = next((found[1] for line in lines if (found := re.fullmatch(r"version versionName=(\S{1,100})", line))), "")
    return There(sha256, version, any(line.startswith(MARK) and remote_folder.is_left(line.removeprefix(MARK)) for line in lines))


def remember(phone: Phone, *, brought: bool) -> None:
    """Let later runs of this computer know that the app is to be taken off, or is to stay, where a phone lets one write that. Raises WireError."""
    mark = f"{FILES}/{MARK}{remote_folder.of_this_process(secrets.token_hex(4))}"
    phone.shell(f"mkdir -p {FILES} && : >{mark}; true" if brought else f"rm -f {FILES}/{MARK}*", deadline_s=LOOK_S, called="mark the app")


def beforehand(apk: Apk, facts: Mapping[str, str | int | float], name: str) -> Refusal | None:
    """Why a phone will not take the app, as far as its facts tell; None where it may."""
    api, abis = facts.get("api"), str(facts.get("abis", "")).replace(" ", "").split(",")
    if api is None:
        return Refusal("admit", "no-runner", f"{name}: the app is for Android, and this is none")
    if isinstance(api, (int, float)) and api < OLDEST_API:
        return Refusal("admit", "device-too-old", f"{name}: the app needs Android 8 (API {OLDEST_API}), and this is API {api}")
    if apk.abis and any(abis) and not set(apk.abis) & set(abis):
        return Refusal(
            "admit", "abi-missing", f"{name}: the app has libraries for {', '.join(apk.abis)}, and this is {', '.join(abis)}", "pocketbench app build --abi"
        )
    return None


def install(phone: Phone, apk: Apk, name: str) -> Refusal | None:
    """Install the app, over an older one of ours. Why the phone does not take it, None where it does. Raises WireError for what may go away by itself."""
    try:
        packages.install(phone, apk.path, deadline_s=INSTALL_S)
    except PhoneFull as error:
        return Refusal("admit", "device-full", f"{name}: no room for the app ({apk.path.stat().st_size >> 20} MiB)", error.hint or "free some space on it")
    except CommandFailed as error:
        return refusal(packages.reason(error.stderr), error.message, phone.serial, name)
    return None


def uninstall(phone: Phone) -> None:
    """Take the app off. Raises WireError."""
    packages.uninstall(phone, PACKAGE, deadline_s=UNINSTALL_S)


def refusal(reason: str, message: str, serial: str, name: str) -> Refusal:
    """What Android's reason means, with what to type."""
    taking_off = f"adb -s {serial} uninstall {PACKAGE}"
    if reason in ("INSTALL_FAILED_UPDATE_INCOMPATIBLE", "INSTALL_FAILED_SHARED_USER_INCOMPATIBLE"):
        said = "an app of this name is there that was signed with another key, and only its owner may take it off"
        return Refusal("admit", "device-refused", f"{name}: {said}", f"{taking_off} (its data goes with it)")
    if reason == "INSTALL_FAILED_VERSION_DOWNGRADE":
        return Refusal("admit", "device-refused", f"{name}: a newer version of the app is there", taking_off)
    if reason in ("INSTALL_FAILED_NO_MATCHING_ABIS", "INSTALL_FAILED_CPU_ABI_INCOMPATIBLE"):
        return Refusal("admit", "abi-missing", f"{name}: the app has no libraries for its processor", "pocketbench app build --abi")
    if reason == "INSTALL_FAILED_OLDER_SDK":
        return Refusal("admit", "device-too-old", f"{name}: its Android is older than the app needs (API {OLDEST_API})")
    if reason in ("INSTALL_FAILED_USER_RESTRICTED", "INSTALL_FAILED_ABORTED", "INSTALL_FAILED_VERIFICATION_FAILURE"):
        hint = "unlock it and answer its question; some phones have a switch of their own: Developer options, Install via USB"
        return Refusal("admit", "device-refused", f"{name}: the app was refused on the phone ({reason})", hint)
    return Refusal("admit", "device-refused", f"{name}: {message}"[:500])

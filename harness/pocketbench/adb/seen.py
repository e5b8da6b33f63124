"""What the adb server sees: serial, state, and for people why a phone cannot be used and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

USABLE = "device"

# The states that adb has words for (its SYNC and OVERVIEW documents, and `adb devices -l`), what each means, and what to do.
_STATES: dict[str, tuple[str, str]] = {
    "unauthorized": ("it does not trust this computer", "unlock it and allow USB debugging; if it asks nothing: adb -s {serial} reconnect"),
    "authorizing": ("it is being asked whether it trusts this computer", "unlock it and allow USB debugging"),
    "connecting": ("adb is still connecting", "wait a moment, then try again"),
    "offline": ("adb sees it, and it does not answer", "adb -s {serial} reconnect, or unplug it and plug it in again"),
    "no": (
        "this computer may not open its USB device",
        "on Debian and Ubuntu: sudo apt install android-sdk-platform-tools-common, then plug it in again",
    ),
    "bootloader": ("it is in its boot loader", "fastboot reboot"),
    "recovery": ("it is in recovery mode", "adb -s {serial} reboot"),
    "rescue": ("it is in rescue mode", "adb -s {serial} reboot"),
    "sideload": ("it waits for a package to be sideloaded", "adb -s {serial} reboot"),
    "host": ("it is another computer", "choose another device"),
    "detached": ("another program has taken it from adb", "adb -s {serial} attach"),
    "absent": ("no such device is attached", "adb devices -l lists what is; for one in the network: adb connect ADDRESS"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of ``adb devices -l``: the transport's serial, its state, and what else adb says (model, product, transport_id)."""

    serial: str
    state: str
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether commands can be sent to it."""
        return self.state == USABLE

    @property
    def model(self) -> str:
        """The model's name as adb gives it, "" where it gives none."""
        return self.about.get("model", "").replace("_", " ")

    @property
    def why(self) -> str:
        """Why it cannot be used, "" when it can."""
        return "" if self.usable else _STATES.get(self.state, (f"adb says that it is {self.state!r:.40}", ""))[0]

    @property
    def hint(self) -> str:
        """What to type or do about it, "" when it can be used."""
        return "" if self.usable else _STATES.get(self.state, ("", "adb reconnect offline"))[1].format(serial=self.serial)

"""Who answers at the end of a wire: its own serial number, never the port or cable that it is reached by, and what kind of device it is."""

import re
from collections.abc import Mapping

from pocketbench.remote import Remote

SERIALS = ("ro.serialno", "ro.boot.serialno")
_NONE = ("", "unknown", "0", "0123456789abcdef", "none")
_BOARD = "{ cat /proc/device-tree/serial-number 2>/dev/null | tr -d '\\000'; echo; cat /etc/machine-id 2>/dev/null; } | grep -m 1 ."


def name(remote: Remote, properties: Mapping[str, str]) -> str:
    """The serial number, of a board its own or that of its system; where there is none, how it is attached. Only letters, digits, dot, line and hyphen.

    Raises WireError.
    """
    told = next((properties[key] for key in SERIALS if properties.get(key, "").lower() not in _NONE), "")
    told = told or remote.shell(_BOARD, called="ask for its serial number").stdout.strip() or remote.serial
    return re.sub(r"[^A-Za-z0-9._-]", "_", told).lstrip(".-")[:64] or "unnamed"


def kind(properties: Mapping[str, str]) -> str:
    """What says that it is simulated is, what has an Android is a phone, anything else a board."""
    if properties.get("ro.pocketbench.simulated") == "1":
        return "simulated"
    return "phone" if is_android(properties) else "board"


def is_android(properties: Mapping[str, str]) -> bool:
    """Whether a device has an Android."""
    return "ro.build.version.sdk" in properties

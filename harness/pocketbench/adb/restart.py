"""A phone restarted and waited for."""

import time

from pocketbench.adb import binary
from pocketbench.adb.phone import Phone
from pocketbench.errors import PhoneUnusable, WireError

ASK_S = 30.0
LOOK_EVERY_S = 1.0


def restart(phone: Phone, deadline_s: float) -> None:
    """Ask it to restart, and wait until it is another boot and Android says that it has started. Raises PhoneUnusable, also once it is given up."""
    until, before = time.monotonic() + deadline_s, _boot(phone)
    binary.run([*phone.server.words, "-s", phone.serial, "reboot"], deadline_s=min(ASK_S, deadline_s), serial=phone.serial)
    while not _started(phone, before):
        if time.monotonic() > until or phone.given_up():
            raise PhoneUnusable(f"{phone.serial}: not back {deadline_s:g} s after a restart", serial=phone.serial, command="adb reboot")
        time.sleep(LOOK_EVERY_S)


def _started(phone: Phone, before: str) -> bool:
    """Whether it has started anew and answers."""
    if ":" in phone.serial:
        _reconnect(phone)
    try:
        now = phone.boot()
        said = phone.properties().get("sys.boot_completed", "1")
    except WireError:
        return False
    return said == "1" and (not before or now != before)


def _boot(phone: Phone) -> str:
    """The id of this boot, "" where it can no longer be asked."""
    try:
        return phone.boot()
    except WireError:
        return ""


def _reconnect(phone: Phone) -> None:
    """Attach a phone in the network again; not every server does by itself."""
    try:
        if not phone.server.of(phone.serial).usable:
            phone.server.connect(phone.serial)
    except WireError:
        return

"""Apps put onto a phone and taken off again."""

import re
from pathlib import Path

from pocketbench.adb import binary
from pocketbench.adb.phone import Phone
from pocketbench.adb.told import failure
from pocketbench.errors import CommandFailed, PhoneFull, WireCut, WireError
from pocketbench.remote.answers import Said

# What adb says when the phone was gone before it gave an answer, as it does when a cable is pulled: there is nothing behind the APK's name.
_UNANSWERED = re.compile(r"adb: failed to (?:install|uninstall) .*: *$", re.MULTILINE)
_REASON = re.compile(r"Failure \[(?:DELETE_FAILED_INTERNAL_ERROR|([A-Z_]+))")


def install(phone: Phone, apk: Path, *, deadline_s: float) -> None:
    """Install an APK, over an older one of the same signature, allowing test-only ones; streamed where the phone can.

    adb's own way rather than adbutils', which prints, and sends to a name that others use too. Raises CommandFailed with Android's
    reason, PhoneFull, CallOverdue.
    """
    try:
        _done(phone, ["install", "-r", "-t", str(apk)], deadline_s)
    except WireCut as error:
        if "abb_exec" not in error.stderr:
            raise
        # It promises to take streams and does not (Debian's adbd 34.0.5).
        _done(phone, ["install", "--no-streaming", "-r", "-t", str(apk)], deadline_s)


def uninstall(phone: Phone, package: str, *, deadline_s: float) -> bool:
    """Take an app off; whether it was there. Raises CommandFailed, CallOverdue, WireCut."""
    if not installed(phone, package):
        return False
    _done(phone, ["uninstall", package], deadline_s)
    return True


def reason(said: str) -> str:
    """Android's reason in what was said, as ``INSTALL_FAILED_OLDER_SDK``; "" where there is none. Pure."""
    return next((found[1] or "" for found in _REASON.finditer(said)), "")


def unanswered(said: str) -> bool:
    """Whether a phone was gone before it said what became of an app, which may be there then or not. Pure."""
    return _UNANSWERED.search(said) is not None


def installed(phone: Phone, package: str) -> bool:
    """Whether there is an app of this name."""
    return bool(phone.shell(["pm", "path", package]).stdout.startswith("package:"))


def _done(phone: Phone, words: list[str], deadline_s: float) -> None:
    """Run a command of adb that must say Success."""
    said = binary.run([*phone.server.words, "-s", phone.serial, *words], deadline_s=deadline_s, serial=phone.serial, given_up=phone.given_up)
    if said.exit_code or "Success" not in said.stdout:
        raise _refused(phone, " ".join(["adb", *words]), said)


def _refused(phone: Phone, command: str, said: Said) -> WireError:
    """The error that Android's reason stands for, else adb's words."""
    both = f"{said.stdout}\n{said.stderr}"
    line = next((line.strip() for line in both.splitlines() if "Failure [" in line), "")
    if reason(both) in ("INSTALL_FAILED_INSUFFICIENT_STORAGE", "INSTALL_FAILED_MEDIA_UNAVAILABLE"):
        return PhoneFull(f"{phone.serial}: {command:.200}: {line:.300}", serial=phone.serial, command=command, stderr=both, exit_status=said.exit_code)
    if line:
        return CommandFailed(f"{phone.serial}: {command:.200}: {line:.300}", serial=phone.serial, command=command, stderr=both, exit_status=said.exit_code)
    if unanswered(both):
        return WireCut(f"{phone.serial}: {command:.200}: no answer", serial=phone.serial, command=command, stderr=both, exit_status=said.exit_code)
    return failure(said.stderr or said.stdout, serial=phone.serial, command=command, exit_status=said.exit_code)

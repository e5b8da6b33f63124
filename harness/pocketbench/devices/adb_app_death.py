"""Why the app's process died, as Android's log has it: pure.

The forms are those of AOSP: debuggerd (tag DEBUG), libc's signal handler, AndroidRuntime, ActivityManager, lowmemorykiller (tag lmkd too).
"""

import re
from dataclasses import dataclass

from pocketbench.devices.adb_app_order import PACKAGE, TAG, begun

_MESSAGE = re.compile(r"^[-0-9 :.]+ +[0-9]+ +[0-9]+ [VDIWEFA] +(.*?) *: (.*)$")
_SIGNAL = re.compile(r"(?:Fatal )?signal [0-9]+ \([A-Z0-9]+\)[^\n]{0,120}")
_KILLED = re.compile(rf"Killing [0-9]+:{re.escape(PACKAGE)}\S* \(adj [^)]*\): (.{{1,200}})")
_MEMORY = re.compile(rf"[Kk]ill(?:ing)? '{re.escape(PACKAGE)}'")
_OURS = f"stop {PACKAGE}"


@dataclass(frozen=True, slots=True)
class Death:
    """A reason from the closed list, and Android's own words, "" where the log has none."""

    reason: str = "crashed"
    words: str = ""


def cause(log: str, order: str) -> Death:
    """Find why the process that carried out ``order`` died, in a log of the form threadtime. What came before the order was begun is left out."""
    lines = [(found[1], found[2]) for line in since(log, order).splitlines() if (found := _MESSAGE.match(line))]
    if any(tag.lower() in ("lowmemorykiller", "lmkd") and _MEMORY.search(text) for tag, text in lines):
        return Death("memory-limit", "Android ended it for want of memory")
    for tag, text in lines:
        if tag in ("DEBUG", "libc") and (found := _SIGNAL.search(text)):
            return Death(words=_with_message(found[0].strip(), lines))
    for number, (tag, text) in enumerate(lines):
        if tag == "AndroidRuntime" and text.startswith("FATAL EXCEPTION"):
            return Death(
                words=next((text for tag, text in lines[number + 1 : number + 4] if tag == "AndroidRuntime" and ":" in text and "PID" not in text), text)
            )
    killed = [found[1] for tag, text in lines if tag == "ActivityManager" and (found := _KILLED.search(text)) and _OURS not in found[1]]
    return Death(words=f"Android ended it: {killed[-1]}" if killed else "")


def since(log: str, order: str) -> str:
    """The part of a log since the order was begun; all of it where the log no longer has that."""
    mark = f"{TAG}: {begun(order)}"
    squeezed = re.sub(rf"\b{TAG} +:", f"{TAG}:", log)
    return squeezed.rpartition(mark)[2] if mark in squeezed else log


def _with_message(signal: str, lines: list[tuple[str, str]]) -> str:
    """A signal, and the message of an abort where there is one."""
    message = next((text for tag, text in lines if tag == "DEBUG" and text.startswith("Abort message")), "")
    return f"{signal}; {message}"[:300] if message else signal[:300]

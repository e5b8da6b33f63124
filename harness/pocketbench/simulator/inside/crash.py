"""What a phone writes of a process that a signal ended: a tombstone, in its log and in /data/tombstones."""

import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from pocketbench.simulator.state.phone import Phone

FOLDER = Path("/data/tombstones")
MOST = 32  # of them; the oldest is written over, as tombstoned does
MAX_BYTES = 1 << 20
FRAMES = 32
_SIGNAL = re.compile(r"si_signo: \d+ \((SIG[A-Z]+)\), si_code: (-?\d+) \((\w+)\)(?:, si_addr: (0x[0-9a-f]+))?")
_FRAME = re.compile(r"^[CVvj]\s+\[([\w.+-]+)\+(0x[0-9a-f]+)\]\s*(.*)$", re.MULTILINE)
# What crashes of its own accord, and is worth a tombstone; killed processes leave none.
FATAL = (signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGSYS, signal.SIGTRAP)


@dataclass(frozen=True, slots=True)
class Crash:
    """A process's end: its number, name, app id, the signal that ended it, and what the runtime wrote of it ("" for nothing)."""

    pid: int
    name: str
    user: int
    signal: int
    known: str


def tell(phone: Phone, crash: Crash) -> None:
    """Write the tombstone. One that does not fit on the phone is in its log all the same."""
    text = tombstone(phone, crash)
    for line in text.splitlines():
        phone.say("F", "DEBUG", line, pid=crash.pid)
    try:
        FOLDER.mkdir(exist_ok=True)
        held = sorted(FOLDER.glob("tombstone_??"), key=lambda path: path.stat().st_mtime)
        place = held[0] if len(held) >= MOST else FOLDER / f"tombstone_{len(held):02d}"
        place.write_text(text)
    except OSError as error:
        phone.say("E", "tombstoned", f"failed to write a tombstone: {error.strerror}")


def read(file: Path) -> str:
    """What the runtime wrote, "" for nothing."""
    try:
        with file.open(errors="replace") as held:
            return held.read(MAX_BYTES)
    except OSError:
        return ""


def tombstone(phone: Phone, crash: Crash) -> str:
    """The text, in debuggerd's form as far as anything is known."""
    found = _SIGNAL.search(crash.known)
    found = found if found and found[1] in signal.Signals.__members__ else None
    name = found[1] if found else signal.Signals(crash.signal).name
    code, meaning, address = (found[2], found[3], found[4] or "--------") if found else ("-1", "SI_QUEUE", "--------")
    when = time.strftime("%Y-%m-%d %H:%M:%S+0000", time.gmtime(phone.clock.wall()))
    frames = "".join(
        f"      #{number:02d} pc {int(offset, 16):016x}  {library}{f' ({place.strip()})' if place.strip() else ''}\n"
        for number, (library, offset, place) in enumerate(_FRAME.findall(crash.known)[:FRAMES])
    )
    return (
        "*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***\n"
        f"Build fingerprint: '{phone.properties.get('ro.build.fingerprint')}'\nRevision: '0'\nABI: '{phone.profile.architecture}'\n"
        f"Timestamp: {when}\nCmdline: {crash.name}\npid: {crash.pid}, tid: {crash.pid}, name: {crash.name[:15]}  >>> {crash.name} <<<\nuid: {crash.user}\n"
        f"signal {int(signal.Signals[name])} ({name}), code {code} ({meaning}), fault addr {address}\n" + (f"\nbacktrace:\n{frames}" if frames else "")
    )

"""adb's and adbutils' ways of failing, told as ours: whose turn it is, which call, what was said, whether another try may help.

adb says what went wrong in a line of English; which words mean what was seen with adb 36.0.0 (client and server) and adbd 34.0.5.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pocketbench.adb.seen import Seen
from pocketbench.errors import AdbGone, AdbMissing, CallOverdue, CommandFailed, PhoneFull, PhoneUnusable, WireCut, WireError
from pocketbench.remote.answers import first_line

_FULL = ("no space left on device", "disk quota exceeded")
_CUT = ("closed", "connect failed", "eof", "protocol fault", "connection reset", "broken pipe", "connection refused", "transport", "couldn't read")
_STATES = {
    "not found": "absent",
    "no devices": "absent",
    "unauthorized": "unauthorized",
    "still authorizing": "authorizing",
    "still connecting": "connecting",
    "offline": "offline",
    "insufficient permissions": "no",
}
_SERVER = ("cannot connect to daemon", "failed to start daemon", "cannot bind")


def unusable(seen: Seen, command: str = "") -> PhoneUnusable:
    """The error that a phone's state stands for."""
    return PhoneUnusable(f"{seen.serial}: {seen.why}", hint=seen.hint, serial=seen.serial, command=command)


def failure(said: str, *, serial: str, command: str, exit_status: int | None = None) -> WireError:
    """The error that words of adb stand for."""
    words = first_line(said.rpartition("adb: error: ")[2] or said)
    low = words.lower()
    shown = f"{serial}: {first_line(command):.120}: {words or 'failed without a word'}"
    if any(word in low for word in _SERVER):
        return AdbMissing(shown, serial=serial, command=command, stderr=said, exit_status=exit_status)
    full = any(word in low for word in _FULL)
    if not full and (state := _state(low)):
        return unusable(Seen(serial, state), command)
    if not full and any(re.search(rf"\b{word}\b", low) for word in _CUT):
        return WireCut(shown, serial=serial, command=command, stderr=said, exit_status=exit_status)
    return complaint(words, serial=serial, command=command, exit_status=exit_status)


def complaint(said: str, *, serial: str, command: str, exit_status: int | None = None) -> WireError:
    """The error that words of a command on the phone stand for: none of them is about adb, and one that was ended has none."""
    words = first_line(said)
    if any(word in said.lower() for word in _FULL):
        message, hint = f"{serial}: no space left on it ({first_line(command):.60})", "free some space on it, then run … --resume last goes on"
        return PhoneFull(message, serial=serial, command=command, stderr=said, exit_status=exit_status, hint=hint)
    message = f"{serial}: {first_line(command):.120}: {words or 'failed without a word'}"
    return (CommandFailed if words else WireCut)(message, serial=serial, command=command, stderr=said, exit_status=exit_status)


@contextmanager
def told(serial: str, command: str, deadline_s: float) -> Iterator[None]:
    """Turn whatever a call through adbutils raises into one of our errors, what cannot be read of an answer with it."""
    from adbutils import errors

    from pocketbench.adb.wire import TooMuch

    try:
        yield
    except (TimeoutError, errors.AdbTimeout) as error:
        raise CallOverdue(f"{serial}: {first_line(command):.120}: no answer within {deadline_s:g} s", serial=serial, command=command) from error
    except TooMuch as error:
        raise CommandFailed(f"{serial}: {first_line(command):.120}: says more than it may", serial=serial, command=command) from error
    except ConnectionRefusedError as error:
        raise AdbGone("the adb server is gone", hint="adb start-server", serial=serial, command=command) from error
    except (EOFError, OSError, ValueError, AssertionError, IndexError) as error:
        raise WireCut(f"{serial}: {first_line(command):.120}: the connection ended before the answer did", serial=serial, command=command) from error
    except errors.AdbError as error:
        raise failure(str(error), serial=serial, command=command) from error


def _state(low: str) -> str:
    """The state that the server says a device is in, "" where it speaks of something else."""
    if "device" not in low:
        return ""
    return next((state for word, state in _STATES.items() if word in low), "")

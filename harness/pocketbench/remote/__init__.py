"""What stands at the end of a wire: a phone or a board, whichever wire it is. Files and their hashes there; :mod:`adb` and :mod:`ssh` are the wires.

    Remote ── shell, done ─▶ Said
           ── transfer: push, pull · hashing

A transport is dumb: it knows no orders and no runs. Every call has a deadline for all of it, and ends either with what was
asked for, whole, or with one of the errors under :class:`pocketbench.errors.WireError`; never with a part of an answer.
What a device says is untrusted: bounded by the transport, read by pure functions elsewhere.
"""

import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

from pocketbench.errors import WireError
from pocketbench.remote.answers import Said

SHELL_S = 20.0
SHELL_BYTES = 8 << 20

# Hears which share of a file has gone, 0 to 1.
Share = Callable[[float], None]


class Remote(ABC):
    """One device at the end of a wire. ``serial`` is how it is reached, for messages. Threads may share one."""

    serial: str

    @abstractmethod
    def shell(self, command: str | Sequence[str], *, deadline_s: float = SHELL_S, limit_bytes: int = SHELL_BYTES, called: str = "") -> Said:
        """Run a command, a text for its shell or words that are quoted for it, to its end; what it writes is kept apart and complete, or not at all.

        Raises CallOverdue after ``deadline_s`` seconds (what was started goes on there), WireCut, PhoneUnusable, and CommandFailed for more
        than ``limit_bytes`` of output. An exit code that is not 0 is no error here. Errors call the command ``called``, or by its own first line.
        """

    @abstractmethod
    def send(self, local: Path, remote: str, *, deadline_s: float, listen: Share | None = None) -> None:
        """Write a file there, in a folder that is there. Raises PhoneFull, CallOverdue, WireCut, PhoneUnusable, CommandFailed; half of it may be there then."""

    @abstractmethod
    def fetch(self, remote: str, local: Path, *, deadline_s: float, limit_bytes: int, listen: Share | None = None) -> None:
        """Write a file of theirs here. Raises CommandFailed for more than ``limit_bytes``, and as :meth:`send`; half of it may be here then."""

    @abstractmethod
    def failure(self, said: str, *, command: str, exit_status: int | None = None) -> WireError:
        """The error that words which a command said stand for."""

    @abstractmethod
    def give_up(self) -> None:
        """End, from another thread, whatever is waited for; no call succeeds until :meth:`take_up`."""

    @abstractmethod
    def take_up(self) -> None:
        """Let calls be made again."""

    def log(self) -> str:
        """The last lines of the system's own log; "" where it keeps none that is for us."""
        return ""

    def done(self, command: str | Sequence[str], *, deadline_s: float = SHELL_S, limit_bytes: int = SHELL_BYTES, called: str = "") -> str:
        """Run a command that must succeed and return what it wrote. Raises CommandFailed or PhoneFull otherwise, and what :meth:`shell` raises."""
        said = self.shell(command, deadline_s=deadline_s, limit_bytes=limit_bytes, called=called)
        if said.exit_code:
            text = command if isinstance(command, str) else shlex.join(command)
            error = self.failure(said.stderr or said.stdout or f"exit code {said.exit_code}", command=called or text, exit_status=said.exit_code)
            error.stdout = said.stdout
            raise error
        return said.stdout

"""One phone or board at the other end of adb: commands, and what it is."""

import shlex
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from pocketbench.adb import properties
from pocketbench.adb.answers import Said
from pocketbench.adb.server import Server
from pocketbench.adb.told import failure, told
from pocketbench.errors import CommandFailed

SHELL_S = 20.0
SHELL_BYTES = 8 << 20
LOG_LINES = 300


class Phone:
    """One transport of an adb server. Nothing is sent before the first call; each call opens connections of its own, so threads may share one."""

    def __init__(self, server: Server, serial: str) -> None:
        self.server, self.serial = server, serial

    def shell(self, command: str | Sequence[str], *, deadline_s: float = SHELL_S, limit_bytes: int = SHELL_BYTES, called: str = "") -> Said:
        """Run a command, a text for its shell or words that are quoted for it, to its end; what it writes is kept apart and complete, or not at all.

        Raises CallOverdue after ``deadline_s`` seconds (what was started goes on there), WireCut, PhoneUnusable, and CommandFailed for more
        than ``limit_bytes`` of output. An exit code that is not 0 is no error here. Errors call the command ``called``, or by its own first line.
        """
        from pocketbench.adb.wire import within

        text = command if isinstance(command, str) else shlex.join(command)
        with told(self.serial, called or text, deadline_s), within(deadline_s, limit_bytes):
            if "shell_v2" not in self._features:
                raise CommandFailed(f"{self.serial}: its adb tells neither exit codes nor errors; Android 7 and newer do", serial=self.serial, command=text)
            said = self.device.shell2(text, v2=True)
        return Said(said.stdout, said.stderr, said.returncode)

    def done(self, command: str | Sequence[str], *, deadline_s: float = SHELL_S, limit_bytes: int = SHELL_BYTES, called: str = "") -> str:
        """Run a command that must succeed and return what it wrote. Raises CommandFailed or PhoneFull otherwise, and what :meth:`shell` raises."""
        said = self.shell(command, deadline_s=deadline_s, limit_bytes=limit_bytes, called=called)
        if said.exit_code:
            text = command if isinstance(command, str) else shlex.join(command)
            error = failure(said.stderr or said.stdout or f"exit code {said.exit_code}", serial=self.serial, command=called or text, exit_status=said.exit_code)
            error.stdout = said.stdout
            raise error
        return said.stdout

    def properties(self) -> dict[str, str]:
        """Android's properties, all at once and as they are now; none where there is no Android."""
        return properties.read(self.shell("getprop 2>/dev/null", called="getprop").stdout)

    def log(self, lines: int = LOG_LINES) -> str:
        """The last lines of Android's log; "" where there is none."""
        return self.shell(f"logcat -d -v threadtime -t {int(lines)} 2>/dev/null").stdout

    def boot(self) -> str:
        """The kernel's id of this boot, "" where the phone does not show it: alike for two ways to one phone, another after a restart."""
        return self.shell("cat /proc/sys/kernel/random/boot_id 2>/dev/null", called="ask for its boot").stdout.strip()[:64]

    def give_up(self) -> None:
        """End, from another thread, whatever is waited for; no call succeeds until :meth:`take_up`."""
        self._client.opened.shut()

    def take_up(self) -> None:
        """Let calls be made again."""
        self._client.opened.shut(again=True)

    @cached_property
    def _client(self) -> Any:
        """The client that opens this phone's connections."""
        return self.server.client()

    @cached_property
    def device(self) -> Any:
        """What adbutils has for this transport; it keeps the features that it has asked for."""
        return self._client.device(serial=self.serial)

    @cached_property
    def _features(self) -> frozenset[str]:
        """What its adb can do."""
        return frozenset(str(self.device.get_features()).split(","))

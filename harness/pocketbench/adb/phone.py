"""One phone or board at the other end of adb: commands, and what it is."""

import shlex
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pocketbench.adb import properties, shown
from pocketbench.adb.server import Server
from pocketbench.adb.told import complaint, told
from pocketbench.errors import CommandFailed, WireError
from pocketbench.remote import SHELL_BYTES, SHELL_S, Remote, Share
from pocketbench.remote.answers import Said

LOG_LINES = 300


class Phone(Remote):
    """One transport of an adb server. Nothing is sent before the first call; each call opens connections of its own, so threads may share one."""

    def __init__(self, server: Server, serial: str) -> None:
        self.server, self.serial = server, serial

    def shell(self, command: str | Sequence[str], *, deadline_s: float = SHELL_S, limit_bytes: int = SHELL_BYTES, called: str = "") -> Said:
        """Run a command by adb's shell, version 2."""
        from pocketbench.adb.wire import within

        text = command if isinstance(command, str) else shlex.join(command)
        with told(self.serial, called or text, deadline_s), within(deadline_s, limit_bytes):
            if "shell_v2" not in self._features:
                raise CommandFailed(f"{self.serial}: its adb tells neither exit codes nor errors; Android 7 and newer do", serial=self.serial, command=text)
            said = self.device.shell2(text, v2=True)
        return Said(said.stdout, said.stderr, said.returncode)

    def send(self, local: Path, remote: str, *, deadline_s: float, listen: Share | None = None) -> None:
        """Write a file there by ``adb push``."""
        shown.run(self.server, self.serial, ["push", str(local), remote], deadline_s=deadline_s, listen=listen, given_up=self.given_up)

    def fetch(self, remote: str, local: Path, *, deadline_s: float, limit_bytes: int, listen: Share | None = None) -> None:
        """Write a file of theirs here by ``adb pull``."""
        words = ["pull", remote, str(local)]
        shown.run(self.server, self.serial, words, deadline_s=deadline_s, limit_bytes=limit_bytes, listen=listen, given_up=self.given_up)

    def failure(self, said: str, *, command: str, exit_status: int | None = None) -> WireError:
        """The error that words of a command there stand for."""
        return complaint(said, serial=self.serial, command=command, exit_status=exit_status)

    def properties(self) -> dict[str, str]:
        """Android's properties, all at once and as they are now; none where there is no Android."""
        return properties.read(self.shell("getprop 2>/dev/null", called="getprop").stdout)

    def log(self) -> str:
        """The last lines of Android's log; "" where there is none."""
        return self.shell(f"logcat -d -v threadtime -t {LOG_LINES} 2>/dev/null").stdout

    def boot(self) -> str:
        """The kernel's id of this boot, "" where the phone does not show it: alike for two ways to one phone, another after a restart."""
        return self.shell("cat /proc/sys/kernel/random/boot_id 2>/dev/null", called="ask for its boot").stdout.strip()[:64]

    def give_up(self) -> None:
        """End, from another thread, whatever is waited for; no call succeeds until :meth:`take_up`."""
        self._client.opened.shut()

    def take_up(self) -> None:
        """Let calls be made again."""
        self._client.opened.shut(again=True)

    def given_up(self) -> bool:
        """Whether what is waited for was given up."""
        return bool(self._client.opened.is_shut)

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

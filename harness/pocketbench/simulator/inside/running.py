"""A running app: its process, what it tells of its instrumentation, its end."""

import asyncio
import contextlib
import os
import signal
import struct
import subprocess
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from pocketbench.simulator.adb.services import descriptors
from pocketbench.simulator.inside import crash, kin, start
from pocketbench.simulator.inside.crash import Crash
from pocketbench.simulator.inside.start import App
from pocketbench.simulator.state.phone import Phone

# From the launcher: one byte (text, last text, no such class), four (how long), text.
FRAME = struct.Struct("<cI")
TEXT, LAST, UNKNOWN = b"t", b"l", b"u"
MAX_TEXT = 4 << 20
WAITING = 100  # texts that nobody has printed yet; then the app waits, too
CRASHED = "INSTRUMENTATION_RESULT: shortMsg=Process crashed.\nINSTRUMENTATION_CODE: 0"
LAST_LINES = 40


@dataclass(slots=True)
class Running:
    """One instrumentation in its process. ``told`` has its texts, then None; ``unknown`` is whether the app has no such class."""

    app: App
    runner: str
    phone: Phone
    child: subprocess.Popen[bytes]
    mark: str
    told: "asyncio.Queue[str | None]" = field(default_factory=lambda: asyncio.Queue(WAITING))
    unknown: bool = False
    finished: bool = False
    heard: bool = True
    _printed: "deque[bytes]" = field(default_factory=lambda: deque(maxlen=LAST_LINES))

    @property
    def pid(self) -> int:
        """Its process's number."""
        return self.child.pid

    def kill(self, why: str) -> None:
        """End its process and what that has started, as the activity manager does."""
        if self.child.poll() is None:
            self.phone.say("I", "ActivityManager", f"Killing {self.pid}:{self.app.package.name}/{named(self.app.package.user)} (adj 0): {why}")
            kin.end(self.mark)

    def deafen(self) -> None:
        """Nobody listens any more: what it still tells is dropped."""
        self.heard = False
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                self.told.get_nowait()

    async def watch(self, telling: int, printed: int) -> None:
        """Carry what it tells until it has ended; both descriptors are closed then."""
        try:
            listening = asyncio.create_task(self._print(printed))
            await self._hear(telling)
            await descriptors.ended(self.pid)
            code = self.child.wait()
            kin.end(self.mark)  # however it ended, nothing of it stays
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            if not self.finished:
                self._mourn(code)
                await self._tell(CRASHED)
        finally:
            os.close(telling)
            os.close(printed)
            await self._tell(None)

    async def _hear(self, telling: int) -> None:
        """Its texts, until the last."""
        data = bytearray()
        while part := await descriptors.read(telling, 1 << 16):
            data += part
            while len(data) >= FRAME.size:
                kind, length = FRAME.unpack_from(data)
                if length > MAX_TEXT:
                    self.kill("it tells too much")
                    return
                if len(data) < FRAME.size + length:
                    break
                await self._take(kind, bytes(data[FRAME.size : FRAME.size + length]).decode(errors="replace"))
                del data[: FRAME.size + length]

    async def _take(self, kind: bytes, text: str) -> None:
        """One text."""
        if kind == UNKNOWN:
            self.unknown = self.finished = True
        await self._tell(text)
        if kind == LAST:
            self.finished = True
            self.kill(f"stop {self.app.package.name} due to finished inst")

    async def _tell(self, text: str | None) -> None:
        """Give a text to who listens."""
        if self.heard:
            await self.told.put(text)

    async def _print(self, printed: int) -> None:
        """What the process prints past the log is kept, its end, for when it crashes."""
        while part := await descriptors.read(printed, 1 << 14):
            self._printed.extend(part.splitlines())

    def _mourn(self, code: int) -> None:
        """It ended before it was done: say how."""
        package = self.app.package
        known = crash.read(self.app.errors)
        if known or -code in crash.FATAL:
            crash.tell(self.phone, Crash(self.pid, package.name, package.user, -code if code < 0 else signal.SIGABRT, known))
        if not known and code != -signal.SIGKILL:  # what a library of the computer said before it gave up; a phone throws it away
            for line in self._printed:
                self.phone.say("E", "stderr", line.decode(errors="replace")[:300], pid=self.pid)
        self.phone.say("I", "ActivityManager", f"Process {package.name} (pid {self.pid}) has died: fg  TOP")
        self.phone.say("W", "ActivityManager", f"Crash of app {package.name} running instrumentation ComponentInfo{{{package.name}/{self.runner}}}")


def begin(app: App, runner: str, phone: Phone, texts: Callable[[int], str], environment: dict[str, str]) -> tuple[Running, int, int]:
    """Start the process; ``texts`` gives its file of arguments for the descriptor that it answers at. Also what to read: texts, and prints. Raises OSError."""
    ours, theirs = os.pipe()
    shown, prints = os.pipe()
    given, mark = os.memfd_create("app"), kin.mark()
    try:
        os.write(given, texts(theirs).encode(errors="surrogateescape"))
        child = subprocess.Popen(
            [app.package.name, f"@/proc/self/fd/{given}"], executable=start.program(), stdin=subprocess.DEVNULL, stdout=prints, stderr=prints,
            cwd="/", env={**environment, kin.MARK: mark}, pass_fds=(theirs, given), start_new_session=True,
        )  # fmt: skip
    except OSError:
        os.close(ours)
        os.close(shown)
        raise
    finally:
        for descriptor in (theirs, prints, given):
            os.close(descriptor)
    for descriptor in (ours, shown):
        os.set_blocking(descriptor, False)
    return Running(app, runner, phone, child, mark), ours, shown


def named(user: int) -> str:
    """An app's user, as ``ps`` shows it."""
    return f"u0_a{user - 10_000}" if user >= 10_000 else "system"  # android.os.Process.FIRST_APPLICATION_UID

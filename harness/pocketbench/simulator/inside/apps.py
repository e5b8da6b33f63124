"""The phone's apps: prepared when they are installed, started, ended."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path

from pocketbench.simulator.inside import running, start
from pocketbench.simulator.inside.asking import Asking, NotRun
from pocketbench.simulator.inside.running import Running, named
from pocketbench.simulator.inside.shelf import Shelved
from pocketbench.simulator.inside.start import App
from pocketbench.simulator.packages.apk import Apk
from pocketbench.simulator.packages.installed import Package
from pocketbench.simulator.state.phone import Phone

NO_RUNTIME = "this simulated phone runs no apps: the computer that it is simulated on has no JDK (Debian: sudo apt-get install openjdk-17-jdk-headless)"


class Apps:
    """``workshop`` is the way to the computer, None where it cannot prepare apps; ``shell`` a command's environment, ``lent`` the drivers'."""

    def __init__(self, phone: Phone, workshop: socket.socket | None, shell: Mapping[str, str], lent: Mapping[str, str]) -> None:
        self._phone = phone
        self._asking = None if workshop is None else Asking(workshop)
        self._shell, self._lent = shell, lent
        self._unverified = ""
        self._prepared: dict[str, asyncio.Task[Shelved]] = {}
        self._running: dict[str, Running] = {}
        self._watching: set[asyncio.Task[None]] = set()

    async def signer(self, apk: Apk, path: Path) -> str:
        """The sha256 of the certificate that an APK is signed with, verified. Raises NotInstalled, and NotRun where the computer cannot verify it."""
        if self._unverified:
            raise NotRun(self._unverified, lacks=True)
        if self._asking is None or not start.shelf_is_here():
            raise NotRun("the computer that this phone is simulated on has no JDK", lacks=True)
        try:
            return await self._asking.signer(apk.package, path, self._phone.profile.sdk)
        except NotRun as error:
            self._unverified = str(error)  # what it lacks now it lacks for the next: looking for it takes long without a network
            raise

    async def prepare(self, package: Package) -> None:
        """Have a package that was just installed prepared, as a phone compiles one. What cannot be run is installed all the same; the log says why."""
        if package.instrumentation and package.code and start.shelf_is_here():
            with contextlib.suppress(NotRun):
                await self._shelved(package)

    async def begin(self, package: Package, runner: str, extras: Mapping[str, str], *, raw: bool) -> Running:
        """Start an instrumentation; the app's process of before is ended. Raises NotRun and OSError."""
        app = App(package, await self._shelved(package))
        self.stop(package.name, "start instr")
        start.furnish(app)
        start.tell_properties(self._phone)
        environment = start.environment(app, self._phone, self._shell, self._lent)
        begun, telling, printed = running.begin(
            app, runner, self._phone, lambda descriptor: start.words(app, runner, extras, raw=raw, telling=descriptor), environment
        )
        user = named(package.user)
        self._phone.say("I", "ActivityManager", f"Start proc {begun.pid}:{package.name}/{user} for added application {package.name}")
        self._running[package.name] = begun
        task = asyncio.create_task(self._watch(begun, telling, printed))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        return begun

    def stop(self, name: str, why: str) -> None:
        """End a package's process, if there is one."""
        if found := self._running.get(name):
            found.kill(why)

    def user_of(self, command: str) -> str | None:
        """The user that a process's command shows it to be an app's of; None for any other."""
        found = self._running.get(command.split("\0")[0])
        return named(found.app.package.user) if found else None

    async def _watch(self, begun: Running, telling: int, printed: int) -> None:
        """Be with it to its end."""
        await begun.watch(telling, printed)
        if self._running.get(begun.app.package.name) is begun:
            del self._running[begun.app.package.name]

    async def _shelved(self, package: Package) -> Shelved:
        """The prepared app; it is prepared once for each installation, whoever waits for it. Raises NotRun."""
        if self._asking is None or not start.shelf_is_here():
            raise NotRun(NO_RUNTIME)
        if not package.code:
            raise NotRun(f"{package.name} has no code: there is no classes.dex in it")
        task = self._prepared.get(package.folder)
        if task is None or (task.done() and task.exception() is not None):
            task = asyncio.create_task(self._prepare(package, self._asking))
            self._prepared[package.folder] = task
        return await asyncio.shield(task)

    async def _prepare(self, package: Package, asking: Asking) -> Shelved:
        """Prepare it, and say so in the log. Raises NotRun."""
        self._phone.say("I", "dex2oat", f"{package.name}: {package.apks[0]}")
        try:
            shelved = await asking.shelved(package.name, Path(package.apks[0]), lambda text: self._phone.say("I", "dex2oat", text))
        except NotRun as error:
            self._phone.say("E", "dex2oat", f"{package.name} cannot be run here: {error}")
            raise
        self._phone.say("I", "dex2oat", f"{package.name} can be run")
        return shelved

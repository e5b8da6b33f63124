"""The daemon's end of the workshop's socket: an APK goes out, a prepared app comes back."""

import asyncio
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from pocketbench.simulator.inside.shelf import Shelved
from pocketbench.simulator.inside.workshop import MAX_MESSAGE
from pocketbench.simulator.packages.apk import NotInstalled


class NotRun(Exception):
    """An app that cannot be run, or looked at, here: why not. ``lacks`` is whether this computer lacks what that needs."""

    def __init__(self, why: str, *, lacks: bool = False) -> None:
        super().__init__(why)
        self.lacks = lacks


class Asking:
    """One question at a time."""

    def __init__(self, workshop: socket.socket) -> None:
        workshop.setblocking(False)
        self._workshop = workshop
        self._turn = asyncio.Lock()

    async def signer(self, package: str, apk: Path, sdk: int) -> str:
        """Have an APK's signature verified as a phone of an SDK does; the sha256 of the certificate.

        Raises NotRun where this computer has nothing to verify it with. Anything else that is wrong is NotInstalled: nobody gets past this by an accident.
        """
        try:
            return str(await self._answer({"do": "verify", "package": package, "name": str(apk), "sdk": sdk}, apk))
        except NotRun as error:
            if error.lacks:
                raise
            raise NotInstalled("INSTALL_FAILED_INTERNAL_ERROR", f"Signature not verified: {error}"[:1000]) from error

    async def shelved(self, package: str, apk: Path, listen: Callable[[str], None]) -> Shelved:
        """Have an APK prepared; ``listen`` hears how it goes. Raises NotRun."""
        try:
            return msgspec.convert(await self._answer({"do": "prepare", "package": package}, apk, listen), Shelved)
        except (NotInstalled, ValueError) as error:
            raise NotRun(str(error)) from error

    async def _answer(self, asked: dict[str, object], apk: Path, listen: Callable[[str], None] = lambda _: None) -> object:
        """What a question is answered with. Raises NotRun and NotInstalled."""
        async with self._turn:
            try:
                return await self._asked(asked, apk, listen)
            except (OSError, ValueError) as error:
                raise NotRun(f"the computer did not look at it: {error}") from error

    async def _asked(self, asked: dict[str, object], apk: Path, listen: Callable[[str], None]) -> object:
        """Ask, and hear the answer. Raises OSError, ValueError, NotRun, NotInstalled."""
        with apk.open("rb") as file:
            socket.send_fds(self._workshop, [json.dumps(asked).encode()], [file.fileno()])
        while True:
            told = await self._told()
            if "ready" in told:
                return told["ready"]
            if "refused" in told:
                why, word = str(told["refused"]), str(told.get("word", ""))
                raise NotInstalled(word, why) if word else NotRun(why, lacks=bool(told.get("lacks")))
            listen(str(told.get("said", "")))

    async def _told(self) -> dict[str, Any]:
        """The workshop's next message. Raises OSError when it has closed."""
        message = await asyncio.get_running_loop().sock_recv(self._workshop, MAX_MESSAGE)
        if not message:
            raise OSError(os.strerror(32))
        told: dict[str, Any] = json.loads(message)
        return told

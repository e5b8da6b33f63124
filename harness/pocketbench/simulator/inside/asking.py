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


class NotRun(Exception):
    """An app that cannot be run here: why not."""


class Asking:
    """One question at a time."""

    def __init__(self, workshop: socket.socket) -> None:
        workshop.setblocking(False)
        self._workshop = workshop
        self._turn = asyncio.Lock()

    async def shelved(self, package: str, apk: Path, listen: Callable[[str], None]) -> Shelved:
        """Have an APK prepared; ``listen`` hears how it goes. Raises NotRun."""
        async with self._turn:
            try:
                return await self._asked(package, apk, listen)
            except (OSError, ValueError) as error:
                raise NotRun(f"the computer did not prepare it: {error}") from error

    async def _asked(self, package: str, apk: Path, listen: Callable[[str], None]) -> Shelved:
        """Ask, and hear the answer. Raises OSError, ValueError, NotRun."""
        with apk.open("rb") as file:
            socket.send_fds(self._workshop, [json.dumps({"package": package}).encode()], [file.fileno()])
        while True:
            told = await self._told()
            if "ready" in told:
                return msgspec.convert(told["ready"], Shelved)
            if "refused" in told:
                raise NotRun(str(told["refused"]))
            listen(str(told.get("said", "")))

    async def _told(self) -> dict[str, Any]:
        """The workshop's next message. Raises OSError when it has closed."""
        message = await asyncio.get_running_loop().sock_recv(self._workshop, MAX_MESSAGE)
        if not message:
            raise OSError(os.strerror(32))
        told: dict[str, Any] = json.loads(message)
        return told

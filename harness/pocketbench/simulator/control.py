"""The control port: lines of JSON on loopback, each with the phone's token.

    {"token": "…", "do": "rate", "value": "2MB", "after": 1.5}   →   {"ok": true, "result": null, "state": {…}}

Without ``do`` a line only asks for the state.
"""

import asyncio
import hmac
import json
import socket
from typing import Any, Protocol

from pocketbench.errors import PocketbenchError
from pocketbench.simulator import faults
from pocketbench.simulator.faults import Wanted

MAX_LINE = 64 << 10
MAX_LATER = 1000


class Controlled(Protocol):
    """The running phone, as the control port sees it."""

    def inflict(self, wanted: Wanted) -> object:
        """Have a fault, now or later. Raises ValueError."""

    def state(self) -> dict[str, Any]:
        """How it is."""


class Control:
    """Serves the control port."""

    def __init__(self, phone: Controlled, token: str) -> None:
        self._phone = phone
        self._token = token

    async def start(self, listening: socket.socket) -> None:
        """Serve a listening socket."""
        await asyncio.start_server(self._serve, sock=listening, limit=MAX_LINE)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer line by line; a line that is no JSON or has another token ends the connection."""
        try:
            while line := await reader.readline():
                answer = self._answered(line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
                if answer.get("closed"):
                    break
        except (OSError, ValueError):  # ValueError: a line that is too long
            pass
        finally:
            writer.close()

    def _answered(self, line: bytes) -> dict[str, Any]:
        """Do what a line says."""
        try:
            asked = json.loads(line)
        except (ValueError, RecursionError):
            return {"ok": False, "error": "no JSON", "closed": True}
        if not isinstance(asked, dict) or not hmac.compare_digest(str(asked.get("token", "")).encode(), self._token.encode()):
            return {"ok": False, "error": "another token", "closed": True}
        try:
            result = self._phone.inflict(_wanted(asked)) if "do" in asked else None
        except (PocketbenchError, ValueError, OSError) as error:
            return {"ok": False, "error": str(error), "state": self._phone.state()}
        return {"ok": True, "result": result, "state": self._phone.state()}


def _wanted(asked: dict[str, Any]) -> Wanted:
    """The fault of a line. Raises UnknownName and ValueError."""
    if unknown := sorted(set(asked) - {"token", "do", "value", "after"}):
        raise ValueError(f"unknown key {unknown[0]!r}; known: token, do, value, after")
    value, after = asked.get("value"), asked.get("after", 0)
    if not isinstance(after, int | float) or isinstance(value, dict | list | bool):
        raise ValueError("value is a text or a number, after a number of seconds")
    return faults.wanted(str(asked["do"]), None if value is None else str(value), float(after))

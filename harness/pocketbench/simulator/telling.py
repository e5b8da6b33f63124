"""Telling a phone that is on to have a fault."""

import json
import socket
from typing import Any

from pocketbench.errors import DeviceError
from pocketbench.simulator.faults import Wanted

DEADLINE_S = 10.0
MAX_ANSWER = 1 << 20


def tell(place: str, wanted: Wanted | None = None) -> dict[str, Any]:
    """Ask for a fault, or only for the state, at ``HOST:PORT/TOKEN``; the state. Raises DeviceError with the phone's words when it refuses."""
    address, _, token = place.rpartition("/")
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal() and token):
        raise DeviceError(f"{place!r} is no control port", hint="the phone printed it when it was started: 127.0.0.1:PORT/TOKEN")
    line = {"token": token} | ({"do": wanted.fault.name, "value": wanted.value, "after": wanted.after} if wanted else {})
    if wanted and not wanted.fault.takes:
        line.pop("value")
    try:
        answer = _answer(host, int(port), line)
    except (OSError, ValueError) as error:
        raise DeviceError(f"no phone answers at {address}: {error}") from error
    if not answer.get("ok"):
        raise DeviceError(f"the phone refuses: {answer.get('error')}")
    state: dict[str, Any] = answer["state"]
    return state


def _answer(host: str, port: int, line: dict[str, object]) -> dict[str, Any]:
    """One line there, one line back. Raises OSError and ValueError."""
    with socket.create_connection((host, port), timeout=DEADLINE_S) as control, control.makefile("rb") as answers:
        control.sendall(json.dumps(line).encode() + b"\n")
        answer: dict[str, Any] = json.loads(answers.readline(MAX_ANSWER))
        return answer

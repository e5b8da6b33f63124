"""Devices that are left alone, and why: one small file in the user's cache folder.

One that was away is taken up again as soon as it answers; one that answers and fails again and again stays aside until the user says otherwise.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pocketbench import cache
from pocketbench.errors import DeviceSetAside

FILE = "devices-set-aside.json"


class Aside(msgspec.Struct, frozen=True):
    """Why and since when (UTC) a device is left alone; ``away`` when it did not answer any more."""

    why: str
    since: str
    away: bool = False

    @property
    def said(self) -> str:
        """The reason, for people."""
        return f"set aside at {self.since}: {self.why}"


def lift_with(name: str) -> str:
    """What to type to take a device up again."""
    return f"pocketbench devices --lift {name}"


def all_of_them() -> dict[str, Aside]:
    """Every device that is set aside, by name."""
    try:
        return msgspec.json.decode(_file().read_bytes(), type=dict[str, Aside])
    except (OSError, msgspec.MsgspecError):
        return {}


def put(name: str, why: str, *, away: bool) -> None:
    """Set a device aside."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    _change(lambda known: {**known, name: Aside(why, since, away)})


def lift(name: str) -> bool:
    """Take a device up again; whether it was set aside."""
    there = name in all_of_them()
    if there:
        _change(lambda known: {other: aside for other, aside in known.items() if other != name})
    return there


def answers(name: str) -> None:
    """Take a device up again that was away and has just answered. Raises DeviceSetAside for one that has failed too often."""
    aside = all_of_them().get(name)
    if aside and not aside.away:
        raise DeviceSetAside(f"{name}: {aside.said}", hint=lift_with(name))
    lift(name)


def _change(change: Callable[[dict[str, Aside]], dict[str, Aside]]) -> None:
    """Write the file anew, whole or not at all, while no other process does."""
    file = _file()
    with cache.alone(FILE, waiting=lambda: None):
        new = file.with_name(f".{FILE}-{secrets.token_hex(4)}")
        new.write_bytes(msgspec.json.format(msgspec.json.encode(change(all_of_them()))))
        new.replace(file)


def _file() -> Path:
    """Where it is."""
    return cache.root() / FILE

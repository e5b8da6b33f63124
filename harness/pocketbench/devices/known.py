"""What devices were when they answered last, by what they were called: one small file in the user's cache folder.

So one that is away when a run begins has the same name and jobs as when it is there, and ``--resume`` finishes those.
"""

import re
import secrets
from pathlib import Path

import msgspec

from pocketbench import cache

FILE = "devices-known.json"
MOST = 200
# Kinds whose devices are always here, or are made when they are asked for.
HERE = ("host", "browser", "sim")


class Known(msgspec.Struct, frozen=True):
    """The name after ``@``, the kind of device, and the runners it had."""

    name: str
    kind: str
    runners: tuple[str, ...]


def remember(called: str, known: Known) -> None:
    """Keep what a device is, called as ``--device`` calls it; the file is written where that is new."""
    table = _all()
    if called.partition(":")[0] in HERE or table.get(called) == known:
        return
    with cache.alone(FILE, waiting=lambda: None):
        table = {**{other: one for other, one in _all().items() if other != called}, called: known}
        file = _file()
        new = file.with_name(f".{FILE}-{secrets.token_hex(4)}")
        new.write_bytes(msgspec.json.format(msgspec.json.encode(dict(list(table.items())[-MOST:]))))
        new.replace(file)


def recall(called: str) -> Known:
    """What a device was; of one that never answered, what its name says: a runner for Python, and what is called like that."""
    kind, _, which = called.partition(":")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", which).lstrip(".-")[:64] or kind
    return _all().get(called) or Known(name, "phone" if kind in ("adb", "termux") else "board", ("python",))


def _all() -> dict[str, Known]:
    """Every device that is known."""
    try:
        return msgspec.json.decode(_file().read_bytes(), type=dict[str, Known])
    except (OSError, msgspec.MsgspecError):
        return {}


def _file() -> Path:
    """Where it is."""
    return cache.root() / FILE

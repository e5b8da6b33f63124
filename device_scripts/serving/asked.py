"""What a client asks for, read: typed and bounded, before anything is done."""

import re
from pathlib import PurePosixPath
from typing import Any

from serving.frames import Head

MAX_FILES = 20_000
MAX_PATH = 1000
MAX_SECONDS = 24 * 3600.0
MAX_OUTPUT_BYTES = 1 << 40


class Refused(Exception):
    """What was asked for is not done: a reason from the harness's closed list, and a message. The session goes on."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def path(value: Any) -> str:
    """A path inside the session's folder: relative, without ``..``, written in one way only. Raises Refused."""
    parts = PurePosixPath(value).parts if isinstance(value, str) else ()
    if not parts or len(value) > MAX_PATH or "\0" in value or value.startswith("/") or ".." in parts or "/".join(parts) != value:
        raise Refused("protocol", f"{value!r:.200} is not a file inside the session's folder")
    return str(value)


def sha256(value: Any) -> str:
    """A hash. Raises Refused."""
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise Refused("protocol", f"{value!r:.100} is not a sha256")
    return value


def hashes(head: Head, name: str) -> dict[str, str]:
    """Paths with their hashes. Raises Refused."""
    return {path(key): sha256(value) for key, value in _table(head, name).items()}


def limits(head: Head, name: str) -> dict[str, int]:
    """Paths with the most bytes that each may have. Raises Refused."""
    found = {path(key): value for key, value in _table(head, name).items()}
    if any(type(value) is not int or not 0 <= value <= MAX_OUTPUT_BYTES for value in found.values()):
        raise Refused("protocol", f"{name} must have a number of bytes for each path")
    return found


def seconds(head: Head, name: str) -> float:
    """A number of seconds, up to a day. Raises Refused."""
    value = head.get(name)
    if type(value) not in (int, float) or not 0 < value <= MAX_SECONDS:  # type: ignore[operator]
        raise Refused("protocol", f"{name} must be a number of seconds, up to {MAX_SECONDS:g}, got {value!r:.40}")
    return float(value)  # type: ignore[arg-type]


def whole(head: Head, name: str, most: int) -> int:
    """A whole number from 0. Raises Refused."""
    value = head.get(name)
    if type(value) is not int or not 0 <= value <= most:
        raise Refused("protocol", f"{name} must be a whole number up to {most}, got {value!r:.40}")
    return value


def _table(head: Head, name: str) -> dict[str, Any]:
    """An object of bounded size. Raises Refused."""
    value = head.get(name)
    if not isinstance(value, dict) or len(value) > MAX_FILES:
        raise Refused("protocol", f"{name} must be an object of at most {MAX_FILES} entries")
    return value

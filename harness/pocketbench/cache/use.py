"""Which entries which living process was given.

Each process has a file of its own, ``<root>/.used/<id>``, which it holds locked while it lives and to which it adds a line
an entry. A file that nobody holds locked is a dead process's.
"""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

from pocketbench.cache.told import told

# By folder of users: this process's own file, open and locked until it ends, and the entries it names.
_OURS: dict[Path, tuple[int, set[str]]] = {}


def note(place: Path) -> None:
    """Let other processes know that this one uses an entry, as long as it lives. A cache that cannot be written cannot be cleaned either."""
    users, name = place.parent.parent / ".used", f"{place.parent.name}/{place.name}"
    with suppress(OSError):
        if users not in _OURS:
            users.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(users / f"{os.getpid()}-{secrets.token_hex(4)}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _OURS[users] = (descriptor, set())
        descriptor, noted = _OURS[users]
        if name not in noted:
            os.write(descriptor, f"{name}\n".encode())
            noted.add(name)


def by_others(root: Path) -> set[str]:
    """The entries, as kind/key, that other living processes were given; forget the dead ones."""
    users, used = root / ".used", set()
    ours = os.fstat(_OURS[users][0]).st_ino if users in _OURS else -1
    for user in users.glob("*"):
        with suppress(FileNotFoundError), told(user), user.open("r", encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_ino == ours:
                continue
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                user.unlink(missing_ok=True)
            except BlockingIOError:
                used.update(file.read().splitlines())
    return used

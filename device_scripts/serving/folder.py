"""One client's folder: its files, each known by its hash, and gone with the client.

Files lie where they are used and are named by the client, which names them for what is in them: Android lets no app make a second
name for a file (link() gives EACCES since Android 6.0), and copies of a big model would wear a phone's flash out and warm it up.
"""

import hashlib
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path

from serving import frames
from serving.asked import Refused
from serving.frames import Broken

PIECE_BYTES = 1 << 20
# A phone whose storage is full does strange things: so much is always left.
SPARED_BYTES = 256 << 20
PREFIX = "session-"


class Folder:
    """A folder that is made now and goes with :meth:`remove`."""

    def __init__(self, base: Path) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base)).resolve()
        self._known: dict[str, str] = {}

    def lacking(self, wanted: dict[str, str]) -> list[str]:
        """Those of some paths that do not have this content."""
        return [path for path, sha256 in wanted.items() if self._known.get(path) != sha256 or not self._at(path).is_file()]

    def keep(self, path: str, sha256: str, size: int, connection: socket.socket) -> None:
        """Receive a file. It is there whole, and what its hash says, or not at all. Raises Refused, Broken."""
        place = self._at(path)
        try:
            self._room(size)
            place.parent.mkdir(parents=True, exist_ok=True)
        except (Refused, OSError) as error:
            _skip(connection, size)
            raise error if isinstance(error, Refused) else _full(error) from error
        arriving = self.path / ".arriving"
        found = _received(connection, size, arriving)
        if found != sha256:
            arriving.unlink(missing_ok=True)
            raise Refused("protocol", f"{path} arrived as {found}, not as {sha256}")
        self._known.pop(path, None)
        try:
            arriving.replace(place)
        except OSError as error:
            arriving.unlink(missing_ok=True)
            raise Refused("protocol", f"{path} cannot be put there: {error}") from error
        self._known[path] = sha256

    def clear(self, paths: list[str]) -> None:
        """Remove what an order before has left at some places."""
        for path in paths:
            self._known.pop(path, None)
            place = self._at(path)
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        shutil.rmtree(self.path / "tmp", ignore_errors=True)
        (self.path / "tmp").mkdir()

    def remove(self) -> None:
        """Take it away with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _at(self, path: str) -> Path:
        """The place of a path, whose folders are none that a runner has led elsewhere. Raises Refused."""
        place = self.path / path
        if not place.parent.resolve().is_relative_to(self.path):
            raise Refused("protocol", f"{path!r:.200} is not a file inside the session's folder")
        return place

    def _room(self, size: int) -> None:
        """Refuse what would fill the disk."""
        free = shutil.disk_usage(self.path).free
        if size > free - SPARED_BYTES:
            raise Refused("device-full", f"a file of {size} bytes, and {max(0, free - SPARED_BYTES)} bytes may be used")


def sweep(base: Path) -> None:
    """Remove the folders of a server that was killed."""
    for left in base.glob(f"{PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


def _received(connection: socket.socket, size: int, file: Path) -> str:
    """Receive so many bytes into a file; their hash. Raises Refused, Broken."""
    found, until = hashlib.sha256(), time.monotonic() + 60 + size / frames.SLOWEST_BYTES_PER_S
    left = size
    try:
        with file.open("wb") as out:
            while left:
                piece = frames.exactly(connection, min(left, PIECE_BYTES), until)
                left -= len(piece)
                found.update(piece)
                out.write(piece)
    except EOFError:
        raise Broken("broke off in a file") from None
    except OSError as error:
        file.unlink(missing_ok=True)
        _skip(connection, left)
        raise _full(error) from error
    return found.hexdigest()


def _skip(connection: socket.socket, size: int) -> None:
    """Receive what nobody will have, so that the next frame is found. Raises Broken."""
    until = time.monotonic() + 60 + size / frames.SLOWEST_BYTES_PER_S
    while size:
        try:
            size -= len(frames.exactly(connection, min(size, PIECE_BYTES), until))
        except EOFError:
            raise Broken("broke off in a file") from None


def _full(error: OSError) -> Refused:
    """A file that cannot be written."""
    import errno

    reason = "device-full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "device-refused"
    return Refused(reason, f"a file cannot be written: {os.strerror(error.errno or 0)}")

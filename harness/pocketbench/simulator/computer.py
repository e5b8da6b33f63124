"""The computer's own adb server: told that the phone is there, and that it is gone. Nothing else of it is touched."""

from contextlib import suppress

from pocketbench.adb import Server
from pocketbench.errors import WireError


def server() -> Server:
    """The user's server, one of any version, started where there is none. Raises WireError.

    Before the phone: the phone's process adopts what is started after it, and waits for its end.
    """
    found = Server.of_user()
    return found if found.version() is not None else found.start()


def connect(to: Server, address: str) -> str:
    """Have the server connect to a phone; its answer. Raises WireError."""
    return to.asked("connect", address)


def disconnect(to: Server, address: str) -> None:
    """Have the server forget the phone; one that has gone has."""
    with suppress(WireError):
        to.disconnect(address)

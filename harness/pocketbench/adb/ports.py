"""Ports of a phone reached from here, and ports of this computer reached from there; each gone again with the block it is for."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pocketbench.adb.phone import Phone
from pocketbench.adb.told import told
from pocketbench.errors import WireError

CALL_S = 10.0
CALL_BYTES = 1 << 20


@contextmanager
def forwarded(phone: Phone, remote: str) -> Iterator[int]:
    """Give a port of this computer that leads to ``remote`` on the phone (``tcp:8080``, ``localabstract:name``); adb chooses a free one. Raises WireError."""
    port = _forward(phone, remote)
    try:
        yield port
    finally:
        with suppress(WireError):
            _say(phone, f"killforward:tcp:{port}")


@contextmanager
def reversed_(phone: Phone, port: int) -> Iterator[int]:
    """Give a port of the phone that leads to ``port`` of this computer; the phone chooses a free one. Raises WireError."""
    remote = _reverse(phone, port)
    try:
        yield remote
    finally:
        with suppress(WireError), _asking(phone, f"reverse:killforward:tcp:{remote}"):
            phone.device.reverse_remove(f"tcp:{remote}")


def forwards(phone: Phone) -> dict[str, str]:
    """How this phone is reached: the place here, the place there."""
    with _asking(phone, "list-forward"):
        return {item.local: item.remote for item in phone.device.forward_list() if item.serial == phone.serial}


def reverses(phone: Phone) -> dict[str, str]:
    """How this phone reaches here: the place there, the place here."""
    with _asking(phone, "reverse:list-forward"):
        return {item.remote: item.local for item in phone.device.reverse_list()}


def _forward(phone: Phone, remote: str) -> int:
    """Ask the server for any free port; adbutils' own way binds one first and lets it go again."""
    with _asking(phone, f"forward {remote}"), phone.device.open_transport(f"forward:tcp:0;{remote}") as connection:
        connection.check_okay()
        return int(connection.read_string_block())


def _reverse(phone: Phone, port: int) -> int:
    """Ask the phone for any free port."""
    with _asking(phone, f"reverse tcp:{port}"), phone.device.open_transport() as connection:
        connection.send_command(f"reverse:forward:tcp:0;tcp:{port}")
        connection.check_okay()  # the message came
        connection.check_okay()  # it was done
        return int(connection.read_string_block())


def _say(phone: Phone, command: str) -> None:
    """Say something to the server about this phone that it answers with OKAY."""
    with _asking(phone, command):
        phone.device.open_transport(command).close()


@contextmanager
def _asking(phone: Phone, command: str) -> Iterator[None]:
    """One short call."""
    from pocketbench.adb.wire import within

    with told(phone.serial, command, CALL_S), within(CALL_S, CALL_BYTES):
        yield

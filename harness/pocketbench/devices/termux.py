"""A phone on which a person has started the server in Termux, which adb's shell may not enter: orders go through ``adb forward``, looks through adb's shell.

Android tells adb's shell how hot and how charged it is, and Termux not.
"""

import socket

from pocketbench import serving
from pocketbench.adb import ports
from pocketbench.devices import adb_found
from pocketbench.devices.server import ServerDevice
from pocketbench.errors import ServerLost, ServerRefused

CONNECT_S = 10.0
ANSWER_S = 6.0
START_IT = "in Termux: python pocketbench/server.py; docs/python-on-the-phone.md says how it comes there"


class Termux(ServerDevice):
    """The server on a phone, and the phone's own word for how it is."""

    def __init__(self, found: adb_found.Found, token: str) -> None:
        """Look at it. Raises DeviceError."""
        self._phone, self._token = found.phone, token
        super().__init__(self._forwarded, found.name)

    def _forwarded(self) -> serving.Server:
        """A connection by way of adb; what is forwarded is so for as long as that takes. Raises ServerLost; WireError where it is the phone that is gone."""
        with ports.forwarded(self._phone, f"tcp:{serving.PORT}") as port:
            try:
                return serving.connect(("127.0.0.1", port), self._token)
            except ServerLost as error:
                self._phone.shell("true", deadline_s=ANSWER_S, called="look for the phone")
                raise ServerLost(f"{self._phone.serial}: nothing answers at its port {serving.PORT}: {error.message}", hint=START_IT) from error

    def _shell(self, text: str, deadline_s: float) -> str:
        """What a script prints in adb's shell. Raises WireError."""
        return self._phone.shell(text, deadline_s=deadline_s).stdout

    def _reach(self, port: int) -> socket.socket:
        """A connection to a service there. Raises DeviceError."""
        with ports.forwarded(self._phone, f"tcp:{port}") as local:
            return socket.create_connection(("127.0.0.1", local), CONNECT_S)


def token_for(found: adb_found.Found, which: str) -> str:
    """The token of the server on a phone, kept by its serial number or by what it was called. Raises ServerRefused."""
    try:
        return serving.token_for(f"termux:{found.name}")
    except ServerRefused:
        return serving.token_for(f"termux:{which}")

"""The user's adb server: found, started where there is none, asked what it sees. It is never ended."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pocketbench.adb import binary
from pocketbench.adb.seen import Seen
from pocketbench.adb.told import told, unusable
from pocketbench.errors import AdbMissing, PhoneUnusable

if TYPE_CHECKING:
    from pocketbench.adb.wire import Client

# ADB_SERVER_VERSION in adb.h since 2018: what a client and its server must have in common, else the client ends the server.
VERSION = 41
LOCAL = ("127.0.0.1", "localhost", "::1")
START_S = 20.0
CALL_S = 10.0
CALL_BYTES = 1 << 20
LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Server:
    """Where an adb server listens."""

    host: str = "127.0.0.1"
    port: int = 5037

    @classmethod
    def of_user(cls) -> "Server":
        """The one that the user's variables name, as adb reads them: ADB_SERVER_SOCKET, else ANDROID_ADB_SERVER_ADDRESS and _PORT. Raises AdbMissing."""
        chosen = os.environ.get("ADB_SERVER_SOCKET", "")
        host, port = os.environ.get("ANDROID_ADB_SERVER_ADDRESS", "127.0.0.1"), os.environ.get("ANDROID_ADB_SERVER_PORT", "5037")
        if chosen:
            kind, _, place = chosen.partition(":")
            address, _, port = place.rpartition(":")
            host = address or host
            if kind != "tcp":
                raise AdbMissing(f"ADB_SERVER_SOCKET={chosen}: only tcp:[HOST:]PORT is known here", hint="unset ADB_SERVER_SOCKET")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise AdbMissing(f"{port!r} is no port of an adb server", hint="unset ANDROID_ADB_SERVER_PORT")
        return cls(host, int(port))

    @property
    def words(self) -> tuple[str, ...]:
        """What makes the adb program speak to this server."""
        return ("-H", self.host, "-P", str(self.port))

    def client(self) -> "Client":
        """A client of adbutils."""
        from pocketbench.adb.wire import Client

        return Client(self.host, self.port)

    def version(self) -> int | None:
        """The server's version, None where none listens. Raises WireError."""
        from pocketbench.adb.wire import within

        try:
            with told("adb server", "host:version", CALL_S), within(CALL_S, CALL_BYTES):
                return int(self.client().server_version())
        except AdbMissing:
            return None

    def start(self) -> "Server":
        """See that it runs, starting one on this computer where none does. Raises AdbMissing for one that adb would end, or that cannot be started."""
        found = self.version()
        if found is None:
            if self.host not in LOCAL:
                raise AdbMissing(f"no adb server listens at {self.host}:{self.port}", hint="start one there: adb -a start-server")
            said = binary.run(["-P", str(self.port), "start-server"], deadline_s=START_S)
            if said.exit_code or self.version() is None:
                raise AdbMissing(f"the adb server cannot be started: {said.words}", command="adb start-server", stderr=said.stderr, exit_status=said.exit_code)
        elif found != VERSION:
            hint = f"export {binary.VARIABLE}=/path/to/the/adb/that/started/it, or end it: adb kill-server"
            raise AdbMissing(f"the adb server is of version 1.0.{found}, this adb of 1.0.{VERSION}: they would end each other", hint=hint)
        return self

    def seen(self) -> tuple[Seen, ...]:
        """Everything that is attached, usable or not. Raises WireError."""
        from pocketbench.adb.wire import within

        with told("adb server", "host:devices-l", CALL_S), within(CALL_S, CALL_BYTES):
            return tuple(Seen(one.serial, one.state, dict(one.tags)) for one in self.client().list(extended=True))

    def of(self, serial: str) -> Seen:
        """What is known of one transport; its state is "absent" where there is none."""
        return next((one for one in self.seen() if one.serial == serial), Seen(serial, "absent"))

    def connect(self, address: str) -> bool:
        """Attach a device in the network, even one that does not trust this computer yet; whether it was not attached before. Raises PhoneUnusable."""
        said = self.asked("connect", address)
        if said.startswith("already connected"):
            return False
        if not said.startswith(("connected", "failed to authenticate")):
            raise PhoneUnusable(
                f"{address}: {said}", serial=address, command=f"adb connect {address}", hint="is it on, in this network, with debugging over TCP allowed?"
            )
        return True

    def disconnect(self, address: str) -> None:
        """Let go of a device in the network; not of one that is gone already."""
        self.asked("disconnect", address)

    def wait(self, serial: str, deadline_s: float) -> Seen:
        """Wait until a transport is usable. Raises PhoneUnusable with what it is instead, after ``deadline_s`` seconds."""
        until = time.monotonic() + deadline_s
        while not (one := self.of(serial)).usable:
            if time.monotonic() > until:
                raise unusable(one)
            time.sleep(LOOK_EVERY_S)
        return one

    def watch(self, deadline_s: float) -> Iterator[Seen]:
        """Tell of every device and of every change of one, as it comes, for ``deadline_s`` seconds; state "absent" when it goes. Raises WireError."""
        from pocketbench.adb.wire import within

        known: dict[str, str] = {}
        with told("adb server", "host:track-devices", deadline_s):
            with within(deadline_s, CALL_BYTES):
                connection = self.client().make_connection()
            with connection:
                connection.send_command("host:track-devices")
                connection.check_okay()
                while (now := _tracked(connection)) is not None:
                    changed = [Seen(serial, state) for serial, state in now.items() if known.get(serial) != state]
                    yield from (*changed, *(Seen(serial, "absent") for serial in known if serial not in now))
                    known = now

    def asked(self, verb: Literal["connect", "disconnect"], address: str) -> str:
        """Connect or disconnect, and what adb says of it. Raises WireError where there is no answer."""
        from pocketbench.adb.wire import within

        with told(address, f"adb {verb} {address}", CALL_S), within(CALL_S, CALL_BYTES):
            return str(getattr(self.client(), verb)(address) or "")


def _tracked(connection: Any) -> dict[str, str] | None:
    """The next list of serials and states that the server sends, None when the time is up."""
    from adbutils.errors import AdbTimeout

    try:
        text: str = connection.read_string_block()
    except AdbTimeout:
        return None
    return {serial: state for serial, _, state in (line.partition("\t") for line in text.splitlines()) if state}

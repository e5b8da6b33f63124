"""A device by a server that a person started on it (``device_scripts/server.py``), reached at a port of this computer: through ssh's or adb's forwarding."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from pocketbench import probes, protocol, serving
from pocketbench.devices import DEVICES, Ask, Carried, Facts, probing
from pocketbench.devices.server_asked import Asked
from pocketbench.errors import DeviceError, PocketbenchError, ProtocolError, ServerLost
from pocketbench.events import DeviceTold, Listener, unheard
from pocketbench.model import Refusal
from pocketbench.probes import Cooling
from pocketbench.protocol import FailedOrder, Order, TensorFile

LOOK_S = 60.0
# Importing some frameworks from a slow card takes this long.
IMPORT_S = 180.0
# How often an order is tried again where the connection broke, and how long a server is waited for then.
AGAIN = 2
BACK_S = 20.0
# What brings them into Termux: docs/python-on-the-phone.md has the sources.
IN_TERMUX = {
    "numpy": "pkg install python-numpy",
    "Node.js": "pkg install nodejs",
    "onnxruntime": "pkg install python-onnxruntime",
    "torch": "pkg install python-torch",
    "tflite-runtime": "pkg install python-tflite-runtime",
    "ncnn": "pip install --no-deps ncnn",
}
# Runners that bring what an engine needs along.
COMPLETE = {"tfjs": "node"}

T = TypeVar("T")


class ServerDevice:
    """A device whose server lets us in. ``connect`` makes a connection to it."""

    runners = ("python", "node")
    # What it lacks is an engine's own.
    lacking: Refusal | None = None

    def __init__(self, connect: Callable[[], serving.Server], name: str = "") -> None:
        """Look at it. Raises DeviceError."""
        self._connect = connect
        self._server: serving.Server | None = None
        self._kept = False
        with connect() as server:
            self._about = dict(server.about)
        self.name = name or re.sub(r"[^A-Za-z0-9._-]", "_", self._about.get("name", "")).lstrip(".-")[:64] or "unnamed"
        self._given_up = threading.Event()
        self._gone = False
        self._engines: dict[str, Refusal | None] = {}
        self._listen: Listener = unheard

    @property
    def kind(self) -> str:
        """What has an Android is a phone, what says that it is simulated is, anything else a board."""
        facts = self._facts
        return "simulated" if facts.get("simulated") else "phone" if "api" in facts else "board"

    def facts(self) -> Facts:
        """What it is, as ``probe.sh`` finds it, and where its server is reached. Raises DeviceError, ProtocolError."""
        return dict(self._facts)

    def has(self, packages: Iterable[str]) -> dict[str, str]:
        """The versions of numpy, Node.js and some Python packages there, "" for what it lacks. Raises DeviceError, ProtocolError."""
        found = probes.packages(self._again(lambda server: server.sh(probing.probe("."), LOOK_S))[1])
        return {"numpy": self._about.get("numpy", ""), "Node.js": self._about.get("node", ""), **{name: found.get(name, "") for name in packages}}

    def to_have(self, what: str) -> str:
        """What to type there to have numpy, Node.js or an engine's package; "" where nobody knows that it can be had."""
        if self.in_termux:
            return IN_TERMUX.get(what, "")
        return "install Node.js there" if what == "Node.js" else f"{self._program} -m pip install {what}"

    def conditions(self) -> Facts:
        """How it is right now, as ``sample.sh`` finds it; nothing where it does not answer."""
        try:
            return probes.conditions(self._shell(probing.sample(), LOOK_S))
        except PocketbenchError:
            return {}

    def cool(self, limits: tuple[str, ...], wait_s: float) -> Cooling:
        """Wait on the device until it is within ``limits`` (words of cool.sh) or ``wait_s`` seconds are over. Raises DeviceError, ProtocolError."""
        return probes.cooling(self._shell(probing.cool(limits, wait_s), wait_s + LOOK_S))

    def lacks(self, engine: str, package: str) -> Refusal | None:
        """Why an engine cannot run there, looked for once: no numpy, no Node.js, or not its package. Raises DeviceError."""
        if engine not in self._engines:
            self._engines[engine] = self._lacks(engine, package)
        return self._engines[engine]

    def carry(self, order: Order, folder: Path, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:  # noqa: ARG002 - of the harness's computer
        """Have the server carry it out, and again where the connection broke. Raises DeviceSilent, Refused, DeviceError, ToolchainMissing."""
        came = self._again(lambda server: server.carry(order, folder, deadline_s, runner))
        return Carried(came.report, came.ended, came.log)

    def serve(self, order: Order, folder: Path, deadline_s: float, ask: Ask, *, environment: str = "", runner: str = "python") -> Carried:  # noqa: ARG002 - of the harness's computer
        """Have the server run a service, and ask it by way of the server. Raises DeviceSilent, Refused, DeviceError, ToolchainMissing."""
        came = self._again(lambda server: Asked(server, self._reach, ask, order).carry(folder, deadline_s, runner))
        return Carried(came.report, came.ended, came.log)

    @contextmanager
    def held(self, listen: Listener, *, may_restart: bool = False) -> Iterator[None]:  # noqa: ARG002 - nobody may restart it from here
        """Use it from the first order to the last; what was put there goes with the connection."""
        self._listen, self._kept = listen, True
        try:
            yield
        finally:
            self._kept = False
            self._let_go()

    def give_up(self) -> None:
        """End, from another thread, what is waited for."""
        self._given_up.set()
        if server := self._server:
            server.give_up()

    def _shell(self, text: str, deadline_s: float) -> str:
        """What a script of the shell prints there. Raises DeviceError."""
        return self._again(lambda server: server.sh(text, deadline_s))[1]

    def _reach(self, port: int) -> socket.socket:
        """A connection to a service on a port there: by way of the server, for its port alone leads there. Raises DeviceError, Refused."""
        return self._connect().reach(port)

    def _again(self, call: Callable[[serving.Server], T]) -> T:
        """Ask something of the server, and again over a new connection where the old one broke. Raises ServerLost of the last try or the waiting."""
        for left in range(AGAIN, -1, -1):
            if self._server is None:
                self._server = self._back()
            try:
                return call(self._server)
            except (ServerLost, ProtocolError) as error:
                self._let_go()
                if not left or self._given_up.is_set() or isinstance(error, ProtocolError):
                    raise
                self._listen(DeviceTold(self.name, f"connecting again: {error.message}"))
            finally:
                if not self._kept:
                    self._let_go()
        raise AssertionError("the last try raises")

    def _let_go(self) -> None:
        """Close the connection, where there is one; what was put there goes with it."""
        if self._server:
            self._server.close()
        self._server = None

    def _back(self) -> serving.Server:
        """Connect, waiting a while for a server that is not there, and not for long for one that was waited for in vain. Raises ServerLost, ServerRefused."""
        until = time.monotonic() + (0.0 if self._gone else BACK_S)
        while True:
            try:
                server = self._connect()
            except ServerLost:
                if time.monotonic() > until or self._given_up.wait(0.5):
                    self._gone = True
                    raise
            else:
                self._gone = False
                return server

    def _lacks(self, engine: str, package: str) -> Refusal | None:
        """Why an engine's package cannot be imported there: an order of a model that is not there gets as far as that."""
        if engine in COMPLETE:
            return None if self._about.get("node") else self._refusal("it has no Node.js", "Node.js")
        if not self._about.get("numpy"):
            return self._refusal("its Python has no numpy", "numpy")
        tensor = TensorFile("x", "x.bin", (1,), "uint8")
        order = Order(protocol.PROTOCOL, "look", "outputs", engine, "nothing", "cpu", 1, {}, 1, (tensor,), (TensorFile("y", "y.bin", (1,), "uint8"),))
        with TemporaryDirectory(prefix="pocketbench-") as made:
            folder = Path(made)
            for name in ("x.bin", "nothing"):
                (folder / name).write_bytes(b"\0")
            end = protocol.read_report(self.carry(order, folder, IMPORT_S).report, order).end
        if not isinstance(end, FailedOrder) or end.reason != "toolchain-missing":
            return None  # it got as far as the model
        return self._refusal(f"{engine} cannot be started by its Python {self._about.get('python', '')}: {end.message[:300]}", package)

    def _refusal(self, message: str, what: str) -> Refusal:
        """It lacks something; Termux has packages of its own, and none for some engines."""
        typed = self.to_have(what)
        hint = f"there: {typed}" if typed else "docs/python-on-the-phone.md says which engines Termux has"
        return Refusal("admit", "toolchain-missing", f"{self.name}: {message}", hint)

    @property
    def versions(self) -> dict[str, str]:
        """Its Python's version, and that of Node.js where it has that."""
        about = {"python": self._about.get("python", ""), "nodejs": self._about.get("node", "")}
        return {name: value for name, value in about.items() if value}

    @property
    def in_termux(self) -> bool:
        """Whether its Python is Termux's."""
        return "com.termux" in self._program

    @property
    def _program(self) -> str:
        """Its Python."""
        return self._about.get("program", "python3")[:200]

    @cached_property
    def _facts(self) -> Facts:
        """What it is."""
        return {**probes.facts(self._shell(probing.probe("."), LOOK_S)), **self.versions}


class _ServerKind:
    """``--device server`` and ``--device server:[HOST:]PORT``."""

    name = "server"

    def list(self) -> tuple[ServerDevice, ...]:
        """The one at the usual port, where its token is known and it answers; nobody says where there might be others."""
        try:
            return (self.open(""),)
        except (DeviceError, ProtocolError):  # or somebody else has the port
            return ()

    def open(self, which: str) -> ServerDevice:
        """The one at an address of this computer. Raises DeviceError."""
        host, port = serving.address(which)
        place = f"{host}:{port}"
        token = serving.token_for(place)
        return ServerDevice(lambda: serving.connect((host, port), token))


DEVICES.add(_ServerKind())

"""Boards over ssh: what :mod:`pocketbench.devices.remote` does, at the end of ssh's wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pocketbench.adb import properties
from pocketbench.devices import DEVICES, Ask, Carried, remote_aside, remote_asked, remote_found
from pocketbench.devices.remote import RemoteDevice
from pocketbench.devices.ssh_ladder import Ladder
from pocketbench.errors import DeviceError
from pocketbench.events import Listener
from pocketbench.protocol import Order
from pocketbench.ssh import Address, Board, ports


class SshDevice(RemoteDevice):
    """A Linux board, or another computer, that ssh reaches."""

    attached = "ssh"

    def __init__(self, board: Board) -> None:
        """Ask it who it is. Raises WireError."""
        told = properties.read(board.shell("getprop 2>/dev/null", called="getprop").stdout)
        super().__init__(board, remote_found.name(board, told), remote_found.kind(told), partial(Ladder, board))
        self.board = board

    @contextmanager
    def held(self, listen: Listener, *, may_restart: bool = False) -> Iterator[None]:
        """Use it from the first order to the last; the connection ends with the block, too."""
        try:
            with super().held(listen, may_restart=may_restart):
                yield
        finally:
            self.board.hang_up()

    def serve(self, order: Order, folder: Path, deadline_s: float, ask: Ask, *, environment: str = "", runner: str = "python") -> Carried:  # noqa: ARG002 - of the harness's computer
        """Run a runner that is a service, and ask it through a port that ssh forwards. Raises as :meth:`carry`."""
        return self._steady.call(lambda: self._served(order, folder, deadline_s, ask))

    def _served(self, order: Order, folder: Path, deadline_s: float, ask: Ask) -> Carried:
        """Carry out an order to serve, once."""
        with remote_asked.asking(self.board, self._folder.path, order, ask, partial(ports.forwarded, self.board), deadline_s):
            return self._carry(order, folder, deadline_s)


class _SshKind:
    """``--device ssh:HOST``, ``ssh:USER@HOST:PORT``."""

    name = "ssh"

    def list(self) -> tuple[SshDevice, ...]:
        """None: nobody says which hosts there are."""
        return ()

    def open(self, which: str) -> SshDevice:
        """The one at an address. Raises WireError, or DeviceSetAside for one that has failed too often."""
        if not which:
            raise DeviceError("which board?", hint="write --device ssh:HOST or ssh:USER@HOST:PORT")
        device = SshDevice(Board(Address.read(which)))
        remote_aside.answers(device.name)
        return device


DEVICES.add(_SshKind())

"""Phones and boards over adb: what :mod:`pocketbench.devices.remote` does, at the end of adb's wire."""

from functools import partial
from pathlib import Path

from pocketbench.adb import ports
from pocketbench.devices import Ask, Carried, remote_asked, remote_found
from pocketbench.devices.adb_app import App
from pocketbench.devices.adb_found import Found
from pocketbench.devices.adb_ladder import Ladder
from pocketbench.devices.remote import RemoteDevice
from pocketbench.errors import PocketbenchError
from pocketbench.model import Refusal
from pocketbench.protocol import Order


class AdbDevice(RemoteDevice):
    """A phone or a board that adb reaches."""

    room = "/data/local/tmp"

    def __init__(self, found: Found) -> None:
        super().__init__(found.phone, found.name, found.kind, partial(Ladder, found.phone))
        self.found, self.phone = found, found.phone
        self.attached = "network" if ":" in found.phone.serial else "cable"
        # What has an Android can have the app.
        self.runners = ("python", "app") if remote_found.is_android(found.properties) else ("python",)
        self._app = App(found.phone, found.name, sending=self._sending, tell=self._tell)
        self._keep_app = False
        # Why the server in Termux, whose token is known, is of no use.
        self.shut_out: PocketbenchError | None = None

    def lacks(self, engine: str, package: str) -> Refusal | None:
        """Why an engine cannot run there, see :meth:`RemoteDevice.lacks`; where Termux was to do it, why that does not."""
        refusal = super().lacks(engine, package)
        if refusal is None or self.shut_out is None:
            return refusal
        return Refusal(refusal.stage, refusal.reason, f"{refusal.message}, and Termux is of no use: {self.shut_out.message}", self.shut_out.hint)

    def bring(self, apk: Path, *, keep: bool = False) -> Refusal | None:
        """Have the app there, installed from this APK, once. Raises WireError, and PocketbenchError for what is no APK of ours."""
        self._keep_app = keep
        return self._steady.call(lambda: self._app.bring(apk, self.facts()))

    def lay_out(self, order: Order, folder: Path) -> None:
        """Bring the files of an order for the app there. Raises WireError."""
        self._steady.call(lambda: self._app.lay_out(order, folder))

    def ask(self, order: Order, folder: Path, deadline_s: float) -> Carried:
        """By the app, while :meth:`serve` runs the service that it asks, and brings a phone back that is lost meanwhile. Raises as :meth:`carry`."""
        return self._app.carry(order, folder, deadline_s)

    def carry(self, order: Order, folder: Path, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:
        """By the Python runner there or by the app, see :meth:`RemoteDevice.carry`."""
        if runner == "app":
            return self._steady.call(lambda: self._app.carry(order, folder, deadline_s))
        return super().carry(order, folder, deadline_s, environment=environment, runner=runner)

    def serve(self, order: Order, folder: Path, deadline_s: float, ask: Ask, *, environment: str = "", runner: str = "python") -> Carried:  # noqa: ARG002 - of the harness's computer
        """Run a service there by the Python runner, and ask it through a forwarded port, which goes with the order. Raises as :meth:`carry`."""
        return self._steady.call(lambda: self._serve(order, folder, deadline_s, ask))

    def _serve(self, order: Order, folder: Path, deadline_s: float, ask: Ask) -> Carried:
        """Run and ask a service once."""
        with remote_asked.asking(self.phone, self._folder.path, order, ask, lambda port: ports.forwarded(self.phone, f"tcp:{port}"), deadline_s):
            return self._carry(order, folder, deadline_s)

    def _forget(self) -> None:
        """Believe nothing of what is there."""
        super()._forget()
        self._app.forget()

    def _tidy(self) -> None:
        """Leave it as it was found. Raises WireError."""
        try:
            self._app.leave(keep=self._keep_app)
        finally:
            super()._tidy()

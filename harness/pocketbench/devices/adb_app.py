"""The app on one phone: installed where it is not, orders carried out by it, and the phone left as it was found.

files/orders/NAME/      a folder of the run's own in the app's external files: models and rows, each sent once, the order, the report
/data/local/tmp/…       instead, on phones that let adb's shell not in there: then report and outputs are told by ``am``
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pocketbench import protocol
from pocketbench.adb import Phone
from pocketbench.devices import (
    Carried,
    Facts,
    adb_app_apk,
    adb_app_death,
    adb_app_install,
    adb_app_lock,
    adb_app_order,
    adb_app_said,
    remote_files,
    remote_order,
)
from pocketbench.devices.adb_app_apk import Apk
from pocketbench.devices.remote_folder import Folder
from pocketbench.errors import CallOverdue, CommandFailed, DeviceSilent, ProtocolError, Refused, WireError
from pocketbench.model import Refusal
from pocketbench.protocol import Order
from pocketbench.remote.answers import Said
from pocketbench.remote.transfer import Listener

SHORT_S = 15.0
# Where the app may read: docs say more.
ELSEWHERE = "/data/local/tmp/pocketbench"
BY_ITSELF = "by itself"


class App:
    """The app on a phone. ``sending`` hears how far files have come, ``tell`` what a person should know."""

    def __init__(self, phone: Phone, name: str, *, sending: Listener, tell: Callable[[str], None]) -> None:
        self._phone, self._name, self._sending, self._tell = phone, name, sending, tell
        self._folder = Folder(phone, base=adb_app_order.BASE)
        self._elsewhere = False
        self._apk: Apk | None = None
        self._refusal: Refusal | None = None
        self._wanted = self._brought = False
        self._asleep: bool | None = None

    def bring(self, path: Path, facts: Facts) -> Refusal | None:
        """Have the app of an APK there, looked at and installed once; why it cannot be, None where it is. Raises WireError."""
        self._wanted = True
        if self._apk is None and (locked := self._locked()):
            return locked
        if self._apk is None:
            apk = adb_app_apk.read(path)
            self._refusal = adb_app_install.beforehand(apk, facts, self._name) or self._installed(apk)
            self._apk = apk
        return self._refusal

    def lay_out(self, order: Order, folder: Path) -> None:
        """Bring an order's files there. Raises WireError."""
        self._put(order, folder)

    def carry(self, order: Order, folder: Path, deadline_s: float) -> Carried:
        """Carry out an order once. Raises DeviceSilent, Refused, ProtocolError, WireError."""
        try:
            carried = self._carry(order, folder, deadline_s)
        except (CommandFailed, Refused):
            with suppress(WireError):  # what went wrong first is what is told
                self._still_ready()
            raise
        if carried.ended != BY_ITSELF:
            self._still_ready()
        return carried

    def _carry(self, order: Order, folder: Path, deadline_s: float) -> Carried:
        """Carry it out, the app being there."""
        # Which folder it is may change in the first try, see _put.
        there, said = remote_files.begun(lambda: self._begun(order, folder, deadline_s), lambda: self._folder.forget())
        if said.exit_code:
            raise self._phone.failure(said.stderr, command="begin the app")
        told, left = adb_app_order.split(said.stdout)
        heard = adb_app_said.read(told)
        if heard.failed:
            raise Refused("device-refused", f"Android does not start the app: {heard.failed}", hint=f"adb -s {self._phone.serial} logcat -d tells more")
        return self._carried(there, folder, heard, left)

    def _begun(self, order: Order, folder: Path, deadline_s: float) -> tuple[Order, Said]:
        """Bring what an order needs, and have the app carry it out: the order with the names that its files have there, and what was said."""
        there = self._put(order, folder)
        begin = adb_app_order.begin(self._folder.path, there, elsewhere=self._elsewhere)
        most = adb_app_order.said_bytes(there, elsewhere=self._elsewhere)
        try:
            return there, self._phone.shell(begin, deadline_s=deadline_s, limit_bytes=most, called="am instrument")
        except CallOverdue as error:
            raise self._silent(order, deadline_s) from error

    def forget(self) -> None:
        """Believe nothing of what is there: the phone was away meanwhile."""
        self._folder.forget()

    def leave(self, *, keep: bool) -> None:
        """End it, remove what was put there, and take it off where it was not there before, unless it is to be kept. Raises WireError."""
        if not self._wanted:
            return
        self._phone.shell(adb_app_order.STOP, deadline_s=SHORT_S)
        self._folder.remove()
        if self._asleep:
            self._phone.shell(adb_app_order.SLEEP, deadline_s=SHORT_S)
        if self._brought and keep:
            adb_app_install.remember(self._phone, brought=False)
        elif self._brought:
            adb_app_install.uninstall(self._phone)
        self._apk, self._wanted, self._brought, self._asleep = None, False, False, None

    def _installed(self, apk: Apk) -> Refusal | None:
        """Install it where it is not the same already."""
        was = adb_app_install.look(self._phone)
        # Nobody else has brought it where an installation's answer was lost.
        self._brought = self._brought or was is None or was.brought
        if was and was.sha256 == apk.sha256:
            return None
        self._tell(
            f"installing the app ({apk.path.stat().st_size >> 20} MiB)" if was is None else f"upgrading the app, which is {was.version or 'of another version'}"
        )
        refused = adb_app_install.install(self._phone, apk, self._name)
        if self._brought and refused is None:
            adb_app_install.remember(self._phone, brought=True)
        self._brought = self._brought and (refused is None or was is not None)
        return refused

    def _locked(self) -> Refusal | None:
        """Why nothing can be done on a phone that was restarted and not unlocked since. Raises WireError."""
        if not adb_app_lock.since_boot(self._phone.shell(adb_app_lock.LOOK, deadline_s=SHORT_S, called="ask whether it is locked").stdout):
            return None
        return Refusal("admit", "device-locked", f"{self._name}: nobody has unlocked it since it was started", adb_app_lock.HINT)

    def _still_ready(self) -> None:
        """Refuse to go on with a phone that was restarted and not unlocked, or an app that somebody has taken off; it is brought anew for the next job.

        Raises WireError.
        """
        if locked := self._locked():
            self._apk = None
            raise Refused(locked.reason, locked.message, hint=locked.hint)
        if adb_app_install.look(self._phone) is None:
            self._apk = None
            self._folder.forget()
            raise Refused("crashed", "the app was taken off meanwhile")

    def _put(self, order: Order, folder: Path) -> Order:
        """Bring model, rows and order there, to where this phone lets them be."""
        if self._asleep is None:
            self._asleep = adb_app_order.sleeps(self._phone.shell(adb_app_order.WAKEFULNESS, deadline_s=SHORT_S).stdout)
        try:
            return remote_files.put(self._phone, self._folder, order, folder, self._sending)
        except CommandFailed as error:
            if self._elsewhere or not adb_app_order.kept_out(error) or self._locked():
                raise
        self._tell("adb may not enter the app's files there: orders go by way of /data/local/tmp")
        self._folder, self._elsewhere = Folder(self._phone, base=ELSEWHERE, mode="755"), True
        return remote_files.put(self._phone, self._folder, order, folder, self._sending)

    def _carried(self, order: Order, folder: Path, heard: adb_app_said.Said, left: remote_order.Left) -> Carried:
        """Bring report and outputs here, and say how its process ended."""
        report = _written(order, heard, folder) if self._elsewhere else remote_files.bring(self._phone, self._folder, order, left, folder)
        if not heard.crashed:
            if not report:
                raise Refused("crashed", f"the app gave no report: {heard.results.get('message', 'and said nothing')[:300]}")
            return Carried(report, BY_ITSELF, "")
        log = self._log(order)
        died = adb_app_death.cause(log, order.order)
        ended = died.words or heard.crashed
        if died.reason != "crashed":
            raise Refused(died.reason, f"the app was ended: {ended}", log=log)
        return Carried(report, f"the app's process: {ended}", log)

    def _silent(self, order: Order, deadline_s: float) -> DeviceSilent:
        """End the app, and tell what Android's log says. Raises WireError when it is the wire that is silent."""
        self._phone.shell(adb_app_order.STOP, deadline_s=SHORT_S, called="end the app")
        return DeviceSilent(f"{self._name}: no last line of order {order.order} within {deadline_s:g} s", log=self._log(order))

    def _log(self, order: Order) -> str:
        """Android's log since the order was begun."""
        with suppress(WireError):
            return adb_app_death.since(self._phone.log(), order.order)
        return ""


def _written(order: Order, heard: adb_app_said.Said, folder: Path) -> str:
    """Write the report and the outputs that were told, no more than the order may bring. Raises ProtocolError for too long a report."""
    limits = remote_order.limits(order)
    for name in limits:
        (folder / name).unlink(missing_ok=True)
    if len(heard.report) > limits.pop(protocol.REPORT):
        raise ProtocolError("the report is longer than it may be")
    for name, offset, data in adb_app_said.pieces(heard):
        if offset + len(data) <= limits.get(name, -1):
            with (folder / name).open("r+b" if (folder / name).exists() else "wb") as file:
                file.seek(offset)
                file.write(data)
    (folder / protocol.REPORT).write_text(heard.report, encoding="utf-8")
    return heard.report

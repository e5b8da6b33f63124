"""Phones and boards at the end of a wire: the Python runner put there, an order carried out, report and outputs brought back.

What is put there lies in one folder (:mod:`pocketbench.devices.remote_folder`) and goes at the end; what was started there is ended.
Which wire it is, :mod:`pocketbench.devices.adb` and :mod:`pocketbench.devices.ssh` know.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from pocketbench import assets, probes
from pocketbench.devices import Carried, Facts, probing, remote_aside, remote_files, remote_group, remote_order, remote_python
from pocketbench.devices.remote_folder import Folder
from pocketbench.devices.remote_python import Python
from pocketbench.devices.remote_steady import MakeLadder, Steady
from pocketbench.errors import CallOverdue, DeviceSilent, PhoneFull, ProtocolError, Refused, WireError
from pocketbench.events import DeviceTold, Listener, Sending, unheard
from pocketbench.model import Refusal
from pocketbench.probes import Cooling
from pocketbench.protocol import Order
from pocketbench.remote import Remote
from pocketbench.remote.answers import Said

SHORT_S = 10.0
LARGE_BYTES = 8 << 20
FULL = "No space left on device"


class RemoteDevice:
    """A phone or a board that answered when it was looked for."""

    runners: tuple[str, ...] = ("python",)
    # Where files are put, roughly: how much room there is is a fact.
    room = "/tmp"  # noqa: S108 - asked about, not written to
    # How it is attached.
    attached = ""

    def __init__(self, remote: Remote, name: str, kind: str, ladder: MakeLadder) -> None:
        self.name, self.kind, self._remote = name, kind, remote
        self._folder = Folder(remote)
        self._steady = Steady(name, ladder, tell=self._tell, mended=self._forget)
        self._engines: dict[str, Refusal | None] = {}
        self._listen: Listener = unheard

    @property
    def lacking(self) -> Refusal | None:
        """Why it can carry no order now: it was set aside."""
        aside = remote_aside.all_of_them().get(self.name)
        return Refusal("measure", "device-set-aside", f"{self.name}: {aside.said}", remote_aside.lift_with(self.name)) if aside else None

    def facts(self) -> Facts:
        """What it is, as ``probe.sh`` finds it, and how it is attached. Raises WireError or ProtocolError."""
        return dict(self._facts)

    def conditions(self) -> Facts:
        """How it is right now, as ``sample.sh`` finds it; nothing where it does not answer."""
        try:
            return probes.conditions(self._remote.shell(probing.sample(), called=probes.SAMPLE).stdout)
        except (WireError, ProtocolError):
            return {}

    def cool(self, limits: tuple[str, ...], wait_s: float) -> Cooling:
        """Wait on the device until it is within ``limits`` (words of cool.sh) or ``wait_s`` seconds are over. Raises WireError, ProtocolError."""
        return probes.cooling(self._remote.shell(probing.cool(limits, wait_s), deadline_s=wait_s + remote_python.LOOK_S, called=probes.COOL).stdout)

    @property
    def has_python(self) -> bool:
        """Whether its shell can start a Python that can run the runner. Raises WireError."""
        return isinstance(self._python, Python)

    def lacks(self, engine: str, package: str) -> Refusal | None:
        """Why an engine cannot run there, looked for once: no Python, or not its package. Raises WireError."""
        if engine not in self._engines:
            self._engines[engine] = self._steady.call(lambda: self._lacks(engine, package))
        return self._engines[engine]

    def carry(self, order: Order, folder: Path, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:  # noqa: ARG002 - of the harness's computer
        """Run the Python runner there, and bring back report and outputs.

        Where the wire fails the device is brought back (:class:`remote_steady.Ladder`) and the order is carried out again, ``deadline_s`` seconds each time.
        Raises DeviceSilent, Refused (no Python there), DeviceSetAside, and WireError for what trying again does not mend.
        """
        return self._steady.call(lambda: self._carry(order, folder, deadline_s))

    @contextmanager
    def held(self, listen: Listener, *, may_restart: bool = False) -> Iterator[None]:
        """Use it from the first order to the last: what was put there goes with the block, and what still runs there is ended."""
        self._listen, self._steady.may_restart = listen, may_restart
        try:
            yield
        finally:
            self._remote.take_up()
            if not self._steady.away:  # else the next run finds what is left there
                with suppress(WireError):
                    self._steady.finish(self._tidy)

    def give_up(self) -> None:
        """End, from another thread, what is waited for: :meth:`carry` raises at once. What is left to tidy up is not disturbed."""
        if not self._steady.given_up.is_set():
            self._steady.given_up.set()
            self._remote.give_up()

    def _carry(self, order: Order, folder: Path, deadline_s: float) -> Carried:
        """Carry out an order once."""
        python = self._python
        if isinstance(python, Refusal):
            raise Refused(python.reason, python.message, hint=python.hint, beforehand=True)
        there, said = remote_files.begun(lambda: self._begun(order, folder, deadline_s, python), self._folder.forget)
        if said.exit_code:
            raise self._remote.failure(said.stderr, command="begin the runner")
        left = remote_order.read(said.stdout)
        report = remote_files.bring(self._remote, self._folder, there, left, folder)
        if FULL in said.stderr and '"done"' not in report:
            raise PhoneFull(f"{self._remote.serial}: {FULL.lower()}", serial=self._remote.serial, command="runner.py", log=said.stderr)
        return Carried(report, left.ended, said.stderr)

    def _begun(self, order: Order, folder: Path, deadline_s: float, python: Python) -> tuple[Order, Said]:
        """Bring what an order needs, and run the runner: the order with the names that its files have there, and what was said."""
        there = remote_files.put(self._remote, self._folder, order, folder, self._sending, beside=_scripts())
        try:
            return there, self._remote.shell(remote_order.begin(self._folder.path, there, python), deadline_s=deadline_s, called="run the runner")
        except CallOverdue as error:
            raise self._silent(order, deadline_s) from error

    def _silent(self, order: Order, deadline_s: float) -> DeviceSilent:
        """End what is still busy there, and tell what it printed and what Android's log says. Raises WireError when it is the wire that is silent."""
        self._remote.shell(remote_group.end(self._folder.path), deadline_s=SHORT_S, called="end the runner")
        log = ""
        with suppress(WireError):
            log = self._remote.shell(remote_order.log(self._folder.path), deadline_s=SHORT_S).stdout
            log += self._remote.log()
        return DeviceSilent(f"{self.name}: no last line of order {order.order} within {deadline_s:g} s", log=log)

    def _lacks(self, engine: str, package: str) -> Refusal | None:
        """Why there is no Python, or why it cannot import an engine's package."""
        python = self._python
        if isinstance(python, Refusal):
            return python
        self._folder.put(_scripts(), self._sending)
        return remote_python.lacks(self._remote, python, self._folder.path, engine, package)

    def _forget(self) -> None:
        """Believe nothing of what is there: the device was away meanwhile."""
        self._folder.forget()

    def _tidy(self) -> None:
        """Take away what was put there. Raises WireError."""
        self._folder.remove()

    def _sending(self, remote: str, sent: int, size: int) -> None:
        """Say how far a file has come."""
        if size >= LARGE_BYTES:
            self._listen(Sending(self.name, remote.rpartition("/")[2], sent, size))

    def _tell(self, message: str) -> None:
        """Say what a person should know."""
        self._listen(DeviceTold(self.name, message))

    @cached_property
    def _facts(self) -> Facts:
        """What it is."""
        said = self._remote.shell(probing.probe(self.room), deadline_s=remote_python.LOOK_S, called=probes.PROBE)
        return {**probes.facts(said.stdout), "attached": self.attached}

    @cached_property
    def _python(self) -> Python | Refusal:
        """The Python there, looked for once."""
        return remote_python.find(self._remote)


def _scripts() -> dict[str, Path]:
    """The Python runner and its packages, by name on the device."""
    folder = assets.find("device_scripts")
    return {f"runner/{file.relative_to(folder).as_posix()}": file for file in (*sorted(folder.glob("*.py")), *sorted(folder.glob("*/*.py")))}
